"""How often seeds disagree about the same prefix."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.predictors import LCE
from simlab.predictors.lce_stability import stops_by_seed
from simlab.predictors.prediction import level_of
from tests.synthetic import synthetic_corpus

SHORT = LCE(steps=50, discard=10)


def test_how_often_seeds_disagree():
    corpus = synthetic_corpus(6, 8, seed=1)
    asked = [(config, epoch) for config in range(6) for epoch in (3, 6)]
    found = stops_by_seed(corpus, asked, incumbent=0.6, seeds=range(4), threshold=0.9, lce=SHORT)
    assert found.select("config_id", "epoch").rows() == [
        (str(corpus.config_ids[config]), epoch) for config, epoch in asked
    ]
    for (config, epoch), row in zip(asked, found.iter_rows(named=True), strict=True):
        probabilities = [
            level_of(0.6, model.forecast(corpus.scores[config, :epoch]).quantiles)
            for model in (LCE(steps=50, discard=10, random_state=seed) for seed in range(4))
            if model.fit(corpus.training_set([]))
        ]
        stops = sum(probability >= 0.9 for probability in probabilities)
        assert row["n_stops"] == stops
        assert row["flips"] == pytest.approx(stops * (4 - stops) / 6)
        np.testing.assert_equal(row["probability_low"], min(probabilities))
