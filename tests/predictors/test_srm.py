from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.model_selection import LeaveOneOut, PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import NuSVR

from simlab.errors import SettingError, UnknownNameError
from simlab.predictors import SRM, nusvr_compiled
from simlab.predictors.features import feature_matrix
from simlab.predictors.nusvr import RBFNuSVR
from tests.synthetic import synthetic_corpus


@pytest.fixture(scope="module")
def corpus():
    return synthetic_corpus(n=160, epochs=8, seed=2)


@pytest.fixture(scope="module")
def training(corpus):
    return corpus.training_set(np.arange(60))


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_the_whole_model_agrees_with_scikit_learn(corpus, training, kernel):
    srm = SRM(regressor=f"nusvr-{kernel}", search=12, random_state=4).fit(training)
    prediction = srm.predict(corpus.prefixes(np.arange(60, 160), 4))
    [diagnostics] = srm.diagnostics_
    machine = NuSVR(kernel=kernel, tol=1e-6, **diagnostics.settings)
    reference = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), machine), transformer=StandardScaler()
    )
    features, targets = feature_matrix(training.prefixes(4)), training.targets
    left_out = targets - cross_val_predict(reference, features, targets, cv=LeaveOneOut())
    assert prediction.sigma == pytest.approx(np.sqrt(np.mean(left_out**2)), rel=1e-4)
    new = feature_matrix(corpus.prefixes(np.arange(60, 160), 4))
    np.testing.assert_allclose(prediction.mean, reference.fit(features, targets).predict(new), atol=1e-4)
    stream = np.random.SeedSequence(4, spawn_key=(4,)).spawn(2)[1]
    split = PredefinedSplit(np.random.default_rng(stream).permutation(60) % 3)
    held_out = targets - cross_val_predict(reference, features, targets, cv=split)
    assert diagnostics.cv_error == pytest.approx(np.mean(held_out**2), rel=1e-3)


@pytest.mark.parametrize("regressor", ["nusvr-rbf", "nusvr-linear"])
def test_the_engines_agree(corpus, training, regressor):
    prefixes = corpus.prefixes(np.arange(60, 160), 3)
    ours, reference = (
        SRM(regressor=regressor, search=15, engine=engine).fit(training) for engine in ("compiled", "libsvm")
    )
    mean, expected = ours.predict(prefixes).mean, reference.predict(prefixes).mean
    [found], [diagnosed] = ours.diagnostics_, reference.diagnostics_
    assert found.settings == diagnosed.settings
    assert found.cv_error == pytest.approx(diagnosed.cv_error, rel=0.01)
    assert found.sigma == pytest.approx(diagnosed.sigma, rel=0.002)
    np.testing.assert_allclose(mean, expected, atol=1e-3 * diagnosed.sigma)


def test_an_engine_that_the_regressor_does_not_know_is_refused(training):
    with pytest.raises(UnknownNameError, match="unknown engine of 'nusvr-rbf' 'smo'"):
        SRM(engine="smo").fit(training)
    with pytest.raises(UnknownNameError, match="unknown engine of 'ols' 'libsvm'"):
        SRM(regressor="ols", engine="libsvm").fit(training)


def test_it_predicts_better_than_the_mean_and_better_with_more_epochs(corpus, training):
    srm = SRM(search=40).fit(training)
    rest = np.arange(60, 160)
    scores = [
        r2_score(corpus.final_scores[rest], srm.predict(corpus.prefixes(rest, t)).mean) for t in (2, 4, 7)
    ]
    assert 0.3 < scores[0] < scores[1] < scores[2]
    sigmas = [diagnostics.sigma for diagnostics in srm.diagnostics_]
    assert sigmas[0] > sigmas[1] > sigmas[2]


def test_a_larger_search_compares_the_same_settings_and_more(training, monkeypatch):
    seen = []

    def record(self, features, targets, settings, folds):
        seen.append((settings, folds.tolist()))
        return np.arange(len(settings), dtype=float)

    monkeypatch.setattr(RBFNuSVR, "cross_validation_errors", record)
    for search, epoch in ((5, 2), (9, 2), (5, 3)):
        SRM(search=search).fit(training).predict(training.prefixes(epoch))
    assert len(seen[0][0]) == 5
    assert len(seen[1][0]) == 9
    assert seen[1][0][:5] == seen[0][0]
    assert seen[1][1] == seen[0][1]
    assert seen[2][0] != seen[0][0]
    assert sorted(np.bincount(seen[0][1])) == [20, 20, 20]


def test_the_seed_matters(training):
    predictions = [
        SRM(search=5, random_state=seed).fit(training).predict(training.prefixes(3)).mean for seed in (0, 1)
    ]
    assert not np.allclose(*predictions, atol=1e-6)


def test_curves_that_end_before_the_epoch_are_left_out_and_counted(training):
    lengths = training.lengths.copy()
    lengths[:20] = 3
    scores = training.scores.copy()
    scores[:20, 3:] = np.nan
    ragged = dataclasses.replace(training, scores=scores, lengths=lengths)
    srm = SRM(regressor="ols").fit(ragged)
    prediction = srm.predict(training.prefixes(4))
    srm.predict(training.prefixes(3))
    assert [(one.epoch, one.n_training, one.n_too_short) for one in srm.diagnostics_] == [
        (3, 60, 0),
        (4, 40, 20),
    ]
    alone = SRM(regressor="ols").fit(ragged.reaching(4)).predict(training.prefixes(4))
    np.testing.assert_array_equal(prediction.mean, alone.mean)
    np.testing.assert_array_equal(prediction.sigma, alone.sigma)


@pytest.mark.parametrize("regressor", ["nusvr-rbf", "ols"])
def test_too_few_curves_make_no_model(corpus, regressor):
    few = corpus.training_set(np.arange(9))
    srm = SRM(regressor=regressor, search=2).fit(few)
    prediction = srm.predict(corpus.prefixes(np.arange(20, 25), 3))
    assert np.isnan(prediction.mean).all()
    assert np.isnan(prediction.sigma).all()
    assert srm.diagnostics_ == []
    enough = SRM(regressor=regressor, search=2).fit(corpus.training_set(np.arange(SRM.min_training)))
    assert np.isfinite(enough.predict(corpus.prefixes(np.arange(20, 25), 3)).mean).all()


def test_models_are_built_once_and_on_demand(training, monkeypatch):
    calls = []
    original = SRM._build
    monkeypatch.setattr(SRM, "_build", lambda self, epoch: calls.append(epoch) or original(self, epoch))
    srm = SRM(regressor="ols").fit(training)
    assert calls == []
    for epoch in (3, 3, 5, 3):
        srm.predict(training.prefixes(epoch))
    assert calls == [3, 5]


def test_feature_sets_are_used(corpus, training):
    prefixes = corpus.prefixes(np.arange(60, 160), 4)
    by_set = {
        sets: SRM(regressor="ols", features=sets).fit(training).predict(prefixes).mean
        for sets in (("ts",), ("ap",), ("ts", "ap", "hp"))
    }
    truth = corpus.final_scores[60:]
    assert r2_score(truth, by_set["ts",]) > 0.5 > r2_score(truth, by_set["ap",])
    assert not np.allclose(by_set["ts",], by_set["ts", "ap", "hp"])


def test_fits_cut_off_at_the_cap_are_counted_and_silent(training, monkeypatch):
    monkeypatch.setattr(nusvr_compiled, "MAX_ITERATIONS", 0)
    srm = SRM(search=20).fit(training)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        srm.predict(training.prefixes(4))
    # The search in three folds, each curve left out, and all of them: before that, and for the final fit.
    assert srm.diagnostics_[0].n_unconverged == 20 * 3 + 60 + 2
    unhurried = SRM(search=20).fit(training)
    monkeypatch.undo()
    unhurried.predict(training.prefixes(4))
    assert unhurried.diagnostics_[0].n_unconverged == 0


def test_other_warnings_pass(training, monkeypatch):
    def warn(self, features, targets, settings, folds):
        warnings.warn("something else", RuntimeWarning, stacklevel=1)
        return np.zeros(len(settings))

    monkeypatch.setattr(RBFNuSVR, "cross_validation_errors", warn)
    with pytest.warns(RuntimeWarning, match="something else"):
        SRM(search=2).fit(training).predict(training.prefixes(2))


def test_description_says_how_many_settings_were_searched():
    assert SRM().describe() == {
        "predictor": "srm",
        "regressor": "nusvr-rbf",
        "features": ["ts", "ap", "hp"],
        "search": RBFNuSVR.default_search,
        "engine": "compiled",
        "random_state": 0,
        "n_folds": 3,
    }
    assert SRM(search=50).describe()["search"] == 50
    ols = SRM(regressor="ols", search=1000).describe()
    assert (ols["search"], ols["engine"]) == (1, None)
    assert SRM(engine="libsvm").describe()["engine"] == "libsvm"


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"regressor": "svr"}, UnknownNameError, "unknown regressor 'svr'"),
        ({"features": ("ts", "xp")}, UnknownNameError, "unknown feature set 'xp'"),
        ({"features": ()}, SettingError, "at least one feature set"),
        ({"search": 0}, SettingError, "search must be at least 1"),
        ({"random_state": -1}, SettingError, "random_state must be 0 or larger"),
    ],
)
def test_bad_settings_are_refused_when_fitting(training, settings, error, message):
    with pytest.raises(error, match=message):
        SRM(**settings).fit(training)


def test_predicting_before_fitting_is_an_error(training):
    with pytest.raises(NotFittedError):
        SRM().predict(training.prefixes(2))
