"""exp, log and the eleven families, value by value against NumPy and the published formulas."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.predictors.compiled import nan_aware
from simlab.predictors.lce_families import FAMILIES, family_values, time_axis
from simlab.predictors.vector_math import exp, log


@nan_aware
def exp_of_all(x, out):
    for i in range(len(x)):
        out[i] = exp(x[i])


@nan_aware
def log_of_all(x, out):
    for i in range(len(x)):
        out[i] = log(x[i])


def through(kernel_of_all, x):
    x = np.asarray(x, dtype=float)
    out = np.empty_like(x)
    kernel_of_all(x, out)
    return out


def test_exp_within_its_range():
    x = np.concatenate([np.linspace(-690, 690, 100_003), np.linspace(-1, 1, 10_001), [0.0]])
    np.testing.assert_allclose(through(exp_of_all, x), np.exp(x), rtol=2e-15)


def test_exp_beyond_its_range():
    assert through(exp_of_all, [-np.inf, -1e300, -691]) == pytest.approx(np.exp(-690), rel=1e-13, abs=0)
    assert through(exp_of_all, [np.inf, 1e300, 691]) == pytest.approx(np.exp(690), rel=1e-13)
    assert np.isnan(through(exp_of_all, [np.nan] * 9)).all()


def test_log():
    x = np.concatenate([np.exp(np.linspace(-700, 700, 100_003)), np.linspace(0.5, 2, 10_001)])
    np.testing.assert_allclose(through(log_of_all, x), np.log(x), rtol=1e-15, atol=5e-16)


def test_log_outside_its_domain():
    assert np.isnan(through(log_of_all, [0.0, -0.0, -1.0, -np.inf, np.nan, 1e-310] * 3)).all()


# Table 1 of Domhan et al. (2015), in its own order of parameters, with the grid on which each is compared.
PUBLISHED = {
    "vapor pressure": (lambda x, a, b, c: np.exp(a + b / x + c * np.log(x)), {}),
    "pow3": (lambda x, c, a, alpha: c - a * np.power(x, -alpha), {}),
    "log log linear": (lambda x, a, b: np.log(a * np.log(x) + b), {}),
    "Hill3": (
        lambda x, theta, eta, kappa: theta * np.power(x, eta) / (np.power(kappa, eta) + np.power(x, eta)),
        {"kappa": (0.3, 2.5, 40.0)},
    ),
    "log power": (lambda x, a, b, c: a / (1 + np.power(x / np.exp(b), c)), {}),
    "pow4": (
        lambda x, c, a, b, alpha: c - np.power(a * x + b, -alpha),
        {"a": (0.1, 3.0, 200.0), "b": (0, 2.0)},
    ),
    "MMF": (
        lambda x, alpha, beta, kappa, delta: alpha - (alpha - beta) / (1 + np.power(kappa * x, delta)),
        {"kappa": (0.01, 0.4, 9.0)},
    ),
    "exp4": (lambda x, c, a, b, alpha: c - np.exp(-a * np.power(x, alpha) + b), {}),
    "Janoschek": (
        lambda x, alpha, beta, kappa, delta: alpha - (alpha - beta) * np.exp(-kappa * np.power(x, delta)),
        {"beta": (-1.1, 0.1, 3.0)},  # where alpha = beta, NumPy may find 0 times infinity
    ),
    "Weibull": (
        lambda x, alpha, beta, kappa, delta: alpha - (alpha - beta) * np.exp(-np.power(kappa * x, delta)),
        {"kappa": (0.01, 0.4, 9.0)},
    ),
    "ilog2": (lambda x, c, a: c - a / np.log(x + 1), {}),
}
ANY = (-1.3, -0.2, 0.0, 0.4, 1.0, 2.7)
EPOCHS = np.array([1.0, 2.0, 3.0, 7.0, 20.0, 140.0])


def grid(family):
    """Return parameters, shape (p, n), and epochs, shape (n,): every combination."""
    ranges = [PUBLISHED[family.name][1].get(name, ANY) for name in family.start]
    points = np.array(np.meshgrid(*ranges, EPOCHS, indexing="ij")).reshape(len(ranges) + 1, -1)
    return np.ascontiguousarray(points[:-1]), points[-1]


def table(number, parameters, epochs):
    """Return the values of every column of parameters at every epoch, shape (m, n)."""
    out = np.empty((len(epochs), parameters.shape[1]))
    rows = np.resize(parameters, (4, parameters.shape[1]))
    family_values(number, parameters.shape[1], rows, 0, time_axis(epochs), out)
    return out


def values(number, parameters, epochs):
    """Return the value of each column of parameters at an epoch of its own, shape (n,)."""
    every, which = np.unique(epochs, return_inverse=True)
    return table(number, parameters, every)[which, np.arange(len(epochs))]


def test_there_are_the_eleven():
    assert [family.name for family in FAMILIES] == list(PUBLISHED)
    assert sum(len(family.start) for family in FAMILIES) == 36


@pytest.mark.parametrize("number", range(11), ids=list(PUBLISHED))
def test_a_family_is_the_published_formula(number):
    family = FAMILIES[number]
    parameters, epochs = grid(family)
    with np.errstate(all="ignore"):
        expected = PUBLISHED[family.name][0](epochs, *parameters)
    found = values(number, parameters, epochs)
    undefined = ~np.isfinite(expected)
    np.testing.assert_allclose(found[~undefined], expected[~undefined], rtol=1e-12, atol=1e-12)
    assert not np.any(np.isfinite(found[undefined]) & (np.abs(found[undefined]) < 1e290))
    assert np.mean(~undefined) > 0.4


@pytest.mark.parametrize("number", range(11), ids=list(PUBLISHED))
def test_a_family_at_its_start(number):
    family = FAMILIES[number]
    x = np.arange(1.0, 31.0)
    parameters = np.repeat(np.array(list(family.start.values()))[:, None], len(x), axis=1)
    expected = PUBLISHED[family.name][0](x, *family.start.values())
    np.testing.assert_allclose(values(number, parameters, x), expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ["Hill3", "MMF", "Weibull"])
def test_a_negative_scale_is_undefined(name):
    number = list(PUBLISHED).index(name)
    parameters = np.array(list(FAMILIES[number].start.values()))[:, None].copy()
    parameters[list(FAMILIES[number].start).index("kappa")] = -0.5
    assert np.isnan(values(number, parameters, np.array([5.0]))).all()


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 8, 50, 63])
def test_every_number_of_columns(n):
    """Vector instructions take several columns at once; what is left over must come out the same."""
    rng = np.random.default_rng(n)
    for number, family in enumerate(FAMILIES):
        parameters, epochs = rng.uniform(0.1, 1, (len(family.start), n)), np.array([1.0, 2.0, 20.0])
        together = table(number, parameters, epochs)
        alone = [table(number, parameters[:, [i]], epochs)[:, 0] for i in range(n)]
        np.testing.assert_allclose(together, np.array(alone).reshape(n, 3).T, rtol=1e-14)


def test_columns_of_a_larger_block():
    """Other rows, and columns beyond the first n, are neither read nor written."""
    rng, axis = np.random.default_rng(0), time_axis(np.array([2.0, 9.0]))
    for number, family in enumerate(FAMILIES):
        block, out, size = np.full((9, 7), np.nan), np.full((3, 7), -1.0), len(family.start)
        block[2 : 2 + size, :5] = rng.uniform(0.1, 1, (size, 5))
        expected = table(number, block[2 : 2 + size, :5], np.array([2.0, 9.0]))
        family_values(number, 5, block, 2, axis, out)
        np.testing.assert_allclose(out[:2, :5], expected, rtol=1e-14)
        assert (out[2] == -1).all()
        assert (out[:, 5:] == -1).all()
