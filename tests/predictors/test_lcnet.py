"""LC-Net: its basis functions, network and gradients against plain ones, and what it predicts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from simlab.corpus import FeatureMatrix, Prefixes
from simlab.corpus.observations import TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.metric import Metric
from simlab.policies import CertaintyRule, ThresholdRule
from simlab.policies.registry import PolicySettings, build_policies, policy_names
from simlab.predictors import PREDICTORS, LCNet
from simlab.predictors.lcnet import _predictive
from simlab.predictors.lcnet_basis import FAMILIES, FAMILY_OF, basis_functions
from simlab.predictors.lcnet_network import PRIOR_LOG_VARIANCE, PRIOR_SPREAD, LCNetwork, Points
from simlab.predictors.lcnet_points import observed_points
from simlab.predictors.lcnet_sampling import Posterior, sample_networks
from simlab.predictors.score_scale import Scale, scale_of
from tests.synthetic import synthetic_corpus

ACCURACY = Metric(name="accuracy", direction="maximize", bounds=(0, 1), worst=0.1)
QUICK = {"steps": 600, "discard": 300}


def basis(parameters, time):
    values, slopes = np.empty(5), np.empty(13)
    basis_functions(parameters, time, values, slopes)
    return values, slopes


def plain_basis(parameters, t):
    """As the reference code has them, with its two slips mended."""
    (a1, b1, c1), (a2, b2), (a3, b3, c3), (a4, b4), (a5, b5, c5) = np.split(parameters, [3, 5, 8, 10])
    return np.array(
        [
            np.exp(-a1 - b1 / 10 / t - c1 / 10 * np.log(t)) - np.exp(-a1 - b1 / 10),
            a2 * (t**b2 - 1),
            2 * a3 * (1 / (1 + np.exp(-c3 * b3 / 10)) - 1 / (1 + (t / np.exp(b3 / 10)) ** c3)),
            a4 * (np.exp(-10 * b4) - np.exp(-10 * b4 * t)),
            a5 * (1 / (c5**b5 * t**-b5 + 1) - 1 / (c5**b5 + 1)),
        ]
    )


def test_the_basis_functions_by_value():
    rng = np.random.default_rng(0)
    for parameters, time in zip(rng.uniform(0.01, 0.99, (50, 13)), rng.uniform(0.01, 1, 50), strict=True):
        np.testing.assert_allclose(basis(parameters, time)[0], plain_basis(parameters, time), rtol=1e-11)


def test_the_basis_functions_end_at_zero():
    for parameters in np.random.default_rng(1).uniform(0.01, 0.99, (20, 13)):
        np.testing.assert_allclose(basis(parameters, 1.0)[0], 0, atol=1e-15)


def test_the_slopes_of_the_basis_functions():
    rng = np.random.default_rng(2)
    for parameters, time in zip(rng.uniform(0.05, 0.95, (20, 13)), rng.uniform(0.01, 1, 20), strict=True):
        for number in range(13):
            step = 1e-6 * (np.arange(13) == number)
            difference = (plain_basis(parameters + step, time) - plain_basis(parameters - step, time)) / 2e-6
            slope = basis(parameters, time)[1][number]
            assert slope == pytest.approx(difference[FAMILY_OF[number]], rel=1e-6, abs=1e-8)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def plain_forward(layers, features, time):
    """One point at a time, and one unit after the other."""
    means, log_variances = [], []
    for point in range(len(time)):
        signal = features[:, point]
        for layer in layers[:-1]:
            signal = np.array([np.tanh(row[:-1] @ signal + row[-1]) for row in layer])
        raw = np.array([row[:-1] @ signal + row[-1] for row in layers[-1]])
        weights = np.exp(raw[15:]) / np.exp(raw[15:]).sum()
        means.append(logistic(raw[13]) + weights @ plain_basis(logistic(raw[:13]), time[point]))
        log_variances.append(20 * logistic(raw[14]) - 10)
    return np.array(means), np.array(log_variances)


def problem(n_features=3, n_points=6, seed=0):
    rng = np.random.default_rng(seed)
    network = LCNetwork(n_features, n_points)
    parameters = network.initial(rng) + 0.3 * rng.standard_normal(network.n_parameters)
    points = Points(
        rng.standard_normal((n_features, n_points)), rng.uniform(0.05, 1, n_points), rng.random(n_points)
    )
    return network, parameters, points


@pytest.mark.parametrize("n_features", [0, 1, 4])
def test_forward_is_the_plain_network(n_features):
    network, parameters, points = problem(n_features)
    outputs = network.forward(parameters, points.features, points.time)
    mean, log_variance = plain_forward(network.layers(parameters), points.features, points.time)
    np.testing.assert_allclose(outputs.mean, mean, rtol=1e-10)
    np.testing.assert_allclose(outputs.log_variance, log_variance, rtol=1e-10)


@pytest.mark.parametrize("n_features", [0, 3])
def test_gradients_against_finite_differences(n_features):
    network, parameters, points = problem(n_features)

    def potential(at):
        mean, log_variance = network.forward(at, points.features, points.time)
        misses = 0.5 * (points.scores - mean) ** 2 * np.exp(-log_variance) + 0.5 * log_variance
        prior = np.mean((log_variance - PRIOR_LOG_VARIANCE) ** 2) / (2 * PRIOR_SPREAD)
        layers = network.layers(at)
        prior += 0.5 * sum(np.sum(layer[:, -1] ** 2) for layer in layers)
        prior += 0.5 * sum(np.sum(layer[:, :-1] ** 2) * (layer.shape[1] - 1) for layer in layers)
        return 7.0 * misses.sum() + prior

    found = np.empty_like(parameters)
    network.gradient(network.layers(parameters), points, 7.0, network.layers(found))
    last = len(parameters) - 20 * 65
    chosen = [*np.random.default_rng(3).integers(0, last, 40), *range(last, len(parameters), 37)]
    for number in chosen:
        step = np.zeros_like(parameters)
        step[number] = 1e-5
        difference = (potential(parameters + step) - potential(parameters - step)) / 2e-5
        assert found[number] == pytest.approx(difference, rel=1e-5, abs=1e-5)


def test_start_values_are_the_authors():
    network = LCNetwork(3, 1)
    layers = network.layers(network.initial(np.random.default_rng(0)))
    assert [layer.shape for layer in layers] == [(64, 4), (64, 65), (64, 65), (20, 65)]
    assert all((layer[:, -1] == 0).all() for layer in layers)
    assert layers[1][:, :-1].std() == pytest.approx(1 / 8, rel=0.05)
    assert (layers[-1][15:, :-1] == 0.01).all()
    assert sum(FAMILIES.values()) == 13


def curves_of_the_model(n, epochs, seed):
    """Return a training set whose curves are basis functions of two features, with a noise of 0.01."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n, 2))
    shape = logistic(2 * features @ rng.standard_normal((2, 13)))
    level = 0.45 + 0.4 * logistic(features @ [1.5, -1.0])
    weights = rng.dirichlet(np.ones(5))
    time = np.arange(1, epochs + 1) / epochs
    clean = [level[i] + [weights @ plain_basis(shape[i], t) for t in time] for i in range(n)]
    scores = np.array(clean) + rng.normal(0, 0.01, (n, epochs))
    nothing = FeatureMatrix((), np.empty((n, 0)))
    names = ("ap_a", "ap_b")
    return TrainingSet(
        scores, np.full(n, epochs), scores[:, -1], FeatureMatrix(names, features), nothing, metric=ACCURACY
    )


def split(curves, n_training):
    def part(rows):
        return dataclasses.replace(
            curves,
            scores=curves.scores[rows],
            lengths=curves.lengths[rows],
            targets=curves.targets[rows],
            architecture=curves.architecture.take(rows),
            hyperparameters=curves.hyperparameters.take(rows),
        )

    return part(np.arange(n_training)), part(np.arange(n_training, len(curves)))


@pytest.fixture(scope="module")
def model_prediction():
    """Predictions of 90 ends at a third of the curve, from 60 full curves."""
    training, others = split(curves_of_the_model(150, 30, seed=0), 60)
    prediction = LCNet(steps=4000, discard=2000).fit(training).predict(others.prefixes(10))
    return prediction, others


def test_ends_of_its_own_curves_are_predicted_better_than_by_the_last_value(model_prediction):
    prediction, others = model_prediction
    error = np.sqrt(np.mean((prediction.mean - others.targets) ** 2))
    last_seen = np.sqrt(np.mean((others.scores[:, 9] - others.targets) ** 2))
    assert error < 0.35 * last_seen
    assert error < 0.3 * others.targets.std()


def test_intervals_of_its_own_curves_hold_what_they_say(model_prediction):
    prediction, others = model_prediction
    standardised = (others.targets - prediction.mean) / prediction.sigma
    assert 0.6 < standardised.std() < 1.5
    assert np.mean(np.abs(standardised) < 1.645) >= 0.75
    assert prediction.sigma.max() < 0.1


def test_the_parts_of_sigma_are_told_apart(model_prediction):
    diagnostics = model_prediction[0].diagnostics
    total = np.sqrt(diagnostics["spread"] ** 2 + diagnostics["noise"] ** 2)
    np.testing.assert_allclose(model_prediction[0].sigma, total, rtol=1e-5)
    assert diagnostics["noise"].mean() == pytest.approx(0.01, rel=0.6)


@pytest.mark.slow
def test_a_longer_chain_predicts_the_same():
    training, others = split(curves_of_the_model(150, 30, seed=0), 60)
    short, long = (
        LCNet(steps=steps, discard=steps // 2).fit(training).predict(others.prefixes(10))
        for steps in (20_000, 60_000)
    )
    assert np.sqrt(np.mean((short.mean - long.mean) ** 2)) < 0.3 * long.sigma.mean()
    assert short.sigma.mean() == pytest.approx(long.sigma.mean(), rel=0.3)


def test_what_the_network_learns_from():
    corpus = synthetic_corpus(n=40, epochs=6, seed=5, diverged=8, ragged=True)
    training, epoch = corpus.training_set(np.arange(30)), 2
    tested = 30 + np.flatnonzero(corpus.lengths[30:] >= epoch)
    prefixes = corpus.prefixes(tested, epoch)
    everything = np.arange(30 + len(tested), dtype=float)[None]
    points = observed_points(training, prefixes, everything, Scale(0.0, 1.0))
    early = np.flatnonzero(training.lengths < 6)
    assert 0 < len(early) < 30
    assert len(points) == training.lengths.sum() + len(early) + 2 * len(tested)
    for row in range(30):
        own = points.features[0] == row
        curve = dict(zip(points.time[own].tolist(), points.scores[own].tolist(), strict=True))
        assert curve[1.0] == pytest.approx(training.targets[row])
        assert len(curve) == training.lengths[row] + (training.lengths[row] < 6)
    diverged = training.targets == np.float64(0.1)  # the metric's worst
    assert diverged.any()
    assert set(points.time[points.features[0] >= 30]) == {np.float32(1 / 6), np.float32(2 / 6)}


def test_constant_features_are_left_out_and_none_are_needed():
    corpus = synthetic_corpus(n=40, epochs=5, seed=0)
    training, prefixes = corpus.training_set(np.arange(30)), corpus.prefixes(np.arange(30, 40), 3)
    plain = LCNet(**QUICK).fit(training).predict(prefixes)

    def widened(part):
        own = part.hyperparameters
        matrix = np.hstack([own.matrix, np.full((len(own.matrix), 1), 7.0)])
        return dataclasses.replace(part, hyperparameters=FeatureMatrix((*own.names, "hp_constant"), matrix))

    wider = LCNet(**QUICK).fit(widened(training)).predict(widened(prefixes))
    assert wider.mean.tobytes() == plain.mean.tobytes()

    def bare(part):
        nothing = FeatureMatrix((), np.empty((len(part), 0)))
        return dataclasses.replace(part, architecture=nothing, hyperparameters=nothing)

    alike = LCNet(**QUICK).fit(bare(training)).predict(bare(prefixes))
    assert np.ptp(alike.mean) < 1e-6
    assert abs(alike.mean[0] - training.targets.mean()) < 0.15


def test_a_perplexity_is_predicted_in_its_own_unit():
    corpus = synthetic_corpus(n=40, epochs=8, seed=1)
    metric = Metric(name="perplexity", direction="minimize", bounds=(1, np.inf), worst=400)

    def as_perplexity(scores):
        return -(400 ** (1 - scores))  # what the scale maps back to these scores

    accuracies, prefixes = corpus.training_set(np.arange(30)), corpus.prefixes(np.arange(30, 40), 3)
    training = dataclasses.replace(
        accuracies,
        scores=as_perplexity(accuracies.scores),
        targets=as_perplexity(accuracies.targets),
        metric=metric,
    )
    plain = LCNet(**QUICK).fit(accuracies).predict(prefixes)
    mapped = (
        LCNet(**QUICK)
        .fit(training)
        .predict(Prefixes(as_perplexity(prefixes.scores), prefixes.architecture, prefixes.hyperparameters))
    )
    scale, rng = scale_of(metric, training.scores), np.random.default_rng(0)
    draws = scale.score(plain.mean + plain.sigma * rng.standard_normal((20_000, 10)))
    assert mapped.diagnostics["spread"] == pytest.approx(plain.diagnostics["spread"], rel=0.1)
    np.testing.assert_allclose(mapped.mean, draws.mean(axis=0), rtol=0.1)
    np.testing.assert_allclose(mapped.sigma, draws.std(axis=0), rtol=0.3)


def test_mean_and_variance_are_those_over_the_networks():
    network, rng = LCNetwork(2, 5), np.random.default_rng(0)
    networks = [network.initial(rng) for _ in range(7)]
    features = rng.standard_normal((2, 5))
    prediction = _predictive(Posterior(networks, 1.0), features, Scale(-2.0, 3.0))
    outputs = [network.forward(one, features, np.ones(5)) for one in networks]
    means = np.array([one.mean for one in outputs])
    variances = np.array([np.exp(one.log_variance) for one in outputs])
    np.testing.assert_allclose(prediction.mean, -2 + 5 * means.mean(axis=0), rtol=1e-5)
    total = variances.mean(axis=0) + means.var(axis=0)
    np.testing.assert_allclose(prediction.sigma, 5 * np.sqrt(total), rtol=1e-5)


def test_without_training_curves_or_with_a_diverging_chain_there_is_no_model():
    corpus = synthetic_corpus(n=20, epochs=5, seed=0)
    prefixes = corpus.prefixes(np.arange(10), 2)
    prediction = LCNet(**QUICK).fit(corpus.training_set([])).predict(prefixes)
    assert np.isnan(prediction.mean).all()
    assert np.isnan(prediction.sigma).all()
    beyond = Points(np.zeros((1, 30), "f4"), np.full(30, 0.5, "f4"), np.full(30, 1e38, "f4"))
    with np.errstate(all="ignore"):
        assert sample_networks(beyond, 400, 200, np.random.default_rng(0)).networks == []


def test_each_prefix_length_has_a_stream_of_its_own():
    corpus = synthetic_corpus(n=30, epochs=5, seed=0)
    training = corpus.training_set(np.arange(20))
    first, second = (
        LCNet(random_state=seed, **QUICK).fit(training).predict(corpus.prefixes(np.arange(20, 30), 2))
        for seed in (0, 1)
    )
    assert not np.array_equal(first.mean, second.mean)
    assert np.abs(first.mean - second.mean).max() < 0.3


def test_fewer_points_than_a_minibatch():
    corpus = synthetic_corpus(n=12, epochs=3, seed=0)
    prediction = LCNet(**QUICK).fit(corpus.training_set([0, 1])).predict(corpus.prefixes([2, 3], 1))
    assert np.isfinite(prediction.mean).all()


def test_what_is_not_finite_is_an_error():
    corpus = synthetic_corpus(n=30, epochs=5, seed=0)
    lcnet = LCNet(**QUICK).fit(corpus.training_set(np.arange(20)))
    broken = corpus.prefixes(np.arange(20, 30), 2)
    broken.scores[3, 1] = np.nan
    with pytest.raises(CorpusError, match="1 of 10 are not, the first in row 3"):
        lcnet.predict(broken)
    broken = corpus.prefixes(np.arange(20, 30), 2)
    broken.architecture.matrix[4, 0] = np.inf
    with pytest.raises(CorpusError, match="features must be finite"):
        lcnet.predict(broken)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 150, "discard": 100}, "multiples of 100"),
        ({"steps": 300, "discard": 300}, "0 < discard < steps"),
        ({"steps": 300, "discard": 0}, "0 < discard < steps"),
        ({"random_state": -1}, "random_state must be 0 or larger"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(SettingError, match=message):
        LCNet(**settings).fit(synthetic_corpus(n=20).training_set([0]))


def test_it_is_no_stopping_rule():
    message = "'lcnet' learns from all prefixes that it predicts.*not begun"
    for rule in (ThresholdRule, CertaintyRule):
        with pytest.raises(SettingError, match=message):
            rule(predictor=LCNet())
    with pytest.raises(SettingError, match=message):
        build_policies(["lcnet"], PolicySettings())
    assert "lcnet" in PREDICTORS
    assert "lcnet" not in policy_names()
