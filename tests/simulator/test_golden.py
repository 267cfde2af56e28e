"""A golden table: rules that need no fit, on the first 200 recorded networks of the shipped corpus.

Every figure is a ratio of whole epochs or a recorded value, so it is the same on every machine.
"""

from __future__ import annotations

import polars as pl
import pytest

import simlab
from simlab.corpus import Corpus
from simlab.policies import Never, Oracle, ThresholdRule
from simlab.predictors import LastSeenValue

GOLDEN = [  # policy, threshold, speedup, recovered in 5 orderings, regret, epochs spent
    ("never", None, 1.0, 5, 0.0, 4000.0),
    ("oracle", None, 4.085802, 5, 0.0, 979.0),
    ("last-seen", 0.8, 3.932273, 0, 0.04596, 1018.4),
    ("last-seen", 0.95, 3.618962, 5, 0.0, 1106.6),
    ("last-seen", 0.99, 2.75003, 5, 0.0, 1457.4),
]


@pytest.fixture(scope="module")
def first_200():
    shipped = simlab.load("metaqnn-cifar10")
    kept = pl.col("config_id").cast(pl.Int32) < 200
    curves, configs = shipped.curves_frame().filter(kept), shipped.configs.filter(kept)
    return Corpus.from_tables(curves, configs, shipped.metric, name="first-200", metadata=shipped.metadata)


def test_the_figures_are_those_of_the_golden_table(first_200):
    rules = [ThresholdRule(predictor=LastSeenValue(), threshold=one, burn_in=40) for one in (0.8, 0.95, 0.99)]
    result = simlab.simulate(first_200, [Never(), Oracle(burn_in=40), *rules], orderings=5, workers=3)
    measured = [
        (
            one.policy,
            one.threshold,
            round(one.speedup.mean, 6),
            one.recovery.successes,
            round(one.regret, 6),
            one.epochs_spent,
        )
        for one in result.summaries
    ]
    assert measured == GOLDEN
