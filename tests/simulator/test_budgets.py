"""Budgets in epochs, in seconds and in time: by hand, and never exceeded."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simlab
from simlab import Budget, Failures, Scenario
from simlab.policies import Never
from tests.simulator.test_look_ahead import RANKING_RULES
from tests.simulator.toys import Nosy, Patience, StopAt, motley, replay, rows
from tests.simulator.two_jobs import told
from tests.synthetic import synthetic_corpus


def test_a_budget_in_epochs_by_hand():
    """Five epochs on two workers: what runs when they are used up ends its epoch first."""
    trace = replay(synthetic_corpus(4, 4), Never(), workers=2, scenario=Scenario(budget=Budget(epochs=5)))
    assert [(trial.epochs, trial.end, trial.outcome) for trial in trace.trials] == [
        (3, 3, "unfinished"), (2, 2, "unfinished"),
    ]  # fmt: skip


def test_a_stop_when_the_budget_is_used_up_is_a_stop():
    trace = replay(synthetic_corpus(4, 4), StopAt((2, 9, 9, 9)), scenario=Scenario(budget=Budget(epochs=2)))
    assert [(trial.epochs, trial.outcome) for trial in trace.trials] == [(2, "stopped")]


def test_a_budget_in_time_by_hand():
    """What ends at that moment has ended; what runs then is unfinished, and nothing new starts."""
    trace = replay(
        synthetic_corpus(4, 3), StopAt((3, 1, 3, 3)), workers=2, scenario=Scenario(budget=Budget(time=3))
    )
    assert [(trial.start, trial.end, trial.epochs, trial.outcome) for trial in trace.trials] == [
        (0, 3, 3, "completed"), (0, 1, 1, "stopped"), (1, 3, 2, "unfinished"),
    ]  # fmt: skip
    between = replay(synthetic_corpus(4, 3), Never(), scenario=Scenario(budget=Budget(time=4.5)))
    assert told(between)[-3:] == [(3, "started", 1), (4, "epoch ended", 1), (4.5, "unfinished", 1)]


def test_a_budget_in_seconds_by_hand():
    """The first epoch that does not fit ends the run, though a cheaper one would fit."""
    corpus = synthetic_corpus(3, 2)
    seconds = np.array([[2.0, 2.0], [5.0, 1.0], [1.0, 1.0]])
    corpus = simlab.Corpus(**(vars_of(corpus) | {"series": {**corpus.series, "seconds": seconds}}))
    for limit, expected in {
        8: [(2, "completed"), (0, "unfinished")],
        9: [(2, "completed"), (1, "unfinished")],
        10: [(2, "completed"), (2, "completed")],
        11: [(2, "completed"), (2, "completed"), (1, "unfinished")],
    }.items():
        trace = replay(corpus, Never(), scenario=Scenario(budget=Budget(seconds=limit)))
        assert [(trial.epochs, trial.outcome) for trial in trace.trials] == expected


def vars_of(corpus):
    names = ("name", "metric", "config_ids", "lengths", "status", "series", "configs", "metadata")
    return {name: getattr(corpus, name) for name in names}


def test_unfinished_trials_are_counted_and_nothing_is_dropped():
    scenario = Scenario(budget=Budget(epochs=50))
    result = simlab.simulate(motley(), Never(), workers=4, orderings=3, scenario=scenario)
    (run,) = result.summaries
    assert run.epochs_spent == 50
    assert run.outcomes["unfinished"] > 0
    assert sum(run.outcomes.values()) == result.trials.height / 3
    assert result.per_ordering["n_unfinished"].mean() == pytest.approx(run.outcomes["unfinished"])
    assert result.to_dict()["scenario"] == {"budget": {"epochs": 50}}
    unfinished = result.trials.filter(pl.col("outcome") == "unfinished")
    assert (unfinished["epochs"] < unfinished["epochs_recorded"]).all()


def test_a_budget_that_suffices_changes_nothing():
    plain = simlab.simulate(motley(), [Never(), Nosy()], orderings=2, workers=3)
    for budget in (Budget(epochs=10_000), Budget(seconds=1e9), Budget(time=1e9)):
        same = simlab.simulate(
            motley(), [Never(), Nosy()], orderings=2, workers=3, scenario=Scenario(budget=budget)
        )
        for table in ("trials", "decisions", "events"):
            assert getattr(same, table).equals(getattr(plain, table)), (budget, table)


policies = st.sampled_from([Never(), Patience(1), Nosy(), RANKING_RULES[0]])


@settings(max_examples=150)
@given(
    policy=policies,
    workers=st.integers(1, 6),
    epochs=st.none() | st.integers(1, 150),
    seconds=st.none() | st.floats(1, 3000),
    time=st.floats(1, 3000),
    clock=st.sampled_from(["epochs", "seconds"]),
    rate=st.sampled_from([None, 0.002]),
    delay=st.sampled_from([0, 2.5]),
    seed=st.integers(0, 3),
)
def test_a_budget_is_never_exceeded(  # noqa: PLR0917
    policy, workers, epochs, seconds, time, clock, rate, delay, seed
):
    corpus = motley(seed=seed)
    budget = Budget(epochs=epochs, seconds=seconds, time=time)
    failures = rate and Failures(rate=rate, repair=1)
    scenario = Scenario(budget=budget, failures=failures, start_up=delay, decision_cost=delay)
    trace = replay(corpus, policy, workers=workers, clock=clock, scenario=scenario)
    spent = sum(trial.epochs_spent for trial in trace.trials)
    cost = np.concatenate([np.zeros((30, 1)), np.nan_to_num(corpus.series["seconds"]).cumsum(axis=1)], axis=1)
    paid = sum(
        sum(cost[trial.config, last] - cost[trial.config, first] for first, last in trial.given_up)
        + cost[trial.config, trial.epochs]
        for trial in trace.trials
    )
    assert spent <= (math.inf if epochs is None else epochs)
    assert paid <= (math.inf if seconds is None else seconds) + 1e-6
    assert all(trial.end <= time for trial in trace.trials)
    assert all(event[0] <= time for event in rows(trace.events))
    times = [event[0] for event in rows(trace.events)]
    assert times == sorted(times)
    assert all(trial.outcome for trial in trace.trials)
