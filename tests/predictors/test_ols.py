from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from simlab.predictors.features import time_series
from simlab.predictors.ols import OLS
from simlab.predictors.regressor import Regressor
from tests.predictors.regression_data import smooth_problem
from tests.synthetic import synthetic_corpus


def tall():
    return smooth_problem()


def curves(n=30, epochs=8):
    """Features that are singular by construction."""
    corpus = synthetic_corpus(n=n, epochs=12, seed=1)
    return time_series(corpus.scores[:, :epochs]), corpus.final_scores


def lone_row():
    features, targets = smooth_problem()
    return np.column_stack([features, np.arange(len(targets)) == 5]), targets


def wide():
    return smooth_problem(n=15, p=40)


def wide_curves():
    return curves(n=12, epochs=11)


PROBLEMS = pytest.mark.parametrize("problem", [tall, curves, lone_row, wide, wide_curves])


@PROBLEMS
def test_leave_one_out_is_brute_force(problem):
    features, targets = problem()
    refits = Regressor.leave_one_out_residuals(OLS(), features, targets, {})
    residuals = OLS().leave_one_out_residuals(features, targets, {})
    np.testing.assert_allclose(residuals, refits, rtol=1e-5, atol=1e-7)


def test_leave_one_out_is_the_hat_matrix_formula():
    features, targets = smooth_problem()
    design = np.column_stack([np.ones(len(targets)), features])
    hat = design @ np.linalg.pinv(design)
    expected = (targets - hat @ targets) / (1 - np.diag(hat))
    np.testing.assert_allclose(OLS().leave_one_out_residuals(features, targets, {}), expected, rtol=1e-8)


@PROBLEMS
def test_agrees_with_scikit_learn(problem):
    features, targets = problem()
    pipeline = make_pipeline(StandardScaler(), LinearRegression())
    ours = OLS().fit(features, targets, {}).predict(features)
    np.testing.assert_allclose(ours, pipeline.fit(features, targets).predict(features), atol=1e-8)


def test_leave_one_out_agrees_with_scikit_learn():
    features, targets = curves()
    pipeline = make_pipeline(StandardScaler(), LinearRegression())
    expected = targets - cross_val_predict(pipeline, features, targets, cv=LeaveOneOut())
    np.testing.assert_allclose(OLS().leave_one_out_residuals(features, targets, {}), expected, atol=1e-7)


def test_constant_features_predict_the_mean():
    features, targets = np.ones((12, 2)), np.arange(12.0)
    np.testing.assert_allclose(OLS().fit(features, targets, {}).predict(features), 5.5)
    refits = Regressor.leave_one_out_residuals(OLS(), features, targets, {})
    np.testing.assert_allclose(OLS().leave_one_out_residuals(features, targets, {}), refits)
