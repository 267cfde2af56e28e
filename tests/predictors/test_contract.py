"""What every registered predictor, and an SRM with every regressor, must keep."""

from __future__ import annotations

import copy
import dataclasses
import json

import numpy as np
import pytest
from sklearn.base import clone

from simlab.corpus import Prefixes
from simlab.metric import Metric
from simlab.predictors import PREDICTORS, Predictor
from simlab.predictors.random_forest import RandomForest
from simlab.predictors.registry import REGRESSORS
from tests.synthetic import synthetic_corpus

SETTINGS = {
    "lce": [{"steps": 60, "discard": 20}],
    "lcnet": [{"steps": 300, "discard": 200}],
    "srm": [{"regressor": regressor, "search": 8} for regressor in REGRESSORS],
}
CASES = [(name, settings) for name in PREDICTORS for settings in SETTINGS.get(name, [{}])]
#: Trees cut at values, and LCE knows the metric's bounds.
SMOOTH = [case for case in CASES if case[1].get("regressor") != "random-forest" and case[0] != "lce"]
TRANSDUCTIVE = [case for case in CASES if PREDICTORS[case[0]].transductive]
INDEPENDENT = [case for case in CASES if case not in TRANSDUCTIVE]
EPOCHS = (1, 2, 4)


def names(case):
    return "-".join([case[0], case[1].get("regressor", "")]).strip("-")


every_predictor = pytest.mark.parametrize("case", CASES, ids=names)
row_by_row = pytest.mark.parametrize("case", INDEPENDENT, ids=names)


@pytest.fixture(autouse=True)
def small_forests(monkeypatch):
    monkeypatch.setattr(RandomForest, "trees", (10, 20))


@pytest.fixture(scope="module")
def corpus():
    return synthetic_corpus(n=45, epochs=5, seed=3)


def build(case):
    name, settings = case
    return PREDICTORS[name](**settings)


def fitted(case, corpus):
    return build(case).fit(corpus.training_set(np.arange(30)))


def epochs(case):
    return [epoch for epoch in EPOCHS if epoch >= PREDICTORS[case[0]].min_epochs]


def rest(corpus, epoch):
    return corpus.prefixes(np.arange(30, 45), epoch)


def rows(prefixes, chosen):
    chosen = np.atleast_1d(chosen)
    return Prefixes(
        prefixes.scores[chosen], prefixes.architecture.take(chosen), prefixes.hyperparameters.take(chosen)
    )


@every_predictor
def test_gives_one_finite_mean_and_sigma_for_each_curve(case, corpus):
    predictor = fitted(case, corpus)
    for epoch in epochs(case):
        prediction = predictor.predict(rest(corpus, epoch))
        assert prediction.mean.shape == prediction.sigma.shape == (15,)
        assert np.isfinite(prediction.mean).all()
        assert np.isfinite(prediction.sigma).all()
        assert (prediction.sigma > 0).all()


@row_by_row
def test_a_batch_equals_one_by_one(case, corpus):
    predictor, prefixes = fitted(case, corpus), rest(corpus, 4)
    batch = predictor.predict(prefixes)
    single = [predictor.predict(rows(prefixes, row)) for row in range(len(prefixes))]
    np.testing.assert_allclose([one.mean[0] for one in single], batch.mean, rtol=1e-10)
    np.testing.assert_array_equal([one.sigma[0] for one in single], batch.sigma)


@row_by_row
def test_a_row_depends_on_itself_only(case, corpus):
    predictor, prefixes = fitted(case, corpus), rest(corpus, 4)
    others = copy.deepcopy(prefixes)
    others.scores[1:] = 0.123
    before, after = predictor.predict(prefixes), predictor.predict(others)
    np.testing.assert_allclose(after.mean[0], before.mean[0], rtol=1e-10)
    assert not np.allclose(after.mean[1:], before.mean[1:], atol=1e-6)


@pytest.mark.parametrize("case", TRANSDUCTIVE, ids=names)
def test_the_order_of_rows_hardly_matters_where_they_are_learned_from(case, corpus):
    """Another order is another draw of minibatches: far less than what the predictions tell apart."""
    predictor = PREDICTORS[case[0]](steps=2000, discard=1000).fit(corpus.training_set(np.arange(30)))
    prefixes, order = rest(corpus, 4), np.random.default_rng(0).permutation(15)
    plain, permuted = predictor.predict(prefixes), predictor.predict(rows(prefixes, order))
    change = permuted.mean - plain.mean[order]
    assert np.abs(change).max() < 0.1
    assert change.std() < 0.2 * plain.mean.std()


@every_predictor
def test_no_curves_give_no_predictions(case, corpus):
    prediction = fitted(case, corpus).predict(rows(rest(corpus, 2), np.array([], dtype=int)))
    assert prediction.mean.shape == prediction.sigma.shape == (0,)


def arrays(part):
    """Return copies of all arrays of a training set or prefixes, by name."""
    found = {name: value for name, value in vars(part).items() if isinstance(value, np.ndarray)}
    features = {"ap": part.architecture.matrix, "hp": part.hyperparameters.matrix}
    return copy.deepcopy(found | features)


@every_predictor
def test_inputs_stay_as_they_are(case, corpus):
    parts = corpus.training_set(np.arange(30)), rest(corpus, 4)
    before = [arrays(part) for part in parts]
    build(case).fit(parts[0]).predict(parts[1])
    np.testing.assert_equal([arrays(part) for part in parts], before)


@every_predictor
def test_same_seed_same_bytes(case, corpus):
    first, second = (fitted(case, corpus).predict(rest(corpus, 4)) for _ in range(2))
    assert first.mean.tobytes() == second.mean.tobytes()
    assert first.sigma.tobytes() == second.sigma.tobytes()


@every_predictor
def test_the_order_of_asked_lengths_does_not_matter(case, corpus):
    upwards, downwards = fitted(case, corpus), fitted(case, corpus)
    up = {epoch: upwards.predict(rest(corpus, epoch)) for epoch in EPOCHS}
    down = {epoch: downwards.predict(rest(corpus, epoch)) for epoch in reversed(EPOCHS)}
    for epoch in EPOCHS:
        assert up[epoch].mean.tobytes() == down[epoch].mean.tobytes()
        assert up[epoch].sigma.tobytes() == down[epoch].sigma.tobytes()


@every_predictor
def test_fitting_again_forgets_the_first_time(case, corpus):
    used = fitted(case, corpus)
    used.predict(rest(corpus, 2))
    other = corpus.training_set(np.arange(15, 45))
    again = used.fit(other).predict(rest(corpus, 2))
    assert again.mean.tobytes() == build(case).fit(other).predict(rest(corpus, 2)).mean.tobytes()


@every_predictor
def test_clone_keeps_the_settings(case, corpus):
    predictor = fitted(case, corpus)
    copied = clone(predictor)
    assert isinstance(copied, Predictor)
    assert copied.get_params() == predictor.get_params()
    assert copied.get_params() | case[1] == copied.get_params()
    hash((type(copied), tuple(sorted(copied.get_params().items()))))


@every_predictor
def test_description_is_json(case, corpus):
    description = build(case).describe()
    assert json.loads(json.dumps(description)) == description
    assert description["predictor"] == case[0]


@every_predictor
def test_ragged_and_diverged_training_curves(case):
    corpus = synthetic_corpus(n=60, epochs=6, seed=5, diverged=12, censored=3, ragged=True)
    training = corpus.training_set(np.arange(50))
    predictor = build(case).fit(training)
    reached = 0
    for epoch in range(1, 6):
        tested = 50 + np.flatnonzero(corpus.lengths[50:] >= epoch)
        if np.sum(training.lengths >= epoch) < predictor.min_training or epoch < predictor.min_epochs:
            continue
        prediction = predictor.predict(corpus.prefixes(tested, epoch))
        assert np.isfinite(prediction.mean).all()
        assert np.isfinite(prediction.sigma).all()
        reached += 1
    assert reached >= 3


@every_predictor
def test_flat_training_curves_are_predicted_as_they_are(case, corpus):
    training = corpus.training_set(np.arange(30))
    flat = dataclasses.replace(training, scores=np.full_like(training.scores, 0.1), targets=np.full(30, 0.1))
    prediction = build(case).fit(flat).predict(flat.prefixes(3))
    np.testing.assert_allclose(prediction.mean, 0.1, rtol=1e-12)
    np.testing.assert_allclose(prediction.sigma, 0.0, atol=1e-12)


@pytest.mark.parametrize("case", SMOOTH, ids=names)
def test_predictions_move_with_the_scores(case, corpus):
    def moved(part):
        return dataclasses.replace(part, scores=0.5 + 2 * part.scores)

    unbounded = Metric(name="score", direction="maximize")  # moved scores leave the bounds of an accuracy
    training = dataclasses.replace(corpus.training_set(np.arange(30)), metric=unbounded)
    plain = build(case).fit(training).predict(rest(corpus, 4))
    shifted = dataclasses.replace(moved(training), targets=0.5 + 2 * training.targets)
    prediction = build(case).fit(shifted).predict(moved(rest(corpus, 4)))
    np.testing.assert_allclose(prediction.mean, 0.5 + 2 * plain.mean, atol=1e-4)
    np.testing.assert_allclose(prediction.sigma, 2 * plain.sigma, rtol=1e-3)
