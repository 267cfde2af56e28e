"""The replay against a plain loop, and what must hold of every run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import simlab
from simlab.policies import Decision, Never, Oracle, Policy, ThresholdRule
from simlab.predictors import SRM, LastSeenValue
from simlab.simulator import Scenario, elapsed_times
from tests.simulator.toys import Nosy, Patience, StopAt, motley, replay, rows
from tests.synthetic import synthetic_corpus


def target(corpus, config):
    diverged = corpus.status[config] == "diverged"
    return corpus.metric.worst if diverged else corpus.values[config, corpus.lengths[config] - 1]


def plain_loop(corpus, ordering, *, threshold, tolerance, top_n, burn_in):
    """Replay LastSeenValue trial by trial; return (config, outcome, epochs) and the probabilities."""
    finals, probabilities, told, trials = [], {}, list(ordering[:burn_in]), []
    known = [config for config in told if corpus.status[config] in ("completed", "diverged")]
    for position, config in enumerate(ordering):
        length, curve = corpus.lengths[config], corpus.values[config]
        stopped = None
        for epoch in range(1, length):
            if position < burn_in:
                continue
            pairs = [
                (target(corpus, other), corpus.values[other, epoch - 1])
                for other in known
                if corpus.lengths[other] >= epoch
            ]
            sigma = np.sqrt(np.mean([(final - seen) ** 2 for final, seen in pairs])) if pairs else 0.0
            if len(finals) < top_n:
                continue
            bound = sorted(finals)[-top_n] - tolerance
            seen = curve[epoch - 1]
            probability = norm.cdf(bound, seen, sigma) if sigma else float(seen <= bound)
            probabilities[config, epoch] = probability
            if probability >= threshold:
                stopped = epoch
                break
        trials.append((config, "stopped" if stopped else corpus.status[config], stopped or length))
        if not stopped and corpus.status[config] == "completed":
            finals.append(curve[length - 1])
    return trials, probabilities


@settings(max_examples=60)
@given(
    threshold=st.sampled_from([0.3, 0.5, 0.8, 0.95, 0.99, 1.0]),
    tolerance=st.sampled_from([0.0, 0.03]),
    top_n=st.sampled_from([1, 2, 5]),
    burn_in=st.sampled_from([0, 1, 4, 15]),
    seed=st.integers(0, 3),
)
def test_one_worker_equals_a_plain_loop(threshold, tolerance, top_n, burn_in, seed):
    corpus, ordering = motley(40, 9, seed), np.random.default_rng(seed).permutation(40).tolist()
    settings = {"threshold": threshold, "tolerance": tolerance, "top_n": top_n, "burn_in": burn_in}
    trace = replay(corpus, ThresholdRule(predictor=LastSeenValue(), **settings), ordering=ordering)
    trials, probabilities = plain_loop(corpus, ordering, **settings)
    assert [(one.config, one.outcome, one.epochs) for one in trace.trials] == trials
    made = {row[:2]: row[3].probability for row in rows(trace.decisions) if row[3].probability is not None}
    assert made == pytest.approx(probabilities, abs=1e-12)


POLICIES = [
    Never(),
    Oracle(burn_in=3),
    Patience(1),
    Nosy(),
    ThresholdRule(predictor=LastSeenValue(), threshold=0.9, burn_in=6),
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("clock", ["seconds", "epochs"])
def test_every_run_is_consistent(policy, workers, clock):
    corpus, ordering = motley(40, 9, 2), np.random.default_rng(2).permutation(40)
    trace = replay(corpus, policy, workers=workers, clock=clock, ordering=ordering)
    elapsed = elapsed_times(corpus, clock)
    cost = np.array([elapsed[trial.config, trial.epochs] for trial in trace.trials])

    assert [trial.config for trial in trace.trials] == ordering.tolist()  # first in, first out
    assert [trial.position for trial in trace.trials] == list(range(40))
    starts = [trial.start for trial in trace.trials]
    assert starts == sorted(starts)
    assert [trial.end - trial.start for trial in trace.trials] == pytest.approx(cost.tolist())
    makespan = max(trial.end for trial in trace.trials)
    assert makespan >= max(cost.max(), cost.sum() / workers) - 1e-9
    assert {trial.worker for trial in trace.trials} <= set(range(workers))
    for worker in range(workers):
        mine = sorted((t.start, t.end) for t in trace.trials if t.worker == worker)
        assert all(end <= start for (_, end), (start, _) in pairwise(mine))
    assert all(
        trial.outcome == corpus.status[trial.config] for trial in trace.trials if trial.outcome != "stopped"
    )
    assert all(t.epochs < corpus.lengths[t.config] for t in trace.trials if t.outcome == "stopped")


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
@pytest.mark.parametrize("workers", [1, 3])
def test_every_event_is_consistent(policy, workers):
    corpus = motley(40, 9, 1)
    trace = replay(corpus, policy, workers=workers, clock="seconds")
    elapsed = elapsed_times(corpus, "seconds")
    events = rows(trace.events)
    assert events == sorted(events, key=lambda event: event[0])
    start = {trial.config: trial.start for trial in trace.trials}
    for trial in trace.trials:
        own = [event for event in events if event[2] == trial.config]
        kinds = [event[1] for event in own]
        assert kinds == ["started", *["epoch ended"] * trial.epochs, trial.outcome]
        assert {event[3] for event in own} == {trial.worker}
        times = [event[0] for event in own[1:-1]]
        assert times == (start[trial.config] + elapsed[trial.config, 1 : trial.epochs + 1]).tolist()
        assert own[-1][0] == trial.end
    ended = {(config, epoch): time for time, event, config, _, epoch in events if event == "epoch ended"}
    for config, epoch, time, _ in rows(trace.decisions):
        assert ended[config, epoch] == time
    asked = {row[:2] for row in rows(trace.decisions)}
    assert asked == {key for key in ended if key[1] < corpus.lengths[key[0]]}


@pytest.mark.parametrize("workers", [1, 3])
def test_maximise_and_minimise_mirror_each_other(workers):
    policies = [
        *POLICIES,
        ThresholdRule(predictor=SRM(regressor="ols"), threshold=0.8, burn_in=20, tolerance=0.01),
    ]
    up, down = (
        simlab.simulate(motley(40, 9, 3, direction=direction), policies, orderings=2, workers=workers)
        for direction in ("maximize", "minimize")
    )
    for table in ("trials", "decisions", "events"):
        here, there = getattr(up, table), getattr(down, table)
        columns = [name for name in ("predicted", "last_value", "final_value") if name in there.columns]
        assert there.with_columns(-pl.col(name) for name in columns).equals(here), table
    same = [
        name for name in up.per_ordering.columns if not name.endswith("_se")
    ]  # a share has one, its mirror not
    assert up.per_ordering.select(same).equals(down.per_ordering.select(same))
    assert up.decisions["predicted"].drop_nulls().len() > 0


@settings(max_examples=40)
@given(workers=st.integers(2, 8), burn_in=st.integers(1, 12), seed=st.integers(0, 3))
def test_nothing_is_predicted_before_the_burn_in_has_ended(workers, burn_in, seed):
    corpus = motley(40, 9, seed)
    policy = ThresholdRule(predictor=LastSeenValue(), threshold=0.2, burn_in=burn_in)
    trace = replay(corpus, policy, workers=workers, clock="seconds")
    over = max(trial.end for trial in trace.trials[:burn_in])
    position = {trial.config: trial.position for trial in trace.trials}
    for config, _, time, decision in rows(trace.decisions):
        if position[config] < burn_in:
            assert decision.reason == "burn-in"
        elif time < over:
            assert decision.reason == "burn-in still running"
        else:
            assert time > over or decision.reason != "burn-in"
        assert decision.predicted is None or time >= over
    assert all(trial.outcome != "stopped" for trial in trace.trials[:burn_in])
    assert any(trial.outcome == "stopped" for trial in trace.trials)


def test_a_trial_that_has_ended_is_known_to_later_ones_at_the_same_moment():
    """Configuration 0 ends at 3, before the decision at 3 about configuration 1."""
    corpus = synthetic_corpus(4, 6, 0)
    trace = replay(corpus, StopAt((3, 5, 2, 1)), workers=2)
    order = [(time, event, config) for time, event, config, *_ in rows(trace.events)]
    assert order == [
        (0.0, "started", 0),
        (0.0, "started", 1),
        (1.0, "epoch ended", 0),
        (1.0, "epoch ended", 1),
        (2.0, "epoch ended", 0),
        (2.0, "epoch ended", 1),
        (3.0, "epoch ended", 0),
        (3.0, "stopped", 0),
        (3.0, "started", 2),  # on worker 0, before the next event
        (3.0, "epoch ended", 1),
        (4.0, "epoch ended", 1),
        (4.0, "epoch ended", 2),
        (5.0, "epoch ended", 1),
        (5.0, "stopped", 1),
        (5.0, "started", 3),
        (5.0, "epoch ended", 2),
        (5.0, "stopped", 2),
        (6.0, "epoch ended", 3),
        (6.0, "stopped", 3),
    ]


class LastOfAll(Policy):
    """Compares the score with the last of all scores."""

    name = "last-of-all"

    def decide(self, view):
        assert type(view.score) is float
        return Decision(stop=view.score < 0.3, reason=f"{view.score == view.scores[-1]}")


def test_the_score_is_the_last_of_the_scores():
    trace = replay(motley(), LastOfAll(), workers=3)
    made = trace.decisions.made
    assert {decision.reason for decision in made} == {"True"}
    assert {decision.stop for decision in made} == {True, False}
    costly = Scenario(decision_cost=1)  # to look at the score costs as much as to look at all of them
    assert max(trial.end for trial in replay(motley(), LastOfAll(), scenario=costly).trials) > max(
        trial.end for trial in replay(motley(), LastOfAll()).trials
    )
