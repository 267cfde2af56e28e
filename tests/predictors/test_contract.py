"""The contract of predictors, for every registered one and every regressor, and what ours keep beyond it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from simlab.metric import Metric
from simlab.predictors import PREDICTORS
from simlab.predictors.random_forest import RandomForest
from simlab.predictors.registry import REGRESSORS
from simlab.testing import PredictorContract
from simlab.testing.predictor_contract import fit, take, to_predict
from tests.synthetic import synthetic_corpus

SETTINGS = {
    "lce": [{"steps": 60, "discard": 20}],
    "lcnet": [{"steps": 300, "discard": 200}],
    "lcnet-inductive": [{"steps": 2000, "discard": 1000}],
    "srm": [{"regressor": regressor, "search": 8} for regressor in REGRESSORS],
}
CASES = [(name, settings) for name in PREDICTORS for settings in SETTINGS.get(name, [{}])]
#: Trees cut at values, and LCE knows the metric's bounds.
SMOOTH = [case for case in CASES if case[1].get("regressor") != "random-forest" and case[0] != "lce"]
TRANSDUCTIVE = [case for case in CASES if PREDICTORS[case[0]].transductive]
INDEPENDENT = [case for case in CASES if case not in TRANSDUCTIVE]


def names(case):
    return "-".join([case[0], case[1].get("regressor", "")]).strip("-")


@pytest.fixture(autouse=True)
def small_forests(monkeypatch):
    monkeypatch.setattr(RandomForest, "trees", (10, 20))


@pytest.fixture(scope="module")
def corpus():
    return synthetic_corpus(n=45, epochs=5, seed=3)


def build(case):
    name, settings = case
    return PREDICTORS[name](**settings)


class TestPredictors(PredictorContract):
    @pytest.fixture(params=CASES, ids=names)
    def case(self, request):
        return request.param

    @pytest.fixture
    def predictor(self, case):
        return build(case)

    def test_it_has_its_name_and_its_settings(self, case, predictor):
        assert predictor.name == case[0]
        assert predictor.get_params() | case[1] == predictor.get_params()

    def test_it_is_never_certain(self, predictor, corpus):
        for epoch in range(predictor.min_epochs, 5):
            assert (fit(predictor, corpus).predict(to_predict(corpus, epoch)).sigma > 0).all()


@pytest.mark.parametrize("case", INDEPENDENT, ids=names)
def test_sigma_of_a_batch_is_that_of_one_by_one_to_the_last_bit(case, corpus):
    predictor, prefixes = fit(build(case), corpus), to_predict(corpus, 4)
    single = [predictor.predict(take(prefixes, row)).sigma[0] for row in range(len(prefixes))]
    np.testing.assert_array_equal(single, predictor.predict(prefixes).sigma)


@pytest.mark.parametrize("case", INDEPENDENT, ids=names)
def test_a_prediction_follows_its_curve(case, corpus):
    predictor, prefixes = fit(build(case), corpus), to_predict(corpus, 4)
    others = dataclasses.replace(prefixes, scores=np.full_like(prefixes.scores, 0.123))
    before, after = predictor.predict(prefixes), predictor.predict(others)
    assert not np.allclose(after.mean, before.mean, atol=1e-6)


@pytest.mark.parametrize("case", TRANSDUCTIVE, ids=names)
def test_the_order_of_rows_hardly_matters_where_they_are_learned_from(case, corpus):
    """Another order is another draw of minibatches: far less than what the predictions tell apart."""
    predictor = PREDICTORS[case[0]](steps=2000, discard=1000).fit(corpus.training_set(np.arange(30)))
    prefixes, order = to_predict(corpus, 4), np.random.default_rng(0).permutation(15)
    plain, permuted = predictor.predict(prefixes), predictor.predict(take(prefixes, order))
    change = permuted.mean - plain.mean[order]
    assert np.abs(change).max() < 0.1
    assert change.std() < 0.2 * plain.mean.std()


@pytest.mark.parametrize("case", CASES, ids=names)
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
    plain = build(case).fit(training).predict(to_predict(corpus, 4))
    shifted = dataclasses.replace(moved(training), targets=0.5 + 2 * training.targets)
    prediction = build(case).fit(shifted).predict(moved(to_predict(corpus, 4)))
    np.testing.assert_allclose(prediction.mean, 0.5 + 2 * plain.mean, atol=1e-4)
    np.testing.assert_allclose(prediction.sigma, 2 * plain.sigma, rtol=1e-3)
