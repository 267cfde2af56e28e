"""Tables of every prefix, the same for any number of jobs."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simlab.predictors import LCE
from simlab.predictors.lce import _forecast
from simlab.predictors.lce_tables import extrapolate_corpus, stops_by_seed
from simlab.predictors.predictor import QUANTILE_LEVELS, level_of
from tests.simulator.toys import motley
from tests.synthetic import synthetic_corpus

SHORT = LCE(steps=50, discard=10)


def test_every_prefix_that_goes_on():
    corpus = motley()
    table = extrapolate_corpus(corpus, SHORT)
    expected = [
        (str(corpus.config_ids[config]), epoch)
        for config in range(len(corpus))
        for epoch in range(3, int(corpus.lengths[config]))
    ]
    assert table.select("config_id", "epoch").rows() == expected
    assert table["quantiles"].dtype == pl.Array(pl.Float64, len(QUANTILE_LEVELS))
    model = SHORT.fit(corpus.training_set([]))
    for row in table.sample(5, seed=0).iter_rows(named=True):
        config = list(corpus.config_ids).index(row["config_id"])
        forecast = model.forecast(corpus.scores[config, : row["epoch"]])
        np.testing.assert_equal([row["mean"], row["sigma"]], [forecast.mean, forecast.sigma])
        np.testing.assert_array_equal(row["quantiles"], forecast.quantiles)
        assert row["n_families"] == len(forecast.families)


def test_the_number_of_jobs_and_the_batch_do_not_matter():
    corpus = synthetic_corpus(25, 7)
    tables = []
    for n_jobs, configs in ((1, None), (2, None), (1, range(20, 25))):
        _forecast.cache_clear()
        tables.append(extrapolate_corpus(corpus, SHORT, configs=configs, n_jobs=n_jobs))
    one, two, part = tables
    assert one.equals(two)
    assert one.tail(len(part)).equals(part)


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
