"""LC-Net: a Bayesian neural network that maps a configuration and a time to the score there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.predictors.features import feature_matrix
from simlab.predictors.lcnet_network import LCNetwork, Outputs, Points
from simlab.predictors.prediction import Prediction
from simlab.predictors.predictor import Predictor
from simlab.predictors.score_scale import Scale, scale_of
from simlab.predictors.sghmc import SGHMC
from simlab.predictors.standardiser import Standardiser

Floats = npt.NDArray[np.floating[Any]]

#: Points of a minibatch, and moves between two networks that are kept.
BATCH, THINNING = 20, 100
#: Half the time of double precision; rounding is far below the noise of a minibatch.
PRECISION = np.float32
#: A mapped normal distribution is integrated at so many nodes: exact for a linear scale.
N_NODES = 9


class Posterior(NamedTuple):
    """What the sampler left.

    Attributes
    ----------
    networks : list of ndarray
        Parameters of the networks kept; none where the chain diverged.
    share_unheated : float
        See :class:`~simlab.predictors.sghmc.SGHMC`.
    """

    networks: list[Floats]
    share_unheated: float


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
        if self.steps % THINNING or self.discard % THINNING or not 0 < self.discard < self.steps:
            raise SettingError(
                f"steps and discard must be multiples of {THINNING} with 0 < discard < steps, "
                f"not {self.steps} and {self.discard}"
            )
        if self.random_state < 0:
            raise SettingError(f"random_state must be 0 or larger, not {self.random_state}")
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
        _check_finite(prefixes)
        if not len(prefixes) or len(self.training_) < self.min_training:
            return _no_model(len(prefixes))
        known = self.training_.scores[np.isfinite(self.training_.scores)]
        observed = np.concatenate([known, self.training_.targets, prefixes.scores.ravel()])
        if np.ptp(observed) == 0:
            return Prediction(np.full(len(prefixes), observed[0]), np.zeros(len(prefixes)))
        scale = scale_of(self.training_.metric, observed)
        features = standardised_features(self.training_, prefixes)
        points = observed_points(self.training_, prefixes, features, scale)
        seed = np.random.SeedSequence(self.random_state, spawn_key=(prefixes.epoch,))
        posterior = sample_networks(points, self.steps, self.discard, np.random.default_rng(seed))
        if not posterior.networks:
            return _no_model(len(prefixes))
        return _predictive(posterior, features[:, len(self.training_) :], scale)


def sample_networks(points: Points, steps: int, discard: int, rng: np.random.Generator) -> Posterior:
    """Sample the posterior of the network's parameters.

    Parameters
    ----------
    points : Points
    steps, discard : int
        As in :class:`LCNet`.
    rng : numpy.random.Generator
    """
    n = min(BATCH, len(points))
    network = LCNetwork(len(points.features), n, PRECISION)
    sampler = SGHMC(network.initial(rng), rng)
    gradient = np.empty_like(sampler.position)
    layers, gradients = network.layers(sampler.position), network.layers(gradient)
    kept: list[Floats] = []
    for step, batch in zip(range(1, steps + 1), minibatches(len(points), n, rng), strict=False):
        sampler.adapting = step <= discard
        network.gradient(layers, points.take(batch), len(points) / n, gradients)
        sampler.move(gradient)
        if step % THINNING == 0 and not np.isfinite(sampler.position).all():
            return Posterior([], sampler.share_unheated)
        if step % THINNING == 0 and step > discard:
            kept.append(sampler.position.copy())
    return Posterior(kept, sampler.share_unheated)


def minibatches(n_points: int, size: int, rng: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
    """Go through all points in random order, again and again; a rest that fills no batch is left out.

    Examples
    --------
    >>> batches = minibatches(5, 2, np.random.default_rng(0))
    >>> [sorted(next(batches).tolist()) for _ in range(3)]
    [[2, 4], [0, 3], [1, 4]]
    """
    while True:
        order = rng.permutation(n_points)
        yield from order[: n_points // size * size].reshape(-1, size)


def _no_model(n: int) -> Prediction:
    return Prediction(mean=np.full(n, np.nan), sigma=np.full(n, np.nan))


def _check_finite(prefixes: Prefixes) -> None:
    broken = np.flatnonzero(~np.isfinite(prefixes.scores).all(axis=1))
    if broken.size:
        raise CorpusError(
            f"a prefix to extrapolate must be finite: {broken.size} of {len(prefixes)} are not, the first in "
            f"row {broken[0]}; cut them before"
        )


def standardised_features(training: TrainingSet, prefixes: Prefixes) -> Floats:
    """Return the AP and HP features of training curves and prefixes, without constant ones.

    Returns
    -------
    ndarray, shape (p, n)
        A column for each training curve, then for each prefix. p = 0 where the corpus has no feature.

    Raises
    ------
    CorpusError
        If a feature is not finite.
    """
    if not (prefixes.architecture.names or prefixes.hyperparameters.names):
        return np.empty((0, len(training) + len(prefixes)), PRECISION)
    parts = [feature_matrix(part, ("ap", "hp")) for part in (training.prefixes(1), prefixes)]
    standardiser = Standardiser.of(np.vstack(parts))
    varies = np.isfinite(standardiser.scale)
    return standardiser.apply(np.vstack(parts))[:, varies].T.astype(PRECISION)


def observed_points(training: TrainingSet, prefixes: Prefixes, features: Floats, scale: Scale) -> Points:
    """Return all that the network learns from, one score at a time.

    These are the finite scores of the training curves, the final scores of those that ended before T, at T,
    and the scores of the prefixes.

    Parameters
    ----------
    training : TrainingSet
    prefixes : Prefixes
    features : ndarray, shape (p, n)
        As :func:`standardised_features` returns them.
    scale : Scale
    """
    horizon = training.scores.shape[1]
    configs, columns = np.nonzero(np.isfinite(training.scores))
    early = np.flatnonzero(training.lengths < horizon)
    new, new_columns = np.indices(prefixes.scores.shape).reshape(2, -1)
    rows = np.concatenate([configs, early, len(training) + new])
    epochs = np.concatenate([columns + 1, np.full(len(early), horizon), new_columns + 1])
    scores = np.concatenate(
        [training.scores[configs, columns], training.targets[early], prefixes.scores.ravel()]
    )
    return Points(
        features=np.ascontiguousarray(features[:, rows]),
        time=(epochs / horizon).astype(PRECISION),
        scores=scale.unit(scores).astype(PRECISION),
    )


def _predictive(posterior: Posterior, features: Floats, scale: Scale) -> Prediction:
    """Return mean and standard deviation at t = T, by the law of total variance over the networks.

    A network says that the score is normal on the scale from 0 to 1, so the score itself is integrated.
    """
    n = features.shape[1]
    network, end = LCNetwork(len(features), n, PRECISION), np.ones(n, PRECISION)
    said = [network.forward(parameters, features, end) for parameters in posterior.networks]
    outputs = Outputs(*(np.array(part, np.float64) for part in zip(*said, strict=True)))
    nodes, weights = np.polynomial.hermite_e.hermegauss(N_NODES)
    weights /= weights.sum()
    deviation = np.exp(0.5 * outputs.log_variance)
    ends = scale.score(outputs.mean[..., None] + deviation[..., None] * nodes)
    mean = np.mean(ends @ weights, axis=0)
    variance = np.mean((ends - mean[:, None]) ** 2 @ weights, axis=0)
    diagnostics = {
        "spread": outputs.mean.std(axis=0),
        "noise": np.sqrt(np.mean(deviation**2, axis=0)),
        "share_unheated": np.full(n, posterior.share_unheated),
    }
    return Prediction(mean, np.sqrt(variance), diagnostics=diagnostics)
