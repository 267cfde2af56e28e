"""LC-Net's networks sampled once, from the training curves alone, and each trial judged by its own prefix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.predictors.lcnet_ensemble import Curves, NetworkEnsemble
from simlab.predictors.lcnet_mixture import moments
from simlab.predictors.lcnet_points import (
    check_finite,
    configuration_features,
    observed_points,
    observed_scores,
    varying_features,
)
from simlab.predictors.lcnet_residuals import Conditional, given_first, held_out_covariance
from simlab.predictors.lcnet_sampling import check_settings, sample_networks
from simlab.predictors.prediction import Prediction, no_model
from simlab.predictors.predictor import Predictor
from simlab.predictors.score_scale import Scale, scale_of
from simlab.predictors.standardiser import Standardiser

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]


class InductiveLCNet(Predictor):
    """LC-Net without the prefixes it predicts: networks from the training curves, weighted by each prefix.

    :class:`~simlab.predictors.lcnet.LCNet` trains on all prefixes that it predicts, so it cannot judge one
    running trial after the other. Here the networks are sampled once, from the training curves. A prefix is
    learned from by Bayes' rule on that sample: the weight of a network is the likelihood of the observed
    scores under it (importance sampling), and mean and variance at t = T are those of the weighted mixture.

    A network's noise is independent from epoch to epoch, a curve's distance from what its features tell is
    not. So residuals, in units of a network's noise, are normal with a covariance between the epochs, the
    same for all curves: that of training curves which networks had not learned from (5 parts, each held out
    once), together with 10 curves' worth of independent noise. It enters the likelihood, and it carries the
    residuals of the prefix on to T. docs/predictors.md says what was tried and how much it matters.

    - Standardisation and scale come from the training curves alone. What LCNet does with a curve that ended
      before T, with a constant feature or without any, and with scores holds here, too.
    - Where all scores of the training curves are equal, a prefix of that score is predicted to end there with
      sigma 0, and of any other nothing is known (NaN).
    - Fewer training curves than ``min_training``, or a chain that diverges: no model (NaN). A single training
      curve leaves none to hold out: residuals are independent noise.

    Parameters
    ----------
    steps, discard : int
        As in LCNet. The five chains without a part have together as many moves again.
    random_state : int
        Seed of start values, minibatches, sampler and parts.

    Attributes
    ----------
    level_ : float or None
        The one score of all training curves, where there is only one.
    networks_ : SampledNetworks or None
        None where there is no model.

    References
    ----------
    Klein, Falkner, Springenberg, Hutter. Learning curve prediction with Bayesian neural networks. ICLR 2017.
    Rasmussen, Williams. Gaussian processes for machine learning. 2006, Equation 2.19 (conditioning).

    Examples
    --------
    >>> from simlab.corpus import FeatureMatrix
    >>> rate = np.linspace(0.0, 1.0, 30)[:, None]
    >>> scores = 0.3 + 0.5 * rate * np.linspace(0.1, 1.0, 10) ** 0.5
    >>> features = FeatureMatrix(("hp_rate",), rate), FeatureMatrix((), np.empty((30, 0)))
    >>> training = TrainingSet(scores, np.full(30, 10), scores[:, -1], *features)
    >>> lcnet = InductiveLCNet(steps=1000, discard=500).fit(training)
    >>> prediction = lcnet.predict(training.prefixes(3))
    >>> bool(np.abs(prediction.mean - training.targets).max() < 0.1)
    True
    """

    name: ClassVar[str] = "lcnet-inductive"
    min_training: ClassVar[int] = 1

    def __init__(self, *, steps: int = 20000, discard: int = 10000, random_state: int = 0) -> None:
        self.steps = steps
        self.discard = discard
        self.random_state = random_state

    def fit(self, training: TrainingSet) -> Self:
        """Sample the networks, and measure the residuals of curves held out.

        Raises
        ------
        SettingError
            If a setting is out of range.
        CorpusError
            If a feature is not finite.
        """
        check_settings(self.steps, self.discard, self.random_state)
        self.level_: float | None = None
        self.networks_: SampledNetworks | None = None
        if len(training) < self.min_training:
            return self
        observed = observed_scores(training)
        if np.ptp(observed) == 0:
            self.level_ = float(observed[0])
        else:
            self.networks_ = self._sample(training, scale_of(training.metric, observed))
        return self

    def _sample(self, training: TrainingSet, scale: Scale) -> SampledNetworks | None:
        rows = configuration_features(training.prefixes(1))
        standardiser = Standardiser.of(rows)
        features = varying_features(standardiser, rows)
        nobody = training.take(np.arange(0)).prefixes(1)
        chain, held_out = map(np.random.default_rng, np.random.SeedSequence(self.random_state).spawn(2))
        points = observed_points(training, nobody, features, scale)
        posterior = sample_networks(points, self.steps, self.discard, chain)
        if not posterior.networks:
            return None
        return SampledNetworks(
            ensemble=NetworkEnsemble(len(features), posterior.networks),
            covariance=held_out_covariance(
                training, features, scale, steps=self.steps, discard=self.discard, rng=held_out
            ),
            standardiser=standardiser,
            scale=scale,
            share_unheated=posterior.share_unheated,
        )

    def predict(self, prefixes: Prefixes) -> Prediction:
        """Weight the networks by each prefix, and predict where it ends.

        ``diagnostics`` are those of LCNet, and ``effective_networks``: 1 / sum of the squared weights.

        Raises
        ------
        CorpusError
            If a score of a prefix or a feature is not finite.
        """
        check_is_fitted(self)
        check_finite(prefixes)
        if self.level_ is not None:
            there = (prefixes.scores == self.level_).all(axis=1)
            return Prediction(np.where(there, self.level_, np.nan), np.where(there, 0.0, np.nan))
        if self.networks_ is None or not len(prefixes):
            return no_model(len(prefixes))
        return self.networks_.predict(prefixes)


@dataclass(frozen=True, eq=False)
class SampledNetworks:
    """What was learned from the training curves.

    Attributes
    ----------
    ensemble : NetworkEnsemble
    covariance : ndarray, shape (T, T)
        Of residuals in units of a network's noise, between the epochs.
    standardiser : Standardiser
        Of the features.
    scale : Scale
        Of the scores.
    share_unheated : float
        See :class:`~simlab.predictors.sghmc.SGHMC`.
    curves : dict of bytes to Curves
        What the networks say of whole curves, by their features: the same at all lengths of a prefix.
    """

    ensemble: NetworkEnsemble
    covariance: Floats
    standardiser: Standardiser
    scale: Scale
    share_unheated: float
    curves: dict[bytes, Curves] = field(default_factory=dict, repr=False)

    def predict(self, prefixes: Prefixes) -> Prediction:
        """Predict the ends of prefixes, one by one."""
        features = varying_features(self.standardiser, configuration_features(prefixes))
        conditional = given_first(self.covariance, prefixes.epoch)
        units = self.scale.unit(prefixes.scores)
        rows = [self._end(*row, conditional) for row in zip(features.T, units, strict=True)]
        mean, sigma, spread, noise, effective = np.array(rows).T
        diagnostics = {
            "spread": spread,
            "noise": noise,
            "effective_networks": effective,
            "share_unheated": np.full(len(prefixes), self.share_unheated),
        }
        return Prediction(mean, sigma, diagnostics=diagnostics)

    def _end(self, features: Singles, scores: Floats, conditional: Conditional) -> Floats:
        """Return mean, sigma, spread, noise and effective networks of one prefix, shape (t,)."""
        said = self._curves_of(features)
        residuals = scores - said.mean[:, : len(scores)]
        weights = likelihoods(residuals, said.log_variance, conditional)
        ends = said.mean[:, -1] + residuals @ conditional.slopes
        deviations = np.exp(0.5 * said.log_variance) * np.sqrt(conditional.variance)
        mixed = moments(ends, deviations, weights, self.scale)
        return np.array([*mixed, 1 / np.sum(weights**2)])

    def _curves_of(self, features: Singles) -> Curves:
        key, horizon = features.tobytes(), len(self.covariance)
        if key not in self.curves:
            self.curves[key] = self.ensemble.curves(features, np.arange(1, horizon + 1) / horizon)
        return self.curves[key]


def likelihoods(residuals: Floats, log_variance: Floats, conditional: Conditional) -> Floats:
    """Return the likelihood of one prefix under each network, as shares of their sum.

    Parameters
    ----------
    residuals : ndarray, shape (k, t)
        Scores minus the networks' means, on the scale from 0 to 1.
    log_variance : ndarray, shape (k,)
        Of the networks' noise.
    conditional : Conditional

    Examples
    --------
    >>> independent = given_first(np.eye(2), 1)
    >>> likelihoods(np.array([[0.0], [1.0]]), np.zeros(2), independent).round(3)
    array([0.622, 0.378])
    """
    squares = np.sum((residuals @ conditional.whitening.T) ** 2, axis=1)
    logarithms = -0.5 * (squares * np.exp(-log_variance) + residuals.shape[1] * log_variance)
    likelihood = np.exp(logarithms - logarithms.max())
    shares: Floats = likelihood / likelihood.sum()
    return shares
