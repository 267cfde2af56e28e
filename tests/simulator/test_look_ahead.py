"""No look-ahead: what happens after a moment changes nothing that was decided up to it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simlab
from simlab import Budget, Failures, Scenario, Stragglers
from simlab.errors import SimlabError
from simlab.policies import (
    PERCENTILE_PRESETS,
    And,
    Checkpoints,
    Decision,
    HyperbandStopping,
    Never,
    Or,
    Oracle,
    PercentileRule,
    Policy,
    ThresholdRule,
)
from simlab.predictors import SRM, LastSeenValue
from simlab.schedulers import ASHA, PASHA, Hyperband, StoppingASHA, make_brackets
from simlab.searchers import RandomOrdering
from simlab.testing.look_ahead import observed_epochs, perturbed
from tests.simulator.toys import Nosy, Patience, motley, replay, rows


def rule(predictor, **settings):
    return ThresholdRule(predictor=predictor, **settings)


LAST = LastSeenValue()
RULES = [
    Never(),
    Patience(2),
    Nosy(),
    rule(LAST, threshold=0.5, burn_in=0),
    rule(LAST, threshold=0.95, burn_in=5),
    rule(LAST, threshold=0.8, tolerance=0.02, burn_in=5),
    rule(LAST, threshold=0.9, top_n=3, burn_in=8),
]
#: Rules that rank a trial among others, by what these had shown at the same epoch.
RANKING_RULES = [
    PERCENTILE_PRESETS["median-vizier"],
    replace(PERCENTILE_PRESETS["median-optuna"], startup=2),
    replace(PERCENTILE_PRESETS["median-syne-tune"], min_trials=2),
    replace(PERCENTILE_PRESETS["median-ray"], grace=2, average_from=2),
    replace(PERCENTILE_PRESETS["percentile-ax"], grace=2, startup=1, min_trials=2),
    PercentileRule(percentile=20, others="best", strict=False),
    HyperbandStopping(strict=False),
]
COMBINED_RULES = [
    Or([Patience(3), Checkpoints(PERCENTILE_PRESETS["median-ray"], min_epochs=2, check_every=2)]),
    And([HyperbandStopping(), rule(LAST, threshold=0.5, burn_in=5)]),
]
#: A regression predicts all curves that go on in one call, and how many they are moves its last binary digit.
REGRESSIONS = [
    rule(SRM(regressor="ols"), threshold=0.9, burn_in=20),
    rule(SRM(search=2), threshold=0.9, burn_in=20),
]


def corpus_of(seed):
    return motley(seed=seed, ragged=seed % 2 == 1)


def assert_past_unchanged(corpus, policy, workers, clock, *, decision, seed):
    def play(one):
        return replay(one, policy, workers=workers, clock=clock)

    assert_same_past(corpus, play, decision=decision, seed=seed, ends=policy not in REGRESSIONS)


def assert_same_past(corpus, play, *, decision, seed, ends=True):
    trace = play(corpus)
    decisions = rows(trace.decisions)
    decision %= len(decisions)
    seen, left, n_events = observed_epochs(trace, corpus, decision)
    other = play(perturbed(corpus, seen, left, seed=seed, ends=ends))
    assert rows(other.decisions)[: decision + 1] == decisions[: decision + 1]
    assert rows(other.events)[:n_events] == rows(trace.events)[:n_events]


@settings(max_examples=300)
@given(
    policy=st.sampled_from([*RULES, *RANKING_RULES, *COMBINED_RULES, REGRESSIONS[0]]),
    workers=st.integers(1, 4),
    clock=st.sampled_from(["epochs", "seconds"]),
    decision=st.integers(0, 10_000),
    seed=st.integers(0, 5),
)
def test_the_future_changes_no_decision(policy, workers, clock, decision, seed):
    assert_past_unchanged(corpus_of(seed), policy, workers, clock, decision=decision, seed=seed)


@settings(max_examples=4)
@given(workers=st.integers(1, 4), decision=st.integers(100, 10_000))
def test_the_future_changes_no_decision_of_a_searched_model(workers, decision):
    assert_past_unchanged(corpus_of(0), REGRESSIONS[1], workers, "epochs", decision=decision, seed=0)


@pytest.mark.parametrize(
    "policy",
    [*RULES, RANKING_RULES[0], RANKING_RULES[2], RANKING_RULES[3], *COMBINED_RULES, REGRESSIONS[0]],
    ids=lambda policy: policy.name,
)
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("clock", ["epochs", "seconds"])
def test_the_future_changes_no_decision_at_all(policy, workers, clock):
    corpus = corpus_of(1)
    for decision in range(len(rows(replay(corpus, policy, workers=workers, clock=clock).decisions))):
        assert_past_unchanged(corpus, policy, workers, clock, decision=decision, seed=decision)


#: Schedulers that decide by scores who goes on, made anew for every run.
SCHEDULERS = {
    "hyperband": partial(Hyperband, brackets=make_brackets(8, 2), runs=2),
    "hyperband, overlapping": partial(Hyperband, brackets=make_brackets(8, 2), runs=2, overlap=True),
    "asha": partial(ASHA, max_epochs=8, eta=2),
    "asha, retrained": partial(ASHA, max_epochs=7, eta=2, quota="ceil", retrain=True),
    "asha-stopping": partial(StoppingASHA, max_epochs=8, eta=2),
    "pasha": partial(PASHA, max_epochs=8, eta=2, quota="ceil"),
    "pasha, strict": partial(PASHA, max_epochs=8, eta=2, min_epochs=2, epsilon=0.0, retrain=True),
}


@settings(max_examples=200)
@given(
    scheduler=st.sampled_from(list(SCHEDULERS)),
    workers=st.integers(1, 16),
    clock=st.sampled_from(["epochs", "seconds"]),
    decision=st.integers(0, 10_000),
    seed=st.integers(0, 5),
)
def test_the_future_changes_no_decision_of_a_scheduler(scheduler, workers, clock, decision, seed):
    def play(corpus):
        made = SCHEDULERS[scheduler](RandomOrdering(range(len(corpus))))
        return replay(corpus, Never(), workers=workers, clock=clock, scheduler=made)

    assert_same_past(corpus_of(seed), play, decision=decision, seed=seed)


#: Without a budget in seconds: whether an epoch still fits is told by its cost before it is trained.
SCENARIOS = [
    Scenario(start_up=3, resume=1, checkpoint=2, decision_cost=0.7),
    Scenario(stragglers=Stragglers(share=0.5, factor=3), failures=Failures(rate=0.003, repair=5)),
    Scenario(failures=Failures(rate=0.003), decision_cost=1, budget=Budget(epochs=100, time=500)),
]


@settings(max_examples=200)
@given(
    scenario=st.sampled_from(SCENARIOS),
    policy=st.sampled_from([*RULES, *RANKING_RULES]),
    scheduler=st.sampled_from([None, *SCHEDULERS]),
    workers=st.integers(1, 5),
    decision=st.integers(0, 10_000),
    seed=st.integers(0, 5),
)
def test_the_future_changes_no_decision_under_a_scenario(  # noqa: PLR0917
    scenario, policy, scheduler, workers, decision, seed
):
    def play(corpus):
        made = scheduler and SCHEDULERS[scheduler](RandomOrdering(range(len(corpus))))
        return replay(corpus, policy, workers=workers, clock="seconds", scheduler=made, scenario=scenario)

    assert_same_past(corpus_of(seed), play, decision=decision, seed=seed)


class Peeking(Policy):
    """Wants the recorded truth without declaring it."""

    name = "peeking"

    def decide(self, view):
        return Decision(stop=not view.hindsight.is_best, reason="peeked")


def test_hindsight_is_refused_to_a_policy_that_has_not_declared_it():
    with pytest.raises(SimlabError, match="has not declared needs_hindsight"):
        simlab.simulate(corpus_of(0), Peeking())


def test_only_the_oracle_needs_hindsight():
    assert Oracle.needs_hindsight
    assert not any(policy.needs_hindsight for policy in RULES + RANKING_RULES + COMBINED_RULES + REGRESSIONS)


class Greedy(Policy):
    """Asks for a model of trials that still run."""

    name = "greedy"

    def decide(self, view):
        view.predict(LAST, view.n_ended_in_order + 1)
        raise AssertionError("a model of the future")


def test_no_model_is_fitted_on_a_running_trial():
    with pytest.raises(SimlabError, match=r"only the first \d trials have ended"):
        replay(corpus_of(0), Greedy())


class ScoreKeeper(Policy):
    """Writes into the scores it is shown."""

    name = "score-keeper"

    def decide(self, view):
        scores = view.scores
        assert scores.shape == (view.epoch,)
        assert scores.base is None  # no later value lies behind it
        scores[:] = 0.0
        return Decision(stop=False, reason="wrote")


def test_a_policy_cannot_reach_or_change_the_curve_through_its_view():
    corpus = corpus_of(0)
    before = corpus.scores.copy()
    replay(corpus, ScoreKeeper())
    assert np.array_equal(corpus.scores, before, equal_nan=True)


class Cheat(Policy):
    """Ranks what has not been reported yet: the score after the next epoch."""

    name = "cheat"

    def decide(self, view):
        ahead = view.ranking(view.epoch + 1, "current", among="reached")
        own = view.ranking(view.epoch, "current", among="reached")
        assert len(ahead) <= len(own) - 1  # this trial is among those that have not come so far
        return Decision(stop=False, reason="looked ahead")


@pytest.mark.parametrize("workers", [1, 4])
def test_no_ranking_holds_an_epoch_that_was_not_trained(workers):
    replay(motley(30, 8, ragged=False), Cheat(), workers=workers)
