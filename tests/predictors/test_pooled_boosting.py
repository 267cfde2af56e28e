from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from simlab.corpus import FeatureMatrix, Prefixes, TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.predictors import LastSeenValue, PooledBoosting
from simlab.predictors.pooled_boosting import curve_features

T = 12


def named(matrix):
    return FeatureMatrix(tuple(f"ap_{column}" for column in range(matrix.shape[1])), matrix)


def nothing(n):
    return named(np.empty((n, 0)))


def training(scores, architecture=None, targets=None):
    n, epochs = scores.shape
    return TrainingSet(
        scores=scores,
        lengths=np.full(n, epochs),
        targets=scores[:, -1] if targets is None else targets,
        architecture=nothing(n) if architecture is None else named(architecture),
        hyperparameters=nothing(n),
    )


def curves(rng, n, noise=0.01):
    level, rate = rng.uniform(0.3, 0.9, n), rng.uniform(0.1, 0.8, n)
    clean = level[:, None] * (1 - np.exp(-rate[:, None] * np.arange(1, T + 1)))
    return clean + rng.normal(0, noise, clean.shape)


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def test_features_by_hand():
    scores = np.array([[1.0, 2.0, 6.0, 5.0, 3.0, 4.0]])
    by_hand = [0.5, 4.0, 2.0, 3.0, 4 - 3.5, 4 - 4.5, 4 - 3.5, 4 - 3.5]
    np.testing.assert_allclose(curve_features(scores, 12), [by_hand])
    np.testing.assert_allclose(curve_features(scores[:, :1], 12), [[1 / 12, 1, 0, 0, 0, 0, 0, 0]])


def test_every_curve_gives_one_row_for_each_of_its_epochs(monkeypatch):
    fits = []
    fit = HistGradientBoostingRegressor.fit

    def spied(model, features, targets):
        fits.append((features.copy(), targets.copy()))
        return fit(model, features, targets)

    monkeypatch.setattr(HistGradientBoostingRegressor, "fit", spied)
    scores = curves(np.random.default_rng(0), 30)
    known = training(scores, architecture=np.arange(30.0)[:, None])
    known = dataclasses.replace(known, lengths=np.array([0, 5, *[T] * 28]))
    known.scores[0], known.scores[1, 5:] = np.nan, np.nan
    known.targets[1] = 0.1  # diverged
    predictor = PooledBoosting(trees=2).fit(known)
    assert not fits
    for epoch in (3, 7, 3):
        predictor.predict(
            Prefixes(scores[10:, :epoch], known.architecture.take(np.arange(10, 30)), nothing(20))
        )
    assert len(fits) == 6  # five folds and all curves, once
    features, targets = fits[-1]
    assert len(features) == 5 + 28 * T
    one = features[:, -1] == 1.0
    np.testing.assert_allclose(np.sort(features[one, 0]), np.arange(1, 6) / T)
    np.testing.assert_allclose(targets[one], 0.1 - features[one, 1])
    held_out = [set(range(1, 30)) - set(fold[0][:, -1]) for fold in fits[:5]]
    assert sorted(curve for fold in held_out for curve in fold) == list(
        range(1, 30)
    )  # each in one fold, whole


def test_sigma_is_that_of_unseen_curves_even_where_a_curve_is_known_by_its_features():
    """Targets are noise that AP identifies: with folds by row, the curve's other rows would tell them."""
    rng = np.random.default_rng(1)
    n, targets = 60, rng.normal(0, 1, 60)
    known = training(np.zeros((n, T)), rng.permutation(n)[:, None].astype(float), targets)
    sigma = PooledBoosting().fit(known).predict(known.prefixes(5)).sigma[0]
    assert sigma > 0.9 * rms(targets)


def test_sigma_is_about_right_at_every_length():
    rng = np.random.default_rng(2)
    predictor, rest = PooledBoosting().fit(training(curves(rng, 100))), curves(rng, 500)
    for epoch in (1, 3, 6, 11):
        prediction = predictor.predict(Prefixes(rest[:, :epoch], nothing(500), nothing(500)))
        assert 0.75 < rms((rest[:, -1] - prediction.mean) / prediction.sigma) < 1.3


def test_it_learns_from_curves_and_from_features():
    rng = np.random.default_rng(3)
    scores = curves(rng, 400)
    known, rest = training(scores[:100]), scores[100:]
    tested = Prefixes(rest[:, :3], nothing(300), nothing(300))

    def error(predictor, known, tested):
        return rms(predictor.fit(known).predict(tested).mean - rest[:, -1])

    plain = error(PooledBoosting(), known, tested)
    assert plain < 0.5 * error(LastSeenValue(), known, tested)
    telling = scores[:, -1:] + rng.normal(0, 0.01, (400, 1))
    told = dataclasses.replace(tested, architecture=named(telling[100:]))
    assert error(PooledBoosting(), training(scores[:100], telling[:100]), told) < 0.8 * plain


def test_the_seed_counts_and_is_kept():
    rng = np.random.default_rng(4)
    known, tested = training(curves(rng, 40)), training(curves(rng, 5)).prefixes(4)
    first, again, other = (PooledBoosting(random_state=seed).fit(known).predict(tested) for seed in (0, 0, 1))
    assert first.mean.tobytes() == again.mean.tobytes()
    assert first.sigma.tobytes() == again.sigma.tobytes()
    assert first.mean.tobytes() != other.mean.tobytes()


def test_where_too_few_curves_reach_there_is_no_model():
    scores = curves(np.random.default_rng(5), 20)
    known = dataclasses.replace(training(scores), lengths=np.array([T] * 9 + [4] * 11))
    predictor = PooledBoosting().fit(known)
    late = predictor.predict(known.reaching(5).prefixes(5))
    assert np.isnan(late.mean).all()
    assert np.isnan(late.sigma).all()
    assert np.isfinite(predictor.predict(known.prefixes(4)).mean).all()


@pytest.mark.parametrize(
    "setting", [{"trees": 0}, {"learning_rate": 0.0}, {"learning_rate": 1.5}, {"random_state": -1}]
)
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(SettingError, match=next(iter(setting))):
        PooledBoosting(**setting).fit(training(curves(np.random.default_rng(6), 12)))


def test_a_missing_feature_is_an_error_and_not_a_branch_of_the_trees():
    scores, layers = curves(np.random.default_rng(7), 12), np.arange(12.0)[:, None]
    layers[3] = np.nan
    known = training(scores, layers)
    with pytest.raises(CorpusError, match="1 of 12 prefixes of 1 epochs have a missing or infinite one"):
        PooledBoosting().fit(known).predict(known.prefixes(2))
