"""The engines that solve nu-SVR problems: against each other, and at the ends of the settings' ranges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from simlab.predictors import nusvr_compiled, nusvr_libsvm
from simlab.predictors.nusvr import LinearNuSVR, RBFNuSVR
from simlab.predictors.nusvr_compiled import CompiledEngine
from simlab.predictors.nusvr_engine import ENGINES, kernel
from simlab.predictors.nusvr_libsvm import Stopping, solution_at_the_bounds, solution_by_libsvm
from tests.predictors.regression_data import smooth_problem

every_engine = pytest.mark.parametrize("engine", [ENGINES[name]() for name in ENGINES], ids=list(ENGINES))


def standardised(features, targets):
    spread = features.std(axis=0)
    features = (features - features.mean(axis=0)) / np.where(spread > 1e-12, spread, 1)
    return features, (targets - targets.mean()) / (targets.std() if targets.std() > 1e-12 else 1)


def random_problem(seed):
    """Return kernel values, targets, settings and SMO's patience; the problem may be hard in many ways."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(3, 90)), int(rng.integers(1, 30))
    features = rng.normal(size=(n, p))
    shape = rng.integers(6)
    if shape == 0:
        features = features[rng.integers(0, max(1, n // 2), n)]  # duplicated rows
    elif shape == 1:
        features = np.round(features)
    elif shape == 2:
        features = features[:, :1] * rng.normal(size=p) + 1e-3 * features  # nearly collinear columns
    targets = np.tanh(features[:, 0]) + rng.normal(0, rng.choice([1e-3, 0.1, 1.0]), n)
    ties = rng.integers(12)
    if ties < 2:
        targets = np.round(targets)
    elif ties == 2:
        targets[:] = 0.7
    features, targets = standardised(features, targets)
    method = RBFNuSVR() if rng.random() < 0.6 else LinearNuSVR()
    settings = method.settings(rng.random(method.n_random).tolist())
    end = rng.integers(9)
    if end == 0:
        settings["C"] = 10.0
    elif end < 5:
        settings["nu"] = (1.0, float(rng.choice([1e-12, 1e-6, 1 - 1e-12])), 2 / n, 2 * (n // 3) / n)[end - 1]
    elif end == 5 and "gamma" in settings:
        settings["gamma"] = float(rng.choice([1e-5, 10.0]))
    gram = kernel(method.products(features, features), settings)
    return gram, targets, settings, method.patience(n)


def objective(gram, targets, weights):
    return weights @ gram @ weights / 2 - targets @ weights


def has_free_weights(weights, penalty):
    """Return whether a weight on either side lies well between its bounds: the intercept is unique then."""
    return all(
        np.any((side > 1e-6 * penalty) & (side < (1 - 1e-6) * penalty)) for side in (weights, -weights)
    )


def assert_feasible(weights, settings):
    n, penalty = len(weights), settings["C"]
    assert abs(weights.sum()) < 1e-12 * penalty * n
    assert np.abs(weights).max() <= penalty * (1 + 1e-12)
    assert np.abs(weights).sum() <= penalty * settings["nu"] * n * (1 + 1e-12) + 1e-12 * penalty


def test_the_compiled_engine_agrees_with_libsvm_on_thousands_of_problems():
    engine, optima, intercepts = CompiledEngine(), 0, 0
    for seed in range(2500):
        gram, targets, settings, patience = random_problem(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # ours always gets to the end
            weights, intercept = engine.solve(gram, targets, settings, patience)
        assert_feasible(weights, settings)
        with warnings.catch_warnings(record=True) as unconverged:
            warnings.simplefilter("always")
            reference, level = solution_by_libsvm(gram, targets, settings, Stopping(1e-8, 100_000))
        ours, theirs = objective(gram, targets, weights), objective(gram, targets, reference)
        assert ours <= theirs + 1e-6 * abs(theirs) + 1e-9, seed
        if unconverged:  # on linear kernels libsvm may take forever, and its solution is worse than ours
            continue
        assert ours >= theirs - 1e-6 * abs(theirs) - 1e-9, seed
        np.testing.assert_allclose(gram @ weights, gram @ reference, atol=5e-4, err_msg=str(seed))
        optima += 1
        if has_free_weights(weights, settings["C"]):
            assert intercept == pytest.approx(level, abs=2e-4), seed
            intercepts += 1
    assert optima > 2300
    assert intercepts > 1500


@pytest.mark.parametrize("method", [RBFNuSVR, LinearNuSVR])
def test_both_methods_and_every_start_lead_to_the_same_solution(method):
    features, targets = standardised(*smooth_problem(n=50))
    rng = np.random.default_rng(0)
    for settings in (method().settings(row) for row in rng.random((40, method.n_random)).tolist()):
        gram = kernel(method.products(features, features), settings)
        guesses = [None, rng.normal(size=50), np.full(50, settings["C"]), rng.permutation(50) * 1e-6]
        found = [
            CompiledEngine().solve(gram, targets, settings, patience, guess)
            for patience in (0, 1, 30, 100_000)
            for guess in guesses
        ]
        expected = gram @ found[0][0] + found[0][1]
        for weights, intercept in found[1:]:
            assert_feasible(weights, settings)
            np.testing.assert_allclose(gram @ weights + intercept, expected, atol=1e-6)


@pytest.mark.parametrize("penalty", [2.0**-12, 2.0**-6, 1.0])
@pytest.mark.parametrize("nu", [0.25, 0.5, 0.75, 1.0])
def test_where_no_weight_is_free_the_intercept_is_libsvms(nu, penalty):
    """Here nu n / 2 is a whole number, free of rounding, and a small C puts every weight at a bound."""
    features, targets = standardised(*smooth_problem(n=32))
    settings = {"C": penalty, "nu": nu, "gamma": 2.0**-8}
    gram = kernel(RBFNuSVR.products(features, features), settings)
    weights, intercept = CompiledEngine().solve(gram, targets, settings, 100)
    reference, level = solution_by_libsvm(gram, targets, settings, Stopping(1e-8, 1_000_000))
    np.testing.assert_allclose(gram @ weights, gram @ reference, atol=1e-5)
    assert intercept == pytest.approx(level, abs=1e-5)
    if penalty < 1e-3:
        assert set(np.abs(weights)) <= {0.0, penalty}


@every_engine
@pytest.mark.parametrize("n", [7, 8])
@pytest.mark.parametrize("nu", [1e-300, 1e-9, 1e-3, 0.1, 2 / 7, 0.5, 1 - 1e-12, 1.0])
def test_every_nu_gives_a_feasible_solution(engine, n, nu):
    features, targets = standardised(*smooth_problem(n=n, p=2))
    for penalty in (1e-5, 10.0):
        settings = {"C": penalty, "nu": nu, "gamma": 1e-3}
        gram = kernel(RBFNuSVR.products(features, features), settings)
        weights, intercept = engine.solve(gram, targets, settings, 20)
        assert np.isfinite(intercept)
        assert_feasible(weights, settings)


@every_engine
def test_a_vanishing_nu_predicts_the_middle_of_the_targets(engine):
    targets = np.array([0.0, 4.0, 1.0, 1.5])
    weights, intercept = engine.solve(np.eye(4), targets, {"C": 1.0, "nu": 1e-12}, 20)
    assert intercept == pytest.approx(2.0)
    np.testing.assert_allclose(weights, 0, atol=1e-11)


@every_engine
@pytest.mark.parametrize("method", [RBFNuSVR(), LinearNuSVR()])
def test_a_search_predicts_what_the_solutions_do(engine, method):
    features, targets = standardised(*smooth_problem(n=30))
    within = method.products(features[:20], features[:20])
    across = method.products(features[:20], features[20:])
    rng = np.random.default_rng(0)
    settings = [method.settings(row) for row in rng.random((30, method.n_random)).tolist()]
    predicted = engine.search(within, across, targets[:20], settings, 40)
    assert predicted.shape == (30, 10)
    atol = 1e-8 if isinstance(engine, CompiledEngine) else 0.02  # libsvm searches to a tolerance of 1e-3
    for row, one in zip(predicted, settings, strict=True):
        weights, intercept = engine.solve(kernel(within, one), targets[:20], one, 40)
        np.testing.assert_allclose(row, weights @ kernel(across, one) + intercept, atol=atol)


@every_engine
def test_a_constant_target_needs_no_solution(engine):
    gram, targets = np.eye(6), np.full(6, 0.3)
    weights, intercept = engine.solve(gram, targets, {"C": 1.0, "nu": 0.5}, 10)
    assert (set(weights), intercept) == ({0.0}, 0.3)
    np.testing.assert_array_equal(engine.search(gram, gram[:, :2], targets, [{"C": 1.0, "nu": 0.5}], 10), 0.3)


def test_rows_far_apart_know_nothing_of_each_other():
    """Kernel values below the smallest number are as good as 0."""
    targets = np.array([-1.0, 0.0, 1.0])
    distances = 1e4 * (1 - np.eye(3))
    [predicted] = CompiledEngine().search(
        distances, distances, targets, [{"C": 1.0, "nu": 1.0, "gamma": 10.0}], 9
    )
    weights, intercept = CompiledEngine().solve(np.eye(3), targets, {"C": 1.0, "nu": 1.0}, 9)
    np.testing.assert_allclose(predicted, weights + intercept, rtol=1e-12, atol=1e-12)


def test_libsvms_solution_at_the_bounds_is_the_optimum():
    features, targets = standardised(*smooth_problem(n=35))
    products = RBFNuSVR.products(features, features)
    rng = np.random.default_rng(1)
    accepted = 0
    for settings in (RBFNuSVR().settings(row) for row in rng.random((200, 3)).tolist()):
        gram = kernel(products, settings)
        found = solution_at_the_bounds(gram, targets, settings, 1e-6)
        if found is None:
            continue
        accepted += 1
        weights, intercept = solution_by_libsvm(gram, targets, settings, Stopping(1e-8, 1_000_000))
        np.testing.assert_allclose(gram @ found[0] + found[1], gram @ weights + intercept, atol=1e-5)
    assert 60 < accepted < 180


def close_to_singular():
    features, targets = smooth_problem()
    return features @ features.T / 1e6, (targets - targets.mean()) / targets.std()


def test_at_libsvms_cap_the_solution_so_far_is_kept():
    gram, targets = close_to_singular()
    settings = {"C": 10.0, "nu": 0.5}
    with pytest.warns(ConvergenceWarning):
        weights, _ = nusvr_libsvm.solve(gram, targets, settings, Stopping(1e-5, 3))
    assert np.isfinite(weights).all()
    full, _ = nusvr_libsvm.solve(gram, targets, settings, nusvr_libsvm.FINAL)
    assert not np.allclose(full, weights, atol=0.1)


def test_at_the_compiled_engines_cap_the_solution_so_far_is_kept(monkeypatch):
    gram, targets = close_to_singular()
    settings = {"C": 10.0, "nu": 0.5}
    full, _ = CompiledEngine().solve(gram, targets, settings, 10)
    monkeypatch.setattr(nusvr_compiled, "MAX_ITERATIONS", 3)
    with pytest.warns(ConvergenceWarning):
        weights, _ = CompiledEngine().solve(gram, targets, settings, 10)
    assert_feasible(weights, settings)
    assert objective(gram, targets, weights) > objective(gram, targets, full) + 1e-3
