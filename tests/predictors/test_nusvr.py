from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import LeaveOneOut, PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import NuSVR

from simlab.predictors import nusvr
from simlab.predictors.nusvr import LinearNuSVR, RBFNuSVR, Stopping, solve
from tests.predictors.regression_data import smooth_problem

KERNELS = pytest.mark.parametrize(
    ("regressor", "kernel"), [(RBFNuSVR(), "rbf"), (LinearNuSVR(), "linear")], ids=["rbf", "linear"]
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
        reference = scikit_learn(kernel, settings, nusvr.FINAL.tolerance)
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
            scikit_learn(kernel, one, 1e-6), features, targets, cv=PredefinedSplit(folds)
        )
        theirs[position] = np.mean((targets - predicted) ** 2)
    np.testing.assert_allclose(ours, theirs, rtol=0.01)  # libsvm's search tolerance is 1e-3
    assert theirs[np.argmin(ours)] <= 1.01 * theirs.min()
    assert theirs.max() > 2 * theirs.min()


def test_the_solution_at_the_bounds_is_the_optimum():
    features, targets = smooth_problem(n=35)
    targets = (targets - targets.mean()) / targets.std()
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    products = RBFNuSVR.products(features, features)
    accepted = 0
    for settings in random_settings(RBFNuSVR(), 200):
        gram = RBFNuSVR.kernel(products, settings)
        found = nusvr._solution_at_the_bounds(gram, targets, settings, 1e-6)
        if found is None:
            continue
        accepted += 1
        weights, intercept = nusvr._solution_by_libsvm(gram, targets, settings, Stopping(1e-8, 1_000_000))
        np.testing.assert_allclose(gram @ found[0] + found[1], gram @ weights + intercept, atol=1e-5)
    assert 60 < accepted < 180


@pytest.mark.parametrize("n", [7, 8])
@pytest.mark.parametrize("nu", [1e-300, 1e-9, 1e-3, 0.1, 2 / 7, 0.5, 1 - 1e-12, 1.0])
def test_every_nu_gives_a_feasible_solution(n, nu):
    features, targets = smooth_problem(n=n, p=2)
    targets = (targets - targets.mean()) / targets.std()
    for penalty in (1e-5, 10.0):
        settings = {"C": penalty, "nu": nu, "gamma": 1e-3}
        gram = RBFNuSVR.kernel(RBFNuSVR.products(features, features), settings)
        weights, intercept = solve(gram, targets, settings, nusvr.FINAL)
        assert np.isfinite(intercept)
        assert abs(weights.sum()) < 1e-9
        assert np.abs(weights).max() <= penalty * (1 + 1e-12)
        assert np.abs(weights).sum() <= penalty * nu * n * (1 + 1e-9)


def test_a_vanishing_nu_predicts_the_middle_of_the_targets():
    targets = np.array([0.0, 4.0, 1.0, 1.5])
    weights, intercept = solve(np.eye(4), targets, {"C": 1.0, "nu": 1e-12}, nusvr.FINAL)
    assert intercept == pytest.approx(2.0)
    np.testing.assert_allclose(weights, 0, atol=1e-11)


def test_a_column_constant_in_training_does_not_count():
    features, targets = smooth_problem(n=20, p=3)
    features[:, 2] = 7.0
    model = RBFNuSVR().fit(features, targets, {"C": 1.0, "nu": 0.5, "gamma": 0.1})
    moved = features.copy()
    moved[:, 2] = 1e6
    np.testing.assert_array_equal(model.predict(moved), model.predict(features))


def test_a_constant_target_is_predicted_as_it_is():
    features, _ = smooth_problem(n=20)
    settings = {"C": 1.0, "nu": 0.5, "gamma": 0.1}
    targets = np.full(20, 0.1)
    predicted = RBFNuSVR().fit(features, targets, settings).predict(features)
    np.testing.assert_allclose(predicted, targets, rtol=1e-14)
    residuals = RBFNuSVR().leave_one_out_residuals(features, targets, settings)
    np.testing.assert_allclose(residuals, 0, atol=1e-15)


def test_at_the_cap_the_solution_so_far_is_kept():
    features, targets = smooth_problem()
    gram = features @ features.T / 1e6
    targets = (targets - targets.mean()) / targets.std()
    settings = {"C": 10.0, "nu": 0.5}
    with pytest.warns(ConvergenceWarning):
        weights, _ = solve(gram, targets, settings, Stopping(1e-5, 3))
    assert np.isfinite(weights).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        full, _ = solve(gram, targets, settings, nusvr.FINAL)
    assert not np.allclose(full, weights, atol=0.1)
