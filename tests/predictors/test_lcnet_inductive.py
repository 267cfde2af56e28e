"""Networks sampled once and weighted by each prefix: against plain Bayes, and what is predicted."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from simlab.corpus import FeatureMatrix, Prefixes
from simlab.corpus.observations import TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.metric import Metric
from simlab.policies import ThresholdRule
from simlab.policies.registry import PolicySettings, build_policies
from simlab.predictors import InductiveLCNet, lcnet_inductive, lcnet_residuals
from simlab.predictors.building import PredictorSettings, build_predictor
from simlab.predictors.lcnet_ensemble import NetworkEnsemble
from simlab.predictors.lcnet_inductive import SampledNetworks, likelihoods
from simlab.predictors.lcnet_network import LCNetwork
from simlab.predictors.lcnet_residuals import PRIOR_CURVES, given_first, held_out_covariance
from simlab.predictors.lcnet_sampling import Posterior
from simlab.predictors.score_scale import Scale
from simlab.predictors.standardiser import Standardiser
from tests.synthetic import synthetic_corpus

UNIT = Scale(0.0, 1.0)
QUICK = {"steps": 600, "discard": 300}


def networks(n, n_features=2, seed=0):
    """Draw networks that differ in what they say, not only by rounding."""
    network, rng = LCNetwork(n_features, 1), np.random.default_rng(seed)
    return [network.initial(rng) + 0.2 * rng.standard_normal(network.n_parameters) for _ in range(n)]


def covariance(horizon, seed=0):
    factor = np.random.default_rng(seed).standard_normal((horizon, horizon + 2))
    return factor @ factor.T / horizon + 0.1 * np.eye(horizon)


def prefixes_of(scores, features):
    names = tuple(f"ap_{number}" for number in range(features.shape[1]))
    nothing = FeatureMatrix((), np.empty((len(scores), 0)))
    return Prefixes(scores, FeatureMatrix(names, features), nothing)


def sampled(parameters, residuals, scale=UNIT, n_features=2):
    identity = Standardiser(np.zeros(n_features), np.ones(n_features))
    return SampledNetworks(NetworkEnsemble(n_features, parameters), residuals, identity, scale, 1.0)


def test_an_ensemble_says_what_each_of_its_networks_says():
    parameters, rng = networks(4), np.random.default_rng(1)
    features, time = rng.standard_normal(2), np.array([0.1, 0.4, 1.0])
    curves = NetworkEnsemble(2, parameters).curves(features, time)
    alone, repeated = LCNetwork(2, 3), np.repeat(features[:, None], 3, axis=1)
    for number, one in enumerate(parameters):
        outputs = alone.forward(one, repeated, time)
        np.testing.assert_allclose(curves.mean[number], outputs.mean, rtol=1e-12)
        np.testing.assert_allclose(np.full(3, curves.log_variance[number]), outputs.log_variance, rtol=1e-12)


def by_brute_force(parameters, residuals, scores, features):
    """Return weights, mean and variance at T by the densities of normal vectors, network by network."""
    horizon, epoch = len(residuals), len(scores)
    time = np.arange(1, horizon + 1) / horizon
    network, repeated = LCNetwork(len(features), horizon), np.repeat(features[:, None], horizon, axis=1)
    densities, means, variances = [], [], []
    for one in parameters:
        outputs = network.forward(one, repeated, time)
        own = np.exp(outputs.log_variance[0]) * residuals
        past, cross = own[:epoch, :epoch], own[:epoch, -1]
        densities.append(multivariate_normal(outputs.mean[:epoch], past).pdf(scores))
        gain = np.linalg.solve(past, cross)
        means.append(outputs.mean[-1] + gain @ (scores - outputs.mean[:epoch]))
        variances.append(own[-1, -1] - gain @ cross)
    weights = np.array(densities) / np.sum(densities)
    mean = weights @ means
    return weights, mean, weights @ (np.array(variances) + (np.array(means) - mean) ** 2)


@pytest.mark.parametrize("epoch", [1, 3])
def test_weights_mean_and_variance_against_normal_densities(epoch):
    parameters, residuals = networks(6), covariance(5)
    rng = np.random.default_rng(2)
    scores, features = rng.random((7, epoch)), rng.standard_normal((7, 2))
    prediction = sampled(parameters, residuals).predict(prefixes_of(scores, features))
    for row in range(7):
        own = features[row].astype(np.float32).astype(np.float64)
        weights, mean, variance = by_brute_force(parameters, residuals, scores[row], own)
        assert prediction.mean[row] == pytest.approx(mean, rel=1e-6)
        assert prediction.sigma[row] == pytest.approx(np.sqrt(variance), rel=1e-6)
        assert prediction.diagnostics["effective_networks"][row] == pytest.approx(1 / np.sum(weights**2))
    assert prediction.diagnostics["effective_networks"].min() < 5.5  # the prefixes do tell networks apart


def test_a_score_on_another_scale_is_mapped_back():
    parameters, scores = networks(5), np.full((2, 2), 0.4)
    features = np.array([[0.0, 1.0], [1.0, -1.0]])
    plain = sampled(parameters, covariance(4)).predict(prefixes_of(scores, features))
    mapped = sampled(parameters, covariance(4), Scale(-2.0, 3.0)).predict(
        prefixes_of(-2 + 5 * scores, features)
    )
    np.testing.assert_allclose(mapped.mean, -2 + 5 * plain.mean, rtol=1e-9)
    np.testing.assert_allclose(mapped.sigma, 5 * plain.sigma, rtol=1e-9)


def test_where_a_prefix_tells_nothing_the_prediction_is_the_mixture_of_all_networks():
    """Networks that differ in their ends only: all say the same of the prefix."""
    curves = np.array([[0.3, 0.4, 0.5], [0.3, 0.4, 0.9], [0.3, 0.4, 0.7]])
    log_variance = np.full(3, np.log(0.01))
    residuals = np.array([0.9, -0.7]) - curves[:, :2]
    weights = likelihoods(residuals, log_variance, given_first(np.eye(3), 2))
    np.testing.assert_allclose(weights, 1 / 3, rtol=1e-12)
    alike = [networks(1)[0]] * 4
    prediction = sampled(alike, np.eye(6)).predict(prefixes_of(np.array([[0.9, 0.1]]), np.zeros((1, 2))))
    said = NetworkEnsemble(2, alike).curves(np.zeros(2), np.ones(1))
    assert prediction.mean[0] == pytest.approx(said.mean[0, 0], rel=1e-12)
    assert prediction.sigma[0] == pytest.approx(np.exp(0.5 * said.log_variance[0]), rel=1e-6)
    assert prediction.diagnostics["effective_networks"][0] == pytest.approx(4)


def test_weights_far_out_in_the_tails_are_still_weights():
    conditional = given_first(np.eye(2), 1)
    weights = likelihoods(np.array([[1e3], [1e3 + 1]]), np.full(2, -9.0), conditional)
    np.testing.assert_allclose(weights, [1, 0])


def test_residuals_that_are_all_one_are_carried_to_the_end():
    constant = 0.999 * np.ones((5, 5)) + 0.001 * np.eye(5)
    parameters, features = networks(1), np.zeros(2)
    said = NetworkEnsemble(2, parameters).curves(features, np.arange(1, 6) / 5).mean[0]
    prediction = sampled(parameters, constant).predict(prefixes_of(said[None, :3] + 0.1, features[None]))
    assert prediction.mean[0] == pytest.approx(said[-1] + 0.1, abs=1e-3)


def test_a_whole_curve_is_its_own_end():
    scores = np.random.default_rng(3).random((4, 5))
    prediction = sampled(networks(3), covariance(5)).predict(prefixes_of(scores, np.zeros((4, 2))))
    np.testing.assert_allclose(prediction.mean, scores[:, -1], atol=1e-9)
    np.testing.assert_allclose(prediction.sigma, 0, atol=1e-6)


def fixed_chain(monkeypatch, parameters):
    """Let every chain end at these networks; return the points that each one was given."""
    given = []

    def chain(points, steps, discard, rng):
        given.append(points)
        return Posterior(list(parameters), 1.0)

    monkeypatch.setattr(lcnet_residuals, "sample_networks", chain)
    return given


def held_out(training, features):
    rng = np.random.default_rng(0)
    return held_out_covariance(training, features, UNIT, steps=400, discard=200, rng=rng)


def test_the_covariance_is_that_of_residuals_in_units_of_the_noise(monkeypatch):
    corpus = synthetic_corpus(n=40, epochs=5, seed=5, diverged=6, ragged=True)
    training = corpus.training_set(np.arange(30))
    parameters = [one.astype(np.float32) for one in networks(3)]
    given = fixed_chain(monkeypatch, parameters)
    features = np.random.default_rng(4).standard_normal((2, len(training))).astype(np.float32)
    found = held_out(training, features)
    scores = training.scores.copy()
    scores[training.lengths < 5, -1] = training.targets[training.lengths < 5]
    sums, time = PRIOR_CURVES * np.eye(5), (np.arange(1, 6) / 5).astype(np.float32)
    for row in range(len(training)):
        curves = NetworkEnsemble(2, parameters).curves(features[:, row], time)
        for mean, log_variance in zip(*curves, strict=True):
            residual = np.nan_to_num(scores[row] - mean) / np.exp(log_variance / 2)
            sums += np.outer(residual, residual) / 3
    seen = PRIOR_CURVES + np.isfinite(scores).sum(axis=0)
    np.testing.assert_allclose(found, sums / np.sqrt(np.outer(seen, seen)), rtol=1e-5)
    assert 0 < np.sum(training.lengths < 5) < len(training)
    assert np.linalg.eigvalsh(found).min() > 0
    assert len(given) == 5


def test_no_chain_sees_a_curve_that_it_is_judged_by(monkeypatch):
    training = synthetic_corpus(n=23, epochs=4, seed=0).training_set(np.arange(23))
    given = fixed_chain(monkeypatch, [networks(1, n_features=1)[0].astype(np.float32)])
    held_out(training, np.arange(23, dtype=np.float32)[None])
    left_out = [set(range(23)) - set(points.features[0].astype(int)) for points in given]
    assert sorted(row for part in left_out for row in part) == list(range(23))
    assert all(len(part) in (4, 5) for part in left_out)


def test_with_no_curve_to_hold_out_or_chains_that_diverge_residuals_are_independent_noise(monkeypatch):
    corpus = synthetic_corpus(n=12, epochs=4, seed=0)
    single, several = corpus.training_set([0]), corpus.training_set(np.arange(8))
    np.testing.assert_allclose(held_out(single, np.zeros((1, 1), "f4")), np.eye(4), atol=1e-12)
    fixed_chain(monkeypatch, [])
    np.testing.assert_allclose(held_out(several, np.zeros((1, 8), "f4")), np.eye(4), atol=1e-12)


def features_only(n, seed, noise):
    """Return curves whose level is told by a feature, but for a step of their own that stays."""
    rng = np.random.default_rng(seed)
    feature = rng.uniform(-1, 1, (n, 1))
    rise = 0.2 * (1 - np.exp(-4 * np.arange(1, 13) / 12))
    scores = 0.4 + 0.15 * feature + rise + noise * rng.standard_normal((n, 1))
    scores = scores + rng.normal(0, 0.005, scores.shape)
    nothing = FeatureMatrix((), np.empty((n, 0)))
    accuracy = Metric(name="accuracy", direction="maximize", bounds=(0, 1), worst=0.1)
    features = FeatureMatrix(("ap_level",), feature)
    return TrainingSet(scores, np.full(n, 12), scores[:, -1], features, nothing, metric=accuracy)


def test_a_level_that_no_feature_tells_is_read_from_the_prefix():
    curves = features_only(160, seed=1, noise=0.05)
    training, others = curves.take(np.arange(60)), curves.take(np.arange(60, 160))
    prediction = InductiveLCNet(steps=6000, discard=3000).fit(training).predict(others.prefixes(4))
    misses = others.targets - prediction.mean
    assert np.std(misses) < 0.02  # 0.05 by the feature alone
    assert 0.8 < np.mean(np.abs(misses) < 1.645 * prediction.sigma) <= 1
    assert prediction.sigma.mean() < 0.03


def test_constant_features_are_left_out_and_none_are_needed():
    corpus = synthetic_corpus(n=40, epochs=5, seed=0)
    training, prefixes = corpus.training_set(np.arange(30)), corpus.prefixes(np.arange(30, 40), 3)
    plain = InductiveLCNet(**QUICK).fit(training).predict(prefixes)

    def widened(part, values):
        own = part.hyperparameters
        matrix = np.hstack([own.matrix, values[:, None]])
        return dataclasses.replace(part, hyperparameters=FeatureMatrix((*own.names, "hp_new"), matrix))

    fitted = InductiveLCNet(**QUICK).fit(widened(training, np.full(30, 7.0)))
    for values in (np.full(10, 7.0), np.arange(10.0)):  # one that never varied in training tells nothing
        assert fitted.predict(widened(prefixes, values)).mean.tobytes() == plain.mean.tobytes()

    def bare(part):
        nothing = FeatureMatrix((), np.empty((len(part), 0)))
        return dataclasses.replace(part, architecture=nothing, hyperparameters=nothing)

    same = dataclasses.replace(bare(prefixes), scores=np.repeat(prefixes.scores[:1], 10, axis=0))
    alike = InductiveLCNet(**QUICK).fit(bare(training)).predict(same)
    assert np.ptp(alike.mean) == 0
    assert np.isfinite(alike.mean).all()


def test_other_prefixes_than_those_of_one_level_get_no_model():
    training = synthetic_corpus(n=10, epochs=4, seed=0).training_set(np.arange(10))
    flat = dataclasses.replace(training, scores=np.full((10, 4), 0.1), targets=np.full(10, 0.1))
    scores = np.array([[0.1, 0.1], [0.1, 0.2]])
    prefixes = Prefixes(scores, training.architecture.take([0, 1]), training.hyperparameters.take([0, 1]))
    prediction = InductiveLCNet(**QUICK).fit(flat).predict(prefixes)
    np.testing.assert_array_equal(prediction.mean, [0.1, np.nan])
    np.testing.assert_array_equal(prediction.sigma, [0, np.nan])


def test_without_training_curves_or_with_a_diverging_chain_there_is_no_model(monkeypatch):
    corpus = synthetic_corpus(n=20, epochs=5, seed=0)
    prefixes = corpus.prefixes(np.arange(10), 2)
    assert np.isnan(InductiveLCNet(**QUICK).fit(corpus.training_set([])).predict(prefixes).mean).all()
    monkeypatch.setattr(lcnet_inductive, "sample_networks", lambda *_: Posterior([], 1.0))
    prediction = InductiveLCNet(**QUICK).fit(corpus.training_set(np.arange(10))).predict(prefixes)
    assert np.isnan(prediction.mean).all()
    assert np.isnan(prediction.sigma).all()


@pytest.mark.parametrize("n_training", [1, 2, 3])
def test_a_few_training_curves_are_enough(n_training):
    corpus = synthetic_corpus(n=12, epochs=4, seed=0)
    fitted = InductiveLCNet(**QUICK).fit(corpus.training_set(np.arange(n_training)))
    for epoch in (1, 3):
        prediction = fitted.predict(corpus.prefixes(np.arange(6, 12), epoch))
        assert np.isfinite(prediction.mean).all()
        assert (prediction.sigma > 0).all()


def test_another_seed_is_another_sample():
    corpus = synthetic_corpus(n=30, epochs=5, seed=0)
    training, prefixes = corpus.training_set(np.arange(20)), corpus.prefixes(np.arange(20, 30), 2)
    first, second = (
        InductiveLCNet(random_state=seed, **QUICK).fit(training).predict(prefixes) for seed in (0, 1)
    )
    assert not np.array_equal(first.mean, second.mean)
    assert np.abs(first.mean - second.mean).max() < 0.3


def test_what_is_not_finite_is_an_error():
    corpus = synthetic_corpus(n=30, epochs=5, seed=0)
    training = corpus.training_set(np.arange(20))
    lcnet = InductiveLCNet(**QUICK).fit(training)
    broken = corpus.prefixes(np.arange(20, 30), 2)
    broken.scores[3, 1] = np.nan
    with pytest.raises(CorpusError, match="1 of 10 are not, the first in row 3"):
        lcnet.predict(broken)
    broken = corpus.prefixes(np.arange(20, 30), 2)
    broken.architecture.matrix[4, 0] = np.inf
    with pytest.raises(CorpusError, match="features must be finite"):
        lcnet.predict(broken)
    training.architecture.matrix[4, 0] = np.inf
    with pytest.raises(CorpusError, match="features must be finite"):
        InductiveLCNet(**QUICK).fit(training)


def test_settings_out_of_range():
    with pytest.raises(SettingError, match="0 < discard < steps"):
        InductiveLCNet(steps=300, discard=300).fit(synthetic_corpus(n=20).training_set([0]))


def test_it_is_a_stopping_rule_by_its_name():
    (rule,) = build_policies(["lcnet-inductive"], PolicySettings(burn_in=20, steps=1000))
    assert isinstance(rule, ThresholdRule)
    assert rule.burn_in == 20
    assert rule.predictor.get_params() == {"steps": 1000, "discard": 500, "random_state": 0}
    assert build_predictor("lcnet", PredictorSettings(steps=1000)).discard == 500
