"""Orderings, and what a searcher hears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.policies import Decision, Never, Policy, ThresholdRule
from simlab.predictors import LastSeenValue
from simlab.schedulers import Fifo
from simlab.searchers import RandomOrdering, Searcher, draw_orderings
from tests.simulator.toys import motley, replay, rows


@given(n=st.integers(1, 40), few=st.integers(1, 5), more=st.integers(0, 5), seed=st.integers(0, 1000))
def test_more_orderings_keep_the_first_ones(n, few, more, seed):
    kept, drawn = draw_orderings(n, few, seed), draw_orderings(n, few + more, seed)
    assert all(np.array_equal(a, b) for a, b in zip(kept, drawn, strict=False))
    assert all(sorted(ordering.tolist()) == list(range(n)) for ordering in drawn)


def test_orderings_are_uniform_and_differ():
    drawn = draw_orderings(3, 6000, seed=0)
    counts = {}
    for ordering in drawn:
        counts[tuple(ordering.tolist())] = counts.get(tuple(ordering.tolist()), 0) + 1
    assert len(counts) == 6
    assert all(abs(count - 1000) < 150 for count in counts.values())
    assert not np.array_equal(draw_orderings(50, 1, 0)[0], draw_orderings(50, 1, 1)[0])


def test_a_random_ordering_proposes_each_configuration_once():
    searcher = RandomOrdering(np.array([2, 0, 1]))
    assert [searcher.propose() for _ in range(5)] == [2, 0, 1, None, None]
    assert type(RandomOrdering(np.array([2])).propose()) is int


class Listening(Searcher):
    """Writes down what it hears."""

    def __init__(self, n):
        self.left = list(range(n))
        self.heard = {}

    def propose(self):
        return self.left.pop(0) if self.left else None

    def observe(self, config, score, *, is_final):
        assert config not in self.heard
        self.heard[config] = (score, is_final)


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_a_searcher_hears_final_scores_predictions_and_last_scores(direction):
    corpus = motley(direction=direction)
    policy = ThresholdRule(predictor=LastSeenValue(), threshold=0.8, burn_in=6)
    searcher = Listening(len(corpus))
    trace = replay(corpus, policy, workers=2, scheduler=Fifo(searcher, policy))
    predicted = {
        config: decision.predicted for config, _, _, decision in rows(trace.decisions) if decision.stop
    }
    assert len(searcher.heard) == len(corpus)
    kinds = set()
    for trial in trace.trials:
        score, is_final = searcher.heard[trial.config]
        kinds.add(trial.outcome)
        if trial.outcome == "completed":
            assert (score, is_final) == (corpus.scores[trial.config, trial.epochs - 1], True)
        elif trial.outcome == "diverged":
            assert (score, is_final) == (corpus.metric.score(corpus.metric.worst), True)
        elif trial.outcome == "stopped":
            assert (score, is_final) == (predicted[trial.config], False)
        elif trial.epochs:  # censored, failed
            assert (score, is_final) == (corpus.scores[trial.config, trial.epochs - 1], False)
        else:
            assert np.isnan(score)
            assert not is_final
    assert kinds == {"completed", "diverged", "censored", "failed", "stopped"}


@dataclass(frozen=True)
class Hasty(Policy):
    """Stops without a prediction."""

    name = "hasty"

    def decide(self, view):
        return Decision(stop=view.epoch == 2, reason="two are enough")


def test_a_trial_stopped_without_a_prediction_counts_as_its_last_score():
    corpus = motley()
    searcher = Listening(len(corpus))
    trace = replay(corpus, Hasty(), scheduler=Fifo(searcher, Hasty()))
    stopped = [trial.config for trial in trace.trials if trial.outcome == "stopped"]
    assert stopped
    assert all(searcher.heard[config] == (corpus.scores[config, 1], False) for config in stopped)


class Adaptive(Listening):
    """Proposes the neighbour of the best it has heard of: its choice depends on what has ended."""

    def propose(self):
        if not self.left:
            return None
        best = max(self.heard, key=lambda config: self.heard[config][0], default=0)
        choice = min(self.left, key=lambda config: abs(config - best))
        self.left.remove(choice)
        return choice


@pytest.mark.parametrize("workers", [1, 3])
def test_a_searcher_that_listens_is_asked_in_the_order_of_events(workers):
    """It hears of a trial's end before it is asked what should run next."""
    corpus = motley(ragged=False)
    searcher = Adaptive(len(corpus))
    trace = replay(corpus, Never(), workers=workers, scheduler=Fifo(searcher, Never()))
    assert sorted(trial.config for trial in trace.trials) == list(range(len(corpus)))
    heard, left = {}, list(range(len(corpus)))
    for _, event, config, _, epochs in rows(trace.events):
        if event == "started":
            best = max(heard, key=lambda one: heard[one], default=0)
            assert config == min(left, key=lambda one: abs(one - best))
            left.remove(config)
        elif event in ("completed", "diverged"):
            heard[config] = corpus.final_scores[config]
        elif event in ("censored", "failed"):
            heard[config] = corpus.scores[config, epochs - 1] if epochs else np.nan
