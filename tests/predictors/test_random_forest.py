from __future__ import annotations

import numpy as np

from simlab.predictors.random_forest import RandomForest
from simlab.predictors.regressor import Regressor
from tests.predictors.regression_data import smooth_problem


def test_settings_fill_the_papers_space():
    settings = [RandomForest().settings(row) for row in np.random.default_rng(0).random((5000, 3))]
    trees = np.array([one["n_trees"] for one in settings])
    shares = np.array([one["max_features"] for one in settings])
    assert (trees.min(), trees.max()) == (10, 800)
    assert 0.1 <= shares.min() < 0.11
    assert 0.49 < shares.max() <= 0.5
    assert len({one["seed"] for one in settings}) > 4990


def test_out_of_bag_residuals_agree_with_brute_force():
    features, targets = smooth_problem(n=20)
    settings = {"n_trees": 120, "max_features": 0.4, "seed": 1}
    ours = RandomForest().leave_one_out_residuals(features, targets, settings)
    refits = Regressor.leave_one_out_residuals(RandomForest(), features, targets, settings)
    forest = RandomForest().fit(features, targets, settings)
    trees = np.std([tree.predict(features) for tree in forest.estimators_], axis=0)
    z = (ours - refits) / (trees * np.sqrt(1 / (0.37 * 120) + 1 / 120))
    assert np.sqrt(np.mean(z**2)) < 1.5
    fit = (targets - forest.predict(features) - refits) / (trees * np.sqrt(2 / 120))
    assert np.sqrt(np.mean(fit**2)) > 3  # residuals of the fit itself would not pass


def test_a_row_that_every_tree_has_seen_is_refitted():
    features, targets = smooth_problem(n=24)
    settings = {"n_trees": 2, "max_features": 0.4, "seed": 1}
    samples = RandomForest().fit(features, targets, settings).estimators_samples_
    seen = np.intersect1d(*samples)
    assert 0 < len(seen) < 24
    ours = RandomForest().leave_one_out_residuals(features, targets, settings)
    for row in seen:
        assert ours[row] == RandomForest().refit_residual(features, targets, settings, int(row))


def test_the_seed_makes_the_forest():
    features, targets = smooth_problem(n=24)
    settings = {"n_trees": 10, "max_features": 0.4, "seed": 1}
    first, second = (RandomForest().fit(features, targets, settings).predict(features) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other = RandomForest().fit(features, targets, settings | {"seed": 2}).predict(features)
    assert not np.array_equal(first, other)
