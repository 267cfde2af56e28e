"""The fits from which the chains start."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import leastsq

import simlab
from simlab.predictors.lce_extrapolation import recency_weights
from simlab.predictors.lce_families import FAMILIES, family_values, time_axis
from simlab.predictors.lce_least_squares import fit_family

NAMES = [family.name for family in FAMILIES]


def curve(number, parameters, epochs):
    out = np.empty((len(epochs), 1))
    family_values(number, 1, np.resize(parameters, (4, 1)), 0, time_axis(epochs), out)
    return out[:, 0]


@pytest.mark.parametrize("number", range(11), ids=NAMES)
def test_an_exact_curve_is_found_from_nearby(number):
    epochs = np.arange(1.0, 16.0)
    true = np.array(list(FAMILIES[number].start.values()))
    true[true == 5.0] = 1.5  # MMF's delta, at which its start is all but flat
    scores = curve(number, true, epochs)
    found, squares = fit_family(number, true * 1.05 + 0.01, time_axis(epochs), scores, np.ones(15))
    np.testing.assert_allclose(curve(number, found, epochs), scores, atol=1e-3)
    assert squares < 1e-6


@pytest.mark.parametrize("number", range(11), ids=NAMES)
def test_the_squares_are_those_of_the_parameters(number):
    epochs, scores = np.arange(1.0, 9.0), 0.5 + 0.3 * np.tanh(np.arange(8) / 3)
    roots = np.sqrt(recency_weights(8))
    start = np.array(list(FAMILIES[number].start.values()))
    found, squares = fit_family(number, start, time_axis(epochs), scores, roots)
    expected = np.sum((roots * (curve(number, found, epochs) - scores)) ** 2)
    assert squares == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert squares <= np.sum((roots * (curve(number, start, epochs) - scores)) ** 2)


def test_as_good_as_minpack_on_recorded_curves():
    corpus = simlab.load("metaqnn-cifar10")
    worse = better = compared = 0
    for config in range(0, 1000, 91):
        for n in (5, 10, 18):
            scores, epochs = corpus.scores[config, :n], np.arange(1.0, n + 1)
            roots = np.sqrt(recency_weights(n))
            total = np.sum(roots**2 * (scores - np.average(scores, weights=roots**2)) ** 2)
            if total < 1e-9:
                continue
            for number, family in enumerate(FAMILIES):
                start = np.array(list(family.start.values()))
                _, ours = fit_family(number, start, time_axis(epochs), scores, roots)
                theirs = minpack(number, start, epochs, scores, roots)
                compared += 1
                worse += ours > theirs + 0.01 * total
                better += ours < theirs - 0.01 * total
    assert compared > 300
    assert worse <= 0.05 * compared  # either may end in a poorer local optimum, mostly of Weibull and MMF
    assert abs(worse - better) < 0.05 * compared


def minpack(number, start, epochs, scores, roots):
    def residuals(parameters):
        values = roots * (curve(number, parameters, epochs) - scores)
        return np.where(np.isfinite(values), values, 1e3)

    found = leastsq(residuals, start, maxfev=1000, full_output=True)[0]
    return np.sum(residuals(found) ** 2)


def test_more_parameters_than_points():
    scores = np.array([0.2, 0.4, 0.5])
    for number, family in enumerate(FAMILIES):
        start = np.array(list(family.start.values()))
        found, squares = fit_family(number, start, time_axis(np.arange(1.0, 4.0)), scores, np.ones(3))
        assert np.isfinite(found).all()
        assert np.isfinite(squares)
