from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from simlab.corpus import FeatureMatrix, Prefixes, TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.metric import Metric
from simlab.predictors import LastSeenValue, PowerLawEnsemble
from simlab.predictors.power_law import DELAYS, EXPONENTS, RATES, extrapolate, shapes

T = 40
EPOCHS = np.arange(1.0, T + 1)


def nothing(n):
    return FeatureMatrix((), np.empty((n, 0)))


def training(scores, metric=None):
    scores, lengths = np.asarray(scores), np.full(len(scores), np.shape(scores)[1])
    found = TrainingSet(scores, lengths, scores[:, -1], nothing(len(scores)), nothing(len(scores)))
    return found if metric is None else dataclasses.replace(found, metric=metric)


def nobody(metric=None):
    return training(np.empty((0, T)), metric)


def prefixes(scores):
    return Prefixes(np.asarray(scores), nothing(len(scores)), nothing(len(scores)))


def power_laws(rng, n, noise=0.0):
    level, scale, rate = rng.uniform(0.3, 0.9, n), rng.uniform(0.1, 0.5, n), rng.uniform(0.3, 1.5, n)
    clean = level[:, None] - scale[:, None] * EPOCHS ** -rate[:, None]
    return clean + rng.normal(0, noise, clean.shape)


def test_every_shape_ends_at_0_and_has_a_unit_left_at_epoch_t():
    found = shapes(7, T)
    assert found.shape == (len(EXPONENTS) * len(DELAYS) + len(RATES), 7)
    np.testing.assert_allclose(found[:, -1], 1.0)
    assert (np.diff(found, axis=1) < 0).all()
    missing = (EPOCHS[:7] ** -EXPONENTS[2] - T ** -EXPONENTS[2]) / (7 ** -EXPONENTS[2] - T ** -EXPONENTS[2])
    np.testing.assert_allclose(found[2 * len(DELAYS)], missing)


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_exact_power_laws_on_the_grid_are_recovered(exponent):
    curve = 0.8 - 0.5 * EPOCHS**-exponent
    np.testing.assert_allclose(extrapolate(curve[None, :8], T, ridge=1e-9).mean, curve[-1], atol=1e-4)


def test_power_laws_off_the_grid_come_near_what_a_fit_finds_that_knows_the_family():
    curves = power_laws(np.random.default_rng(0), 30, noise=0.002)
    found = extrapolate(curves[:, :12], T, ridge=0.01).mean
    fitted = np.empty(30)
    for row, curve in enumerate(curves):
        law, _ = curve_fit(
            lambda s, a, b, c: a - b * s**-c, EPOCHS[:12], curve[:12], p0=(0.6, 0.3, 0.8), maxfev=20_000
        )
        fitted[row] = law[0] - law[1] * T ** -law[2]
    ours, theirs, naive = (
        np.sqrt(np.mean((one - curves[:, -1]) ** 2)) for one in (found, fitted, curves[:, 11])
    )
    assert ours < 2.5 * theirs
    assert ours < 0.25 * naive


def test_a_batch_equals_one_least_squares_problem_for_each_prefix_and_shape():
    ridge, t = 0.2, 6
    scores = power_laws(np.random.default_rng(1), 9, noise=0.02)[:, :t]
    found = extrapolate(scores, T, ridge)
    for row, prefix in enumerate(scores):
        ends, log_evidence, variances = [], [], []
        for shape in shapes(t, T):
            design = np.vstack([np.column_stack([np.ones(t), -shape]), [0.0, np.sqrt(ridge)]])
            (end, _gain), squares, *_ = np.linalg.lstsq(design, np.append(prefix, 0.0), rcond=None)
            information = design.T @ design
            ends.append(end)
            log_evidence.append(-(t - 1) / 2 * np.log(squares[0]) - np.linalg.slogdet(information)[1] / 2)
            variances.append(squares[0] / (t - 1) * (1 + np.linalg.inv(information)[0, 0]))
        weights = np.exp(np.array(log_evidence) - max(log_evidence))
        weights /= weights.sum()
        mean = weights @ ends
        np.testing.assert_allclose(found.mean[row], mean, rtol=1e-8)
        variance = weights @ (np.array(variances) + (np.array(ends) - mean) ** 2)
        np.testing.assert_allclose(found.sigma[row], np.sqrt(variance), rtol=1e-8)


@given(
    st.lists(
        # the square of a smaller number is 0
        st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-150),
        min_size=1,
        max_size=T - 1,
    ),
    st.sampled_from(["as drawn", "rising", "falling", "flat", "diverging"]),
)
def test_no_prefix_explodes(values, kind):
    change = {
        "as drawn": lambda y: y,
        "rising": np.sort,
        "falling": lambda y: np.sort(y)[::-1],
        "flat": lambda y: np.full_like(y, y[0]),
        "diverging": lambda y: -np.exp(np.arange(len(y))),
    }[kind]
    y, ridge = change(np.array(values)), 0.1
    found = extrapolate(y[None], T, ridge)
    assert np.isfinite(found.mean).all()
    limit = (1 + 1 / (2 * np.sqrt(ridge))) * np.linalg.norm(y - y.mean())
    assert abs(found.mean[0] - y.mean()) <= limit * (1 + 1e-9) + 1e-9 * abs(y.mean())
    assert np.isnan(found.sigma[0]) if len(y) < 3 else found.sigma[0] >= 0


@given(st.floats(-10, 10), st.integers(1, T))
def test_flat_prefixes_stay(level, epoch):
    found = extrapolate(np.full((1, epoch), level), T, ridge=0.1)
    np.testing.assert_allclose(found.mean, level, rtol=1e-12, atol=1e-300)


def test_one_score_and_no_burn_in_give_the_last_score_and_stop_nothing():
    prediction = PowerLawEnsemble().fit(nobody()).predict(prefixes([[0.2], [0.7]]))
    np.testing.assert_allclose(prediction.mean, [0.2, 0.7], rtol=1e-12)
    assert np.isnan(prediction.sigma).all()


def test_the_last_epoch_is_its_own_prediction():
    curves = power_laws(np.random.default_rng(2), 3)
    prediction = PowerLawEnsemble().fit(nobody()).predict(prefixes(curves))
    np.testing.assert_array_equal(prediction.mean, curves[:, -1])
    np.testing.assert_array_equal(prediction.sigma, 0.0)


def test_without_a_burn_in_sigma_is_about_right():
    curves = power_laws(np.random.default_rng(3), 2000, noise=0.01)
    for epoch in (5, 10, 20):
        prediction = PowerLawEnsemble().fit(nobody()).predict(prefixes(curves[:, :epoch]))
        z = (curves[:, -1] - prediction.mean) / prediction.sigma
        assert 0.6 < np.sqrt(np.mean(z**2)) < 1.5


def test_on_a_burn_in_sigma_is_about_right():
    curves = power_laws(np.random.default_rng(4), 1100, noise=0.01)
    predictor = PowerLawEnsemble().fit(training(curves[:100]))
    for epoch in (1, 2, 5, 20):
        prediction = predictor.predict(prefixes(curves[100:, :epoch]))
        z = (curves[100:, -1] - prediction.mean) / prediction.sigma
        assert 0.8 < np.sqrt(np.mean(z**2)) < 1.2


def test_the_correction_is_a_regression_on_gain_and_last_score():
    curves = power_laws(np.random.default_rng(5), 80, noise=0.02)
    known, rest, t = curves[:60], curves[60:, :4], 4

    def design(scores):
        gain = extrapolate(scores[:, :t], T, ridge=0.1).mean - scores[:, t - 1]
        return np.column_stack([np.ones(len(scores)), gain, scores[:, t - 1]])

    def line(rows):
        return np.linalg.lstsq(design(known[rows]), known[rows, -1] - known[rows, t - 1], rcond=None)[0]

    prediction = PowerLawEnsemble().fit(training(known)).predict(prefixes(rest))
    np.testing.assert_allclose(prediction.mean, rest[:, -1] + design(rest) @ line(np.arange(60)), rtol=1e-9)
    left_out = [
        known[row, -1] - known[row, t - 1] - design(known[[row]])[0] @ line(np.delete(np.arange(60), row))
        for row in range(60)
    ]
    np.testing.assert_allclose(prediction.sigma, np.sqrt(np.mean(np.square(left_out))), rtol=1e-9)


def test_few_training_curves_give_sigma_only():
    curves = power_laws(np.random.default_rng(6), 12, noise=0.02)
    rest = prefixes(curves[9:, :5])
    few = PowerLawEnsemble().fit(training(curves[:9])).predict(rest)
    uncorrected = PowerLawEnsemble(corrected=False).fit(training(curves[:9])).predict(rest)
    np.testing.assert_array_equal(few.mean, PowerLawEnsemble().fit(nobody()).predict(rest).mean)
    np.testing.assert_array_equal(few.mean, uncorrected.mean)
    misses = curves[:9, -1] - extrapolate(curves[:9, :5], T, ridge=0.1).mean
    np.testing.assert_allclose(few.sigma, np.sqrt(np.mean(misses**2)))


def test_the_correction_pays():
    curves = power_laws(np.random.default_rng(7), 400, noise=0.03)
    known, rest = training(curves[:100]), curves[100:]

    def error(predictor):
        return np.mean((predictor.fit(known).predict(prefixes(rest[:, :3])).mean - rest[:, -1]) ** 2)

    assert error(PowerLawEnsemble()) < 0.7 * error(PowerLawEnsemble(corrected=False))
    assert error(PowerLawEnsemble()) < 0.7 * error(LastSeenValue())


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_a_mean_beyond_the_bounds_is_set_to_the_bound_and_told(direction):
    sign = 1 if direction == "maximize" else -1
    bounds = (0, 0.9) if direction == "maximize" else (-0.9, 0)
    metric = Metric(name="score", direction=direction, bounds=bounds)
    steep, flat = 0.1 * EPOCHS[:8], np.full(8, 0.5)
    prediction = PowerLawEnsemble().fit(nobody(metric)).predict(prefixes([steep, flat]))
    assert metric.value(0.9) == sign * 0.9
    np.testing.assert_allclose(prediction.mean, [0.9, 0.5])
    assert prediction.diagnostics["at_bound"].tolist() == [1.0, 0.0]
    assert prediction.diagnostics["extrapolated"][0] > 0.9


def test_what_cannot_be_is_refused():
    with pytest.raises(SettingError, match="ridge must be positive, not 0"):
        PowerLawEnsemble(ridge=0.0).fit(nobody())
    with pytest.raises(CorpusError, match=r"1 of 2 are not, the first in row 1"):
        PowerLawEnsemble().fit(nobody()).predict(prefixes([[0.1, 0.2], [0.1, np.nan]]))
