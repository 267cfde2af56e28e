"""ASHA and PASHA against plain loops, and what their rules mean on curves made for it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simlab
from simlab.corpus import Corpus
from simlab.errors import SettingError, UnknownNameError
from simlab.policies import Never
from simlab.schedulers import ASHA, PASHA, AsynchronousHalving, StoppingASHA
from simlab.schedulers.asha import rung_epochs
from simlab.searchers import RandomOrdering
from simlab.simulator import elapsed_times
from simlab.simulator.frames import trials_frame
from tests.schedulers import asha_reference
from tests.simulator.toys import motley, replay, rows
from tests.synthetic import synthetic_corpus

BUDGETS = [(1, 12, 2), (1, 12, 3), (2, 9, 2), (3, 12, 4), (4, 4, 2), (1, 7, 2), (1, 20, 3)]


@cache
def corpus_of(seed, *, ragged):
    """Curves of every kind that tie often, in value and in time; times are whole, so that sums are exact."""
    corpus = motley(40, 12, seed, ragged=ragged)
    rng = np.random.default_rng(seed)
    seconds = np.where(np.isfinite(corpus.values), rng.integers(0, 4, corpus.values.shape), np.nan)
    return replace(corpus, series={"value": corpus.values.round(2), "seconds": seconds})


def played(corpus, kind, budget, *, workers, clock, seed, **options):
    """Return the events of our run, and those of the plain loop."""
    low, high, eta = budget
    order = np.random.default_rng(seed).permutation(len(corpus)).tolist()
    ours = {"stopping": StoppingASHA, "promotion": ASHA, "progressive": PASHA}[kind]
    theirs = getattr(asha_reference, kind.capitalize())
    scheduler = ours(RandomOrdering(order), high, eta=eta, min_epochs=low, **options)
    trace = replay(corpus, Never(), workers=workers, clock=clock, scheduler=scheduler)
    levels = [*(low * eta**k for k in range(9) if low * eta**k < high), high]
    elapsed = elapsed_times(corpus, clock)
    loop = theirs(corpus, elapsed, order, levels=levels, eta=eta, workers=workers, **options)
    return rows(trace.events), loop.play()


common = {
    "budget": st.sampled_from(BUDGETS),
    "workers": st.sampled_from([1, 2, 4, 16]),
    "clock": st.sampled_from(["epochs", "seconds"]),
    "seed": st.integers(0, 19),
    "ragged": st.booleans(),
}
promoting = {"quota": st.sampled_from(["floor", "ceil"]), "retrain": st.booleans(), "finish": st.booleans()}


@settings(max_examples=150)
@given(**common)
def test_asha_by_stopping_is_the_plain_loop(seed, ragged, **options):
    ours, loop = played(corpus_of(seed % 5, ragged=ragged), "stopping", seed=seed, **options)
    assert ours == loop


@settings(max_examples=150)
@given(**common, **promoting)
def test_asha_by_promotion_is_the_plain_loop(seed, ragged, **options):
    ours, loop = played(corpus_of(seed % 5, ragged=ragged), "promotion", seed=seed, **options)
    assert ours == loop


@settings(max_examples=150)
@given(**common, **promoting, epsilon=st.sampled_from([None, None, 0.0, 0.03, 0.2]))
def test_pasha_is_the_plain_loop(seed, ragged, **options):
    ours, loop = played(corpus_of(seed % 5, ragged=ragged), "progressive", seed=seed, **options)
    assert ours == loop


@given(st.integers(1, 10**6), st.integers(1, 50), st.integers(2, 10))
def test_rungs_grow_by_eta_and_end_at_max_epochs(max_epochs, min_epochs, eta):
    min_epochs = min(min_epochs, max_epochs)
    *lower, last = rung_epochs(min_epochs, max_epochs, eta)
    assert lower == [min_epochs * eta**level for level in range(len(lower))]
    assert last == max_epochs > max(lower, default=0)
    assert last <= min_epochs * eta ** len(lower)


def made(*curves):
    """Build a corpus from curves as they stand."""
    frame = pl.DataFrame(
        [(run, epoch, value) for run, curve in enumerate(curves) for epoch, value in enumerate(curve, 1)],
        schema=["run", "epoch", "acc"],
        orient="row",
    )
    columns = {"config_id": "run", "epoch": "epoch", "value": "acc"}
    return Corpus.from_frame(frame, **columns, direction="maximize", name="made")


def jobs(corpus, scheduler, workers=1):
    """Return who trained up to which epoch, in the order in which this came to its end."""
    trace = replay(corpus, Never(), workers=workers, scheduler=scheduler)
    inner = ("started", "resumed", "restarted", "epoch ended")
    return [(trial, epoch) for _, event, trial, _, epoch in rows(trace.events) if event not in inner]


PARALLEL = made(*([0.1 * run + 0.01 * epoch for epoch in range(9)] for run in (3, 1, 5, 4, 2, 0)))


def test_the_best_of_three_goes_on_at_once():
    order = jobs(PARALLEL, ASHA(RandomOrdering(range(6)), 9, finish=False))
    assert order == [(0, 1), (1, 1), (2, 1), (2, 3), (3, 1), (4, 1), (5, 1), (3, 3)]
    last = jobs(PARALLEL, ASHA(RandomOrdering(range(6)), 9))
    assert last == [*order, (2, 9)]


def test_rounding_up_promotes_from_two_trials_on():
    order = jobs(PARALLEL, ASHA(RandomOrdering(range(6)), 9, quota="ceil", finish=False))
    assert order == [(0, 1), (1, 1), (0, 3), (2, 1), (2, 3), (2, 9), (3, 1), (3, 3), (4, 1), (5, 1)]


def test_by_stopping_the_first_goes_on_and_then_the_best_share():
    order = jobs(PARALLEL, StoppingASHA(RandomOrdering(range(6)), 9))
    assert order == [(0, 9), (1, 1), (2, 9), (3, 9), (4, 1), (5, 1)]


@pytest.mark.parametrize("status", ["failed", "censored"])
@pytest.mark.parametrize("kind", [ASHA, PASHA])
def test_what_ended_at_a_rung_counts_there_and_is_not_promoted(kind, status):
    corpus = made([0.9], [0.5] * 4, [0.4] * 4, [0.3] * 4)
    corpus = replace(corpus, status=np.array([status, *["completed"] * 3]))
    order = jobs(corpus, kind(RandomOrdering(range(4)), 4, eta=2, finish=False))
    assert order == [(0, 1), (1, 1), (2, 1), (3, 1), (1, 2)]  # two of four may go on


def test_pasha_trains_no_further_while_rankings_agree():
    scheduler = PASHA(RandomOrdering(range(6)), 9)
    assert jobs(PARALLEL, scheduler) == [
        (0, 1),
        (1, 1),
        (2, 1),
        (2, 3),
        (3, 1),
        (4, 1),
        (5, 1),
        (3, 3),
        (2, 9),
    ]
    assert scheduler.top == 1


@pytest.mark.parametrize(("epsilon", "top"), [(0.0, 2), (0.19, 2), (0.21, 1)])
def test_pasha_opens_a_rung_where_rankings_disagree_by_more_than_epsilon(epsilon, top):
    overtaking = made([0.1, 0.5, 0.5, 0.5], [0.3] * 4, *[[0.0] * 4] * 2)
    scheduler = PASHA(RandomOrdering(range(4)), 4, eta=2, epsilon=epsilon)
    assert [rung.epochs for rung in scheduler.rungs] == [1, 2, 4]
    jobs(overtaking, scheduler)
    assert scheduler.top == top


@pytest.mark.parametrize(("epsilon", "top"), [(None, 1), (0.0, 2), (0.06, 1)])
def test_epsilon_is_estimated_from_curves_that_change_places_twice(epsilon, top):
    twice = ([0.5, 0.46, 0.5, 0.5, *[0.6] * 4], [0.4, 0.47, 0.45, 0.45, *[0.6] * 4])
    scheduler = PASHA(RandomOrdering(range(4)), 8, eta=2, min_epochs=2, epsilon=epsilon, finish=False)
    jobs(made(*twice, *[[0.0] * 8] * 2), scheduler)
    assert scheduler.top == top
    if epsilon is None:
        assert scheduler.epsilon == pytest.approx(0.05)  # the distance at epoch 4


def test_no_worker_waits_while_there_is_something_to_start():
    corpus = synthetic_corpus(60, 12, seed=3)
    trace = replay(corpus, Never(), workers=8, clock="seconds", scheduler=ASHA(RandomOrdering(range(60)), 12))
    last_start = max(trial.start for trial in trace.trials)
    busy, least = 0, 8
    for time, event, *_ in rows(trace.events):
        busy += {"started": 1, "resumed": 1, "epoch ended": 0}.get(event, -1)
        if 0 < time < last_start:
            least = min(least, busy)
    assert least == 7  # between the end of one job and the start of the next


def test_in_the_end_the_best_share_of_every_rung_has_gone_on():
    corpus = synthetic_corpus(100, 20, seed=1)
    trace = replay(corpus, Never(), workers=4, scheduler=ASHA(RandomOrdering(range(100)), 20))
    for epochs in (1, 3, 9):
        arrived = [trial for trial in trace.trials if trial.epochs >= epochs]
        ranked = sorted(arrived, key=lambda trial: -corpus.scores[trial.config, epochs - 1])
        assert all(trial.epochs > epochs for trial in ranked[: len(ranked) // 3])
        assert 0 < sum(trial.epochs > epochs for trial in ranked) < len(ranked) * 0.6


def simulated(corpus, name, **options):
    result = simlab.simulate(corpus, AsynchronousHalving(name=name, **options), orderings=2, workers=4)
    return result, result.summaries[0]


@pytest.mark.parametrize("name", ["asha", "asha-stopping", "pasha"])
def test_measures_count_what_was_spent_and_only_what_was_completed(name):
    corpus = synthetic_corpus(60, 27, seed=2)
    result, summary = simulated(corpus, name, max_epochs=27)
    assert summary.epochs_total == 60 * 27
    trials = result.trials.filter(ordering=0)
    assert trials["config_id"].n_unique() == trials.height == 60  # every configuration once
    speedup = result.per_ordering.filter(ordering=0)["speedup"][0]
    assert speedup == pytest.approx(60 * 27 / trials["epochs"].sum())
    completed = trials.filter(outcome="completed")
    assert (completed["epochs"] == 27).all()
    assert completed["final_value"].max() >= corpus.best_value - result.per_ordering["regret"][0] - 1e-12
    assert (
        summary.outcomes["completed"] + summary.outcomes["stopped" if name == "asha-stopping" else "paused"]
        == 60
    )


def test_retraining_counts_epochs_again():
    corpus = synthetic_corpus(60, 27, seed=2)
    (_, once), (_, again) = (
        simulated(corpus, "asha", max_epochs=27, cost=cost) for cost in ("continue", "retrain")
    )
    assert again.epochs_spent > once.epochs_spent
    trace = replay(corpus, Never(), scheduler=ASHA(RandomOrdering(range(60)), 27, retrain=True))
    frame = trials_frame(trace, corpus)
    levels = {1: 1, 3: 4, 9: 13, 27: 40}
    assert all(trial.epochs_spent == levels[trial.epochs] for trial in trace.trials)
    assert frame["epochs"].sum() == sum(trial.epochs_spent for trial in trace.trials)


def test_without_a_last_training_pasha_may_complete_nothing_and_says_so():
    corpus = synthetic_corpus(60, 27, seed=2)
    _, summary = simulated(corpus, "pasha", max_epochs=27, epsilon=1.0, finish=False)
    assert (summary.regret, summary.recovery.successes, summary.outcomes["paused"]) == (None, 0, 60)
    _, summary = simulated(corpus, "pasha", max_epochs=27, epsilon=1.0)
    assert summary.outcomes["completed"] == 1
    assert summary.regret is not None


def test_a_budget_below_the_recorded_one_completes_nothing():
    _, summary = simulated(synthetic_corpus(60, 27, seed=2), "asha", max_epochs=9)
    assert (summary.regret, summary.outcomes["paused"]) == (None, 60)


@pytest.mark.parametrize("scheduler", [ASHA, StoppingASHA, PASHA])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_epochs": 0}, "max_epochs must be 1 or more, not 0"),
        ({"max_epochs": 9, "eta": 1}, "eta must be 2 or more, not 1"),
        ({"max_epochs": 9, "min_epochs": 10}, r"min_epochs must lie in \[1, 9\], not 10"),
        ({"max_epochs": 9, "min_epochs": 0}, r"min_epochs must lie in \[1, 9\], not 0"),
    ],
)
def test_impossible_settings(scheduler, settings, message):
    with pytest.raises(SettingError, match=message):
        scheduler(RandomOrdering(range(3)), **settings)


@pytest.mark.parametrize("epsilon", [-0.1, float("nan")])
def test_impossible_epsilon(epsilon):
    with pytest.raises(SettingError, match="epsilon must be 0 or more"):
        PASHA(RandomOrdering(range(3)), 9, epsilon=epsilon)


def test_an_unknown_kind():
    with pytest.raises(UnknownNameError, match="asha-stopping"):
        AsynchronousHalving(name="asha-stoping", max_epochs=9)


def test_an_unknown_quota():
    with pytest.raises(UnknownNameError, match="ceil"):
        ASHA(RandomOrdering(range(3)), 9, quota="cell")
