"""LC-Net: a Bayesian neural network that maps a configuration and a time to the score there."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.predictors.lcnet_mixture import moments
from simlab.predictors.lcnet_network import LCNetwork
from simlab.predictors.lcnet_points import (
    Singles,
    check_finite,
    observed_points,
    observed_scores,
    standardised_features,
)
from simlab.predictors.lcnet_sampling import PRECISION, Posterior, check_settings, sample_networks
from simlab.predictors.prediction import Prediction, no_model
from simlab.predictors.predictor import Predictor
from simlab.predictors.score_scale import Scale, scale_of


class LCNet(Predictor):
    """LC-Net (Klein et al. 2017): a Bayesian neural network with a layer of basis functions.

    One point is a configuration's features (AP and HP, standardised), a time t / T, and the score there. As
    in the comparison by Baker et al. (2017), the network for prefixes of length t learns from the full
    training curves and from the prefixes themselves, so a prediction depends on the other prefixes handed
    over with it. It is sampled by SGHMC with the authors' step size, friction and minibatches; mean and
    variance at t = T are those over the networks kept, noise included. The prior of a weight is normal with
    variance 1 / inputs: theirs is all but flat, and the chain would not settle.

    - A training curve that ended before T has one more point: its final score, at T. That is the last score
      of a completed run, the metric's worst of a diverged one.
    - Features that are constant over all configurations are left out; without features, all configurations
      share one curve.
    - Where all observed scores are equal, that score is predicted with sigma 0, the limit of the model.
    - Fewer training curves than ``min_training``, or a chain that diverges: no model (NaN).
    - Scores reach the network on the scale of :func:`simlab.predictors.score_scale.scale_of`.

    Parameters
    ----------
    steps, discard : int
        Moves of the sampler, and how many of them come before the first network that counts, while it adapts;
        multiples of 100, each of which leaves a network.
    random_state : int
        Seed of start values, minibatches and sampler; each prefix length has a stream of its own.

    Attributes
    ----------
    training_ : TrainingSet

    References
    ----------
    Klein, Falkner, Springenberg, Hutter. Learning curve prediction with Bayesian neural networks. ICLR 2017.

    Examples
    --------
    >>> from simlab.corpus import FeatureMatrix
    >>> rate = np.linspace(0.0, 1.0, 30)[:, None]
    >>> scores = 0.3 + 0.5 * rate * np.linspace(0.1, 1.0, 10) ** 0.5
    >>> features = FeatureMatrix(("hp_rate",), rate), FeatureMatrix((), np.empty((30, 0)))
    >>> training = TrainingSet(scores, np.full(30, 10), scores[:, -1], *features)
    >>> lcnet = LCNet(steps=1000, discard=500).fit(training)
    >>> prediction = lcnet.predict(training.prefixes(3))
    >>> bool(np.abs(prediction.mean - training.targets).max() < 0.1)
    True
    """

    name: ClassVar[str] = "lcnet"
    min_training: ClassVar[int] = 1
    transductive: ClassVar[bool] = True

    def __init__(self, *, steps: int = 20000, discard: int = 10000, random_state: int = 0) -> None:
        self.steps = steps
        self.discard = discard
        self.random_state = random_state

    def fit(self, training: TrainingSet) -> Self:
        """Keep the training curves; a network follows when a prediction is asked for.

        Raises
        ------
        SettingError
            If a setting is out of range.
        """
        check_settings(self.steps, self.discard, self.random_state)
        self.training_ = training
        return self

    def predict(self, prefixes: Prefixes) -> Prediction:
        """Train a network on the training curves and these prefixes, and predict where the prefixes end.

        ``diagnostics`` tell the two parts of sigma apart: ``spread`` of the networks' means, and ``noise``,
        both on the scale from 0 to 1; ``share_unheated`` is the sampler's, the same for all.

        Raises
        ------
        CorpusError
            If a score of a prefix or a feature is not finite.
        """
        check_is_fitted(self)
        check_finite(prefixes)
        if not len(prefixes) or len(self.training_) < self.min_training:
            return no_model(len(prefixes))
        observed = np.concatenate([observed_scores(self.training_), prefixes.scores.ravel()])
        if np.ptp(observed) == 0:
            return Prediction(np.full(len(prefixes), observed[0]), np.zeros(len(prefixes)))
        scale = scale_of(self.training_.metric, observed)
        features = standardised_features(self.training_, prefixes)
        points = observed_points(self.training_, prefixes, features, scale)
        seed = np.random.SeedSequence(self.random_state, spawn_key=(prefixes.epoch,))
        posterior = sample_networks(points, self.steps, self.discard, np.random.default_rng(seed))
        if not posterior.networks:
            return no_model(len(prefixes))
        return _predictive(posterior, features[:, len(self.training_) :], scale)


def _predictive(posterior: Posterior, features: Singles, scale: Scale) -> Prediction:
    """Return mean and standard deviation at t = T, by the law of total variance over the networks."""
    n = features.shape[1]
    network, end = LCNetwork(len(features), n, PRECISION), np.ones(n, PRECISION)
    said = [network.forward(parameters, features, end) for parameters in posterior.networks]
    means, log_variances = (np.array(part, np.float64) for part in zip(*said, strict=True))
    weights = np.ones(len(said))
    mean, sigma, spread, noise = moments(means, np.exp(0.5 * log_variances), weights, scale)
    share = np.full(n, posterior.share_unheated)
    return Prediction(mean, sigma, diagnostics={"spread": spread, "noise": noise, "share_unheated": share})
