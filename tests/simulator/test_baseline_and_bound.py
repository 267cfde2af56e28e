"""Never costs everything and loses nothing; whoever recovers the optimum costs no less than the Oracle."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simlab
from simlab.policies import Never, Oracle, ThresholdRule
from simlab.predictors import LastSeenValue
from tests.simulator.toys import Nosy, Patience, StopAt, motley, replay, spent
from tests.synthetic import synthetic_corpus

SPEEDUPS = ("speedup", "speedup_without_burn_in", "speedup_seconds", "speedup_wall_clock")


@pytest.mark.parametrize("workers", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("clock", ["seconds", "epochs"])
@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_never_has_speedup_and_recovery_exactly_1(workers, clock, direction):
    result = simlab.simulate(motley(direction=direction), Never(), orderings=6, workers=workers, clock=clock)
    (run,) = result.summaries
    for name in SPEEDUPS:
        figure = getattr(run, name)
        assert (figure.mean, figure.low, figure.high) == (1.0, 1.0, 1.0), name
    assert run.recovery.share == 1.0
    assert run.regret == 0.0
    assert run.top_10_recall == 1.0
    assert run.outcomes == {
        "completed": 20, "diverged": 3, "censored": 3, "failed": 4, "stopped": 0, "paused": 0,
        "unfinished": 0,
    }  # fmt: skip
    assert not result.decisions["stop"].any()


def equal_lengths(seed):
    """Completed curves of one length, beside some that ended early for other reasons."""
    return synthetic_corpus(20, 6, seed, diverged=2, failed=2, censored=1)


def rules(burn_in):
    return [
        ThresholdRule(predictor=LastSeenValue(), threshold=threshold, burn_in=burn_in, tolerance=tolerance)
        for threshold in (0.05, 0.5, 0.9)
        for tolerance in (0.0, 0.05)
    ]


def has_recovered(trace, corpus):
    return any(trial.outcome == "completed" and trial.config in corpus.best for trial in trace.trials)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("seed", range(8))
def test_the_oracle_bounds_rules_that_stop_against_a_completed_value(workers, seed):
    """Where completed curves are equally long: such a rule has completed one of them before it stops any."""
    corpus = equal_lengths(seed)
    ordering = np.random.default_rng(seed).permutation(len(corpus))
    least = spent(replay(corpus, Oracle(), workers=workers, ordering=ordering))
    for rule in rules(burn_in=0):
        assert least <= spent(replay(corpus, rule, workers=workers, ordering=ordering))


@settings(max_examples=200)
@given(
    stops=st.tuples(*[st.integers(1, 7)] * 30),
    burn_in=st.integers(0, 6),
    workers=st.integers(1, 4),
    seed=st.integers(0, 3),
)
def test_the_oracle_bounds_every_policy_that_recovers_the_optimum(stops, burn_in, workers, seed):
    corpus = tied(seed)
    ordering = np.random.default_rng(seed).permutation(len(corpus))
    in_burn_in = ordering[:burn_in]
    policy = StopAt(tuple(99 if config in in_burn_in else stop for config, stop in enumerate(stops)))
    trace = replay(corpus, policy, workers=workers, ordering=ordering)
    least = replay(corpus, Oracle(burn_in=burn_in), workers=workers, ordering=ordering)
    assert has_recovered(least, corpus)
    assert spent(least) <= spent(trace) or not has_recovered(trace, corpus)


@cache
def tied(seed):
    """Give the three longest completed curves the same, best final value."""
    corpus = motley(seed=seed)
    curves, longest = (
        corpus.curves_frame(),
        corpus.completed[np.argsort(corpus.lengths[corpus.completed])[-3:]],
    )
    for config in longest:
        last = (pl.col("config_id") == corpus.config_ids[config]) & (
            pl.col("epoch") == corpus.lengths[config]
        )
        curves = curves.with_columns(value=pl.when(last).then(0.99).otherwise("value"))
    changed = simlab.Corpus.from_tables(curves, corpus.configs, corpus.metric, name="tied")
    assert len(changed.best) == 3
    return changed


def test_the_bound_is_reached_exactly():
    corpus = tied(0)
    once = np.minimum(corpus.lengths, 1).sum()
    assert spent(replay(corpus, Oracle())) == once + corpus.lengths[corpus.best].min() - 1
    best_first = [*corpus.best, *np.setdiff1d(np.arange(len(corpus)), corpus.best)]
    for workers in (1, 2):  # a best one is in the burn-in: no other need be finished
        cost = spent(replay(corpus, Oracle(burn_in=1), ordering=best_first, workers=workers))
        assert cost == once + corpus.lengths[corpus.best[0]] - 1


def test_a_policy_that_misses_the_optimum_may_cost_less_than_the_oracle():
    corpus = equal_lengths(0)
    assert spent(replay(corpus, StopAt((1,) * 20))) < spent(replay(corpus, Oracle()))


@pytest.mark.parametrize("policy", [Patience(1), Nosy(), *rules(5)[:1]], ids=lambda policy: policy.name)
@pytest.mark.parametrize("workers", [2, 5])
def test_stopping_never_prolongs_the_makespan(policy, workers):
    """Independent trials in list order have no scheduling anomaly: a shorter trial delays nobody."""
    result = simlab.simulate(motley(), policy, orderings=5, workers=workers)
    assert (result.per_ordering["speedup_wall_clock"] >= 1 - 1e-12).all()
