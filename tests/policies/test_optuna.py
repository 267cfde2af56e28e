"""Optuna's own pruners, on recorded curves, decide as the preset does: every decision, in closed loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import optuna
import pytest

import simlab
from simlab.policies import PERCENTILE_PRESETS, Checkpoints
from tests.simulator.toys import motley, replay, rows


@pytest.fixture(autouse=True)
def quiet():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


def decisions_of_optuna(corpus, ordering, pruner):
    """Train the curves one after the other in a study; step 0 is the first epoch."""
    study = optuna.create_study(direction=corpus.metric.direction, pruner=pruner)
    made = []
    for config in ordering:
        trial = study.ask()
        length = int(corpus.lengths[config])
        state = {"completed": "COMPLETE"}.get(corpus.status[config], "FAIL")
        for epoch in range(1, length + 1):
            trial.report(float(corpus.values[config, epoch - 1]), epoch - 1)
            if epoch == length:
                break
            stop = trial.should_prune()
            made.append((config, epoch, stop))
            if stop:
                state = "PRUNED"
                break
        final = float(corpus.values[config, length - 1]) if state == "COMPLETE" else None
        study.tell(trial, final, state=optuna.trial.TrialState[state])
    return made


def assert_same(corpus, ordering, pruner, policy):
    trace = replay(corpus, policy, ordering=ordering)
    ours = [(config, epoch, decision.stop) for config, epoch, _, decision in rows(trace.decisions)]
    assert ours == decisions_of_optuna(corpus, ordering, pruner)
    return len(ours), sum(stop for *_, stop in ours)


def preset(percentile=50.0, *, warmup=0, interval=1, **options):
    """Build our rule for the arguments of a PercentilePruner."""
    rule = replace(PERCENTILE_PRESETS["median-optuna"], percentile=100 - percentile, grace=warmup + 1)
    return Checkpoints(replace(rule, **options), min_epochs=warmup + 1, check_every=interval)


def test_median_pruner_by_default_on_1000_curves():
    corpus = simlab.load("metaqnn-cifar10")
    ordering = np.random.default_rng(0).permutation(len(corpus))
    decisions, stopped = assert_same(
        corpus, ordering, optuna.pruners.MedianPruner(), PERCENTILE_PRESETS["median-optuna"]
    )
    assert decisions > len(corpus)
    assert 900 < stopped < 1000


@pytest.mark.parametrize(
    ("percentile", "warmup", "interval", "n_curves"),
    [
        (25.0, 0, 1, 1000),
        (25.0, 5, 1, 1000),
        (50.0, 4, 3, 1000),
        (75.0, 0, 1, 1000),
        (75.0, 5, 1, 1000),
        (90.0, 2, 4, 200),
        (33.3, 10, 1, 200),
        (0.0, 15, 1, 200),
        (100.0, 0, 1, 200),
        pytest.param(90.0, 2, 4, 1000, marks=pytest.mark.slow),
        pytest.param(33.3, 10, 1, 1000, marks=pytest.mark.slow),
        pytest.param(0.0, 15, 1, 1000, marks=pytest.mark.slow),
        pytest.param(100.0, 0, 1, 1000, marks=pytest.mark.slow),
    ],
)
def test_percentile_pruner(percentile, warmup, interval, n_curves):
    corpus = simlab.load("metaqnn-cifar10")
    ordering = np.random.default_rng(1).permutation(len(corpus))[:n_curves]
    pruner = optuna.pruners.PercentilePruner(
        percentile, n_startup_trials=5, n_warmup_steps=warmup, interval_steps=interval
    )
    policy = preset(percentile, warmup=warmup, interval=interval)
    _, stopped = assert_same(corpus, ordering, pruner, policy)
    assert stopped or percentile == 100.0


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
@pytest.mark.parametrize("percentile", [25.0, 50.0, 75.0])
def test_curves_of_every_kind_and_both_directions(direction, percentile):
    """Some diverge, fail or were stopped before: none of these counts as completed, here or there."""
    corpus = motley(60, 12, direction=direction)
    ordering = [config for config in range(len(corpus)) if corpus.lengths[config]]
    pruner = optuna.pruners.PercentilePruner(percentile, n_startup_trials=8, n_min_trials=4)
    _, stopped = assert_same(corpus, ordering, pruner, preset(percentile, startup=8, min_trials=4))
    assert stopped
