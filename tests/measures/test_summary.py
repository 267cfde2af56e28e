"""Every measure, by hand on a tiny corpus."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

import simlab
from simlab import Metric
from simlab.measures import Truth, ceiling, explain_preference, measure_orderings, prefer
from simlab.measures.makespan import full_makespan
from simlab.policies import Never
from tests.simulator.toys import StopAt
from tests.synthetic import synthetic_corpus

CURVES = {
    "run-0000": [0.1, 0.2, 0.3, 0.80],  # the best
    "run-0001": [0.1, 0.3, 0.4, 0.79],  # within a standard error of it
    "run-0002": [0.2, 0.4, 0.5, 0.60],
    "run-0003": [0.3, 0.3],  # diverged: worst value 0.1
    "run-0004": [0.4, 0.7, 0.9],  # censored at a value above the best
    "run-0005": [],  # failed at once
}
STATUS = ["completed", "completed", "completed", "diverged", "censored", "failed"]
SECONDS = {"run-0000": 1.0, "run-0001": 2.0, "run-0002": 4.0, "run-0003": 8.0, "run-0004": 16.0}


def tiny(direction="maximize", validation=400, **changes):
    curves = CURVES | changes
    sign = 1 if direction == "maximize" else -1
    rows = [
        (run, epoch, sign * value, SECONDS[run])
        for run, values in curves.items()
        for epoch, value in enumerate(values, 1)
    ]
    frame = pl.DataFrame(rows, schema=["config_id", "epoch", "value", "seconds"], orient="row")
    configs = pl.DataFrame({"config_id": list(curves), "status": STATUS, "reason": [None] * 6})
    bounds = (0, 1) if sign == 1 else (-1, 0)
    metric = Metric(name="accuracy", direction=direction, bounds=bounds, worst=sign * 0.1)
    metadata = {"data": {"validation": validation}}
    return simlab.Corpus.from_tables(frame, configs, metric, name="tiny", metadata=metadata)


def measured(policy, corpus=None, orderings=1, **settings):
    result = simlab.simulate(corpus or tiny(), policy, orderings=orderings, **settings)
    return result, result.per_ordering.row(0, named=True)


#: Epochs at which the six configurations are stopped; those without a stop end by themselves.
STOPS = (9, 2, 1, 1, 9, 9)


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_costs_by_hand(direction):
    result, row = measured(StopAt(STOPS), tiny(direction))
    spent, total = 4 + 2 + 1 + 1 + 3 + 0, 4 + 4 + 4 + 2 + 3 + 0
    assert (row["epochs_spent"], row["epochs_total"], row["speedup"]) == (spent, total, total / spent)
    assert row["speedup_without_burn_in"] == row["speedup"]
    seconds, all_seconds = 4 * 1 + 2 * 2 + 4 + 8 + 3 * 16, 4 * 1 + 4 * 2 + 4 * 4 + 2 * 8 + 3 * 16
    assert (row["seconds_spent"], row["seconds_total"]) == (seconds, all_seconds)
    assert row["speedup_seconds"] == all_seconds / seconds
    assert (row["makespan"], row["makespan_full"]) == (seconds, all_seconds)  # one worker
    assert row["speedup_wall_clock"] == all_seconds / seconds
    counts = {
        name: row[f"n_{name}"]
        for name in ("completed", "stopped", "diverged", "censored", "failed", "paused")
    }
    assert counts == {"completed": 1, "stopped": 3, "diverged": 0, "censored": 1, "failed": 1, "paused": 0}
    assert result.summaries[0].outcomes == counts | {"unfinished": 0}
    assert row["n_trials"] == 6


class BurnIn(StopAt):
    """Trains the first two trials of any ordering to their end."""

    burn_in = 2

    def decide(self, view):
        decision = super().decide(view)
        return simlab.policies.Decision(decision.stop and view.position >= 2, decision.reason)


def test_speedup_without_the_burn_in_by_hand():
    result, row = measured(BurnIn((1,) * 6), seed=1)
    order = result.trials.sort("position")["config_id"].to_list()
    lengths = [len(CURVES[run]) for run in order]
    once = [min(length, 1) for length in lengths[2:]]
    assert row["speedup"] == sum(lengths) / (sum(lengths[:2]) + sum(once))
    assert row["speedup_without_burn_in"] == sum(lengths[2:]) / sum(once)


def test_wall_clock_by_hand():
    result, row = measured(Never(), workers=2, clock="epochs")
    order = result.trials.sort("position")["config_id"].to_list()
    free = [0, 0]
    for run in order:
        free = sorted([free[0] + len(CURVES[run]), free[1]])
    assert row["makespan_full"] == row["makespan"] == max(free)
    _, stopped = measured(StopAt((1,) * 6), workers=2, clock="epochs")
    assert stopped["makespan"] == math.ceil(5 / 2)
    assert stopped["speedup_wall_clock"] == max(free) / 3


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_full_makespan_by_brute_force(workers):
    """Assign in list order, each to a worker that is free first."""
    durations = np.random.default_rng(0).integers(0, 6, 9).astype(float)
    free = np.zeros(workers)
    for duration in durations:
        free[free.argmin()] += duration
    assert full_makespan(durations, workers) == free.max()
    best = min(
        max(np.bincount(assignment, durations, workers))
        for assignment in itertools.product(range(workers), repeat=9)
    )
    assert best <= free.max() <= 2 * best


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ((9,) * 6, (True, True, 0.0, 1.0)),
        ((9, 1, 1, 1, 1, 9), (True, True, 0.0, 1 / 3)),
        ((1, 9, 9, 9, 9, 9), (False, True, 0.01, 2 / 3)),
        ((1, 1, 9, 9, 9, 9), (False, False, 0.2, 1 / 3)),
        ((1, 1, 1, 9, 9, 9), (False, False, None, 0.0)),  # diverged and censored ones are no result
    ],
)
def test_recovery_and_regret_by_hand(direction, stops, expected):
    recovered, within, regret, recall = expected
    result, row = measured(StopAt(stops), tiny(direction))
    error = math.sqrt(0.8 * 0.2 / 400)
    assert (row["recovered"], row["top_10_recall"]) == (recovered, recall)
    assert row["regret"] == (None if regret is None else pytest.approx(regret))
    run = result.summaries[0]
    assert run.recovery.successes == int(recovered)
    if direction == "maximize":
        assert row["recovered_within_se"] == within
        assert row["regret_in_se"] == (None if regret is None else pytest.approx(regret / error))
        assert run.recovery_within_se.successes == int(within)
    else:  # a standard error is known for a share only
        assert run.recovery_within_se is None
        assert run.regret_in_se is None


@pytest.mark.parametrize(("final", "within"), [(0.781, True), (0.779, False)])
def test_within_one_standard_error(final, within):
    """It is 0.02 here: sqrt(0.8 * 0.2 / 400)."""
    corpus = tiny(**{"run-0001": [0.1, 0.3, 0.4, final]})
    assert corpus.standard_error == pytest.approx(0.02)
    assert measured(StopAt((1, 9, 1, 1, 1, 9)), corpus)[1]["recovered_within_se"] == within


def test_a_diverged_run_is_none_of_the_top_10():
    """Not even where its stand-in, the worst value of 0.1, is better than a completed one."""
    corpus = tiny(**{"run-0002": [0.2, 0.1, 0.1, 0.05]})
    assert measured(Never(), corpus)[1]["top_10_recall"] == 1.0


def test_a_tie_is_recovered_by_any_of_the_best():
    corpus = tiny(**{"run-0002": [0.1, 0.2, 0.2, 0.80]})
    for stops, recovered in {
        (1, 1, 9, 9, 9, 9): True,
        (9, 1, 1, 1, 1, 1): True,
        (1, 9, 1, 9, 9, 9): False,
    }.items():
        assert measured(StopAt(stops), corpus)[1]["recovered"] == recovered


def test_a_best_value_without_spread_has_no_standard_error():
    """A share of exactly 1 has a binomial standard error of 0, which says nothing."""
    result, row = measured(Never(), tiny(**{"run-0000": [0.1, 0.2, 0.3, 1.0]}))
    assert "regret_in_se" not in row
    assert result.summaries[0].recovery_within_se is None


def test_top_10_recall_counts_ten_and_those_tied_with_the_tenth():
    finals = [0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.4, 0.4, 0.3, 0.3, 0.2]
    frame = pl.DataFrame(
        {
            "run": [f"run-{number:04d}" for number in range(12) for _ in range(2)],
            "epoch": [1, 2] * 12,
            "acc": [value for final in finals for value in (0.1, final)],
        }
    )
    corpus = simlab.Corpus.from_frame(
        frame, config_id="run", epoch="epoch", value="acc", direction="maximize"
    )
    _, row = measured(StopAt((9, 1, 9, 9, 9, 9, 9, 9, 9, 1, 9, 9)), corpus)
    assert row["top_10_recall"] == 9 / 11


def test_the_summary_is_the_mean_of_per_ordering_ratios_with_its_interval():
    result, _ = measured(BurnIn((1,) * 6), orderings=8, level=0.9)
    ratios = result.per_ordering["speedup"].to_numpy()
    assert len(set(ratios)) > 1
    (run,) = result.summaries
    low, high = stats.t.interval(0.9, 7, ratios.mean(), stats.sem(ratios))
    assert (run.speedup.mean, run.speedup.low, run.speedup.high) == pytest.approx((ratios.mean(), low, high))
    found = int(result.per_ordering["recovered"].sum())
    interval = stats.binomtest(found, 8).proportion_ci(0.9, method="exact")
    assert (run.recovery.successes, run.recovery.trials) == (found, 8)
    assert (run.recovery.low, run.recovery.high) == pytest.approx((interval.low, interval.high))
    assert run.regret == pytest.approx(result.per_ordering["regret"].drop_nulls().mean())


def test_the_measures_do_not_depend_on_the_order_of_rows():
    result = simlab.simulate(tiny(), [Never(), BurnIn((1,) * 6)], orderings=5, workers=2)
    truth = Truth(
        metric=result.metric, best_value=0.8, standard_error=0.02, tenth_best=0.6, workers=2, clock="seconds"
    )
    shuffled = result.trials.sample(fraction=1, shuffle=True, seed=3)
    assert measure_orderings(shuffled, truth).equals(measure_orderings(result.trials, truth))


@pytest.mark.parametrize(
    ("n", "epochs", "burn_in", "printed"), [(400, 20, 100, 3.5), (1000, 20, 100, 6.9), (250, 50, 100, 2.4)]
)
def test_the_ceilings_of_the_paper_s_settings(n, epochs, burn_in, printed):
    bound = ceiling(np.full(n, epochs), burn_in)
    assert bound == pytest.approx(n * epochs / (burn_in * epochs + n - burn_in))
    assert round(bound, 1) == printed


def test_the_ceiling_is_reached_by_stopping_after_one_epoch():
    _, row = measured(BurnIn((1,) * 10), synthetic_corpus(10, 4), orderings=1)
    assert row["speedup"] == ceiling(np.full(10, 4), 2) == 40 / 16
    assert ceiling(np.full(5, 4), 0) == 4.0
    assert ceiling(np.full(5, 4), 5) == 1.0
    assert ceiling(np.array([4, 4, 0]), 0) == 4.0  # a run without epochs costs nothing


class Named(StopAt):
    def __init__(self, name, stops):
        super().__init__(stops)
        object.__setattr__(self, "name", name)


def test_preference_takes_the_fastest_that_kept_the_best():
    policies = [
        Never(),
        Named("safe", (9, 1, 9, 9, 9, 9)),
        Named("near", (1, 9, 1, 1, 1, 9)),
        Named("rash", (1,) * 6),
    ]
    result = simlab.simulate(tiny(), policies, orderings=10)
    chosen = prefer(result.summaries)
    assert chosen.policy == "near"  # within a standard error of the best in every ordering
    text = result.preference()
    assert text.startswith("Prefer near: the fastest that kept a model within one standard error of the best")
    assert "10 of 10" in text
    rash = simlab.simulate(tiny(), [Never(), policies[3]], orderings=10)
    assert prefer(rash.summaries) is None
    assert rash.preference().startswith("Prefer none of these: the safest, rash, kept")
    assert explain_preference(rash.summaries[:1]).startswith("Nothing to prefer")
