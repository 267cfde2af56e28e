"""The presets decide as the tools they are named after, decision by decision."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import simlab
from simlab.policies import PERCENTILE_PRESETS, HyperbandStopping, PercentileRule
from tests.policies import tools
from tests.simulator.toys import motley, replay

VIZIER, SYNE_TUNE, RAY, AX = (
    PERCENTILE_PRESETS[name] for name in ("median-vizier", "median-syne-tune", "median-ray", "percentile-ax")
)
PAIRS = {
    "vizier": (VIZIER, tools.vizier),
    "syne-tune": (SYNE_TUNE, tools.syne_tune),
    "syne-tune quarter": (
        replace(SYNE_TUNE, percentile=75.0, grace=3, min_trials=2),
        partial(tools.syne_tune, rank_cutoff=0.25, grace_time=3, grace_population=2),
    ),
    "ray": (RAY, tools.ray),
    "ray from 4": (
        replace(RAY, grace=4, average_from=4, min_trials=5),
        partial(tools.ray, grace_period=4, min_samples_required=5),
    ),
    "ax": (AX, tools.ax),
    "ax quarter": (
        replace(AX, percentile=25.0, grace=2, min_trials=3, startup=3),
        partial(tools.ax, percentile_threshold=25.0, min_progression=2, min_curves=3),
    ),
    "wandb": (HyperbandStopping(), tools.wandb),
    "wandb min_iter": (
        HyperbandStopping(min_iter=2, eta=1.5, strict=False),
        partial(tools.wandb, min_iter=2, eta=1.5, strict=False),
    ),
    "wandb max_iter": (
        HyperbandStopping(max_iter=20, s=2, eta=2),
        partial(tools.wandb, max_iter=20, s=2, eta=2),
    ),
}
every_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)


def assert_same(answers):
    ours, theirs = zip(*answers, strict=True)
    assert ours == theirs
    assert 0 < sum(ours) < len(ours)


@every_pair
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_on_curves_of_every_kind(pair, workers, direction):
    policy, tool = pair
    policy = replace(policy, grace=3) if policy is AX else policy
    tool = partial(tool, min_progression=3) if pair[0] is AX else tool
    corpus = motley(60, 12, direction=direction)
    assert_same(tools.compared(corpus, replay(corpus, policy, workers=workers, clock="seconds"), tool))


@every_pair
@pytest.mark.parametrize("workers", [1, 8])
def test_on_recorded_curves(pair, workers):
    """Accuracies on a grid and networks that learn nothing: values tie."""
    policy, tool = pair
    corpus = simlab.load("metaqnn-cifar10")
    ordering = np.random.default_rng(0).permutation(len(corpus))[:120]
    trace = replay(corpus, policy, workers=workers, ordering=ordering)
    assert_same(tools.compared(corpus, trace, tool))


def test_ray_counts_the_last_result_of_an_ended_trial_twice():
    """Its running mean leans towards the last report, so that Ray may decide otherwise than it says."""
    own, stopped = [0.33, 0.1], [([0.3, 0.35], True)] * 3
    assert tools.ray(own, stopped, minimize=False, twice=True)
    assert not tools.ray(own, stopped, minimize=False)


def test_ray_counts_every_trial_not_only_completed_ones_as_its_docstring_says():
    own, stopped = [0.2], [([0.5], False)] * 3
    assert tools.ray(own, stopped, minimize=False)
    assert not tools.vizier(own, stopped, minimize=False)


def test_syne_tune_judges_at_its_grace_time_though_its_docstring_says_beyond_it():
    own, others = [0.2, 0.2], [([0.5, 0.5], True)] * 5
    assert tools.syne_tune(own, others, minimize=False, grace_time=2)
    assert not tools.syne_tune(own, others, minimize=False, grace_time=3)


def test_each_preset_has_its_own_answer():
    """Between four rules that are all called the median rule hardly any trial ends alike."""
    corpus = motley(60, 12)
    stopped = {
        name: tuple(trial.epochs for trial in replay(corpus, rule).trials)
        for name, rule in PERCENTILE_PRESETS.items()
    }
    assert len(set(stopped.values())) == len(PERCENTILE_PRESETS)


def test_a_rule_named_by_hand_is_no_preset():
    assert PercentileRule().name not in PERCENTILE_PRESETS
