from __future__ import annotations

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import LeaveOneOut, PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import NuSVR

from simlab.errors import UnknownNameError
from simlab.predictors.nusvr import LinearNuSVR, RBFNuSVR
from tests.predictors.regression_data import smooth_problem

KERNELS = pytest.mark.parametrize(
    ("regressor", "kernel"),
    [
        (method(engine), kernel)
        for method, kernel in ((RBFNuSVR, "rbf"), (LinearNuSVR, "linear"))
        for engine in method.engines
    ],
    ids=lambda value: value if isinstance(value, str) else value.engine,
)


def random_settings(regressor, n, seed=1):
    return [regressor.settings(row) for row in np.random.default_rng(seed).random((n, regressor.n_random))]


def scikit_learn(kernel, settings, tol):
    machine = NuSVR(kernel=kernel, tol=tol, **settings)
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), machine), transformer=StandardScaler())


def test_settings_fill_the_papers_space():
    settings = random_settings(RBFNuSVR(), 2000)
    for name, low, high in (("C", 1e-5, 10), ("gamma", 1e-5, 10)):
        logs = np.log([one[name] for one in settings])
        assert np.log(low) <= logs.min() < np.log(low) + 0.2
        assert np.log(high) - 0.2 < logs.max() <= np.log(high)
        assert abs(logs.mean() - (np.log(low) + np.log(high)) / 2) < 0.5
    nus = [one["nu"] for one in settings]
    assert 0 < min(nus) < 0.01
    assert 0.99 < max(nus) <= 1
    assert RBFNuSVR().settings([0.0, 0.0, 0.0])["nu"] == 1.0


@KERNELS
def test_fit_agrees_with_a_scikit_learn_pipeline(regressor, kernel):
    features, targets = smooth_problem(n=60)
    features, targets, new = features[:40], targets[:40], features[40:]
    for settings in random_settings(regressor, 15):
        ours = regressor.fit(features, targets, settings).predict(new)
        theirs = scikit_learn(kernel, settings, 1e-6).fit(features, targets).predict(new)
        np.testing.assert_allclose(ours, theirs, atol=2e-4 * targets.std())


@KERNELS
def test_leave_one_out_is_brute_force(regressor, kernel):
    features, targets = smooth_problem(n=30)
    for settings in ({"C": 1.0, "nu": 0.5}, {"C": 0.01, "nu": 0.2}, {"C": 5.0, "nu": 0.9}):
        if kernel == "rbf":
            settings["gamma"] = 0.05
        ours = regressor.leave_one_out_residuals(features, targets, settings)
        reference = scikit_learn(kernel, settings, 1e-7)
        theirs = targets - cross_val_predict(reference, features, targets, cv=LeaveOneOut())
        np.testing.assert_allclose(ours, theirs, atol=2e-4 * targets.std())
        assert np.sqrt(np.mean(ours**2)) == pytest.approx(np.sqrt(np.mean(theirs**2)), rel=1e-4)


@KERNELS
def test_search_agrees_with_scikit_learn(regressor, kernel):
    features, targets = smooth_problem(n=36)
    settings = random_settings(regressor, 40)
    folds = np.random.default_rng(0).permutation(36) % 3
    ours = regressor.cross_validation_errors(features, targets, settings, folds)
    theirs = np.empty(len(settings))
    for position, one in enumerate(settings):
        predicted = cross_val_predict(
            scikit_learn(kernel, one, 1e-7), features, targets, cv=PredefinedSplit(folds)
        )
        theirs[position] = np.mean((targets - predicted) ** 2)
    rtol = 0.01 if regressor.engine == "libsvm" else 1e-5  # libsvm searches to a tolerance of 1e-3
    np.testing.assert_allclose(ours, theirs, rtol=rtol)
    assert theirs[np.argmin(ours)] <= 1.01 * theirs.min()
    assert theirs.max() > 2 * theirs.min()


def test_a_column_constant_in_training_does_not_count():
    features, targets = smooth_problem(n=20, p=3)
    features[:, 2] = 7.0
    model = RBFNuSVR().fit(features, targets, {"C": 1.0, "nu": 0.5, "gamma": 0.1})
    moved = features.copy()
    moved[:, 2] = 1e6
    np.testing.assert_array_equal(model.predict(moved), model.predict(features))


@pytest.mark.parametrize("method", [RBFNuSVR, LinearNuSVR])
def test_where_no_feature_varies_both_engines_predict_the_same(method):
    _, targets = smooth_problem(n=21)
    features = np.full((21, 2), 3.0)
    settings = {"C": 2.0, "nu": 0.3} | ({"gamma": 0.1} if method is RBFNuSVR else {})
    ours, reference = (method(engine).fit(features, targets, settings) for engine in method.engines)
    np.testing.assert_allclose(ours.predict(features), reference.predict(features), rtol=1e-9)
    residuals = method().leave_one_out_residuals(features, targets, settings)
    expected = method("libsvm").leave_one_out_residuals(features, targets, settings)
    np.testing.assert_allclose(residuals, expected, rtol=1e-9)


def test_a_constant_target_is_predicted_as_it_is():
    features, _ = smooth_problem(n=20)
    settings = {"C": 1.0, "nu": 0.5, "gamma": 0.1}
    targets = np.full(20, 0.1)
    predicted = RBFNuSVR().fit(features, targets, settings).predict(features)
    np.testing.assert_allclose(predicted, targets, rtol=1e-14)
    residuals = RBFNuSVR().leave_one_out_residuals(features, targets, settings)
    np.testing.assert_allclose(residuals, 0, atol=1e-15)


@pytest.mark.parametrize("method", [RBFNuSVR, LinearNuSVR])
def test_a_score_depends_on_its_own_settings_only(method):
    features, targets = smooth_problem(n=60)
    settings = random_settings(method(), 90)
    folds = np.random.default_rng(0).permutation(60) % 3
    together = method().cross_validation_errors(features, targets, settings, folds)
    alone = [method().cross_validation_errors(features, targets, [one], folds)[0] for one in settings]
    np.testing.assert_array_equal(together, alone)


def test_an_unknown_engine_is_refused():
    with pytest.raises(UnknownNameError, match="unknown engine 'svm'; did you mean 'libsvm'"):
        RBFNuSVR("svm")
