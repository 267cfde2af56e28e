"""Probability integrals are uniform where sigma is right, and coverage says so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simlab.evaluation import coverage, probability_integral
from simlab.predictors.prediction import QUANTILE_LEVELS, Prediction


@pytest.fixture
def random():
    return np.random.default_rng(0)


def normal(random, factor=1.0, n=20_000):
    """Return truths, and predictions whose sigma is off by a factor."""
    mean, sigma = random.normal(size=n), random.uniform(0.1, 2, n)
    truth = mean + sigma * random.normal(size=n)
    return truth, Prediction(mean, factor * sigma)


def test_a_right_sigma_is_uniform(random):
    integrals = probability_integral(*normal(random))
    assert stats.kstest(integrals, "uniform").pvalue > 0.01


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_coverage_follows_from_sigma(random, factor, level):
    expected = 1 - 2 * stats.norm.sf(factor * stats.norm.ppf((1 + level) / 2))
    assert coverage(probability_integral(*normal(random, factor)), level) == pytest.approx(expected, abs=0.01)


def test_quantiles_take_the_place_of_sigma(random):
    truth, prediction = normal(random, n=500)
    z = stats.norm.ppf(QUANTILE_LEVELS)
    quantiles = prediction.mean[:, None] + prediction.sigma[:, None] * z
    own = Prediction(np.zeros(500), np.zeros(500), quantiles)
    np.testing.assert_allclose(
        probability_integral(truth, own), probability_integral(truth, prediction), atol=0.006
    )


def test_certainty_is_right_or_wrong():
    prediction = Prediction(np.full(3, 0.5), np.zeros(3))
    assert probability_integral(np.array([0.4, 0.5, 0.6]), prediction).tolist() == [0.0, 0.5, 1.0]


def test_nothing_predicted_stays_unknown():
    nothing = Prediction(np.array([np.nan]), np.array([np.nan]))
    assert np.isnan(probability_integral(np.array([0.5]), nothing)).all()
    assert np.isnan(coverage(np.array([]), 0.5))
