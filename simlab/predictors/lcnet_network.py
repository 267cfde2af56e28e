"""The network of LC-Net: a configuration's features and a time in, mean and noise of the score there out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import nan_aware
from simlab.predictors.lcnet_basis import FAMILY_OF, N_FAMILIES, N_PARAMETERS, basis_functions, logistic

Floats = npt.NDArray[np.floating[Any]]

#: Hidden layers, and units in each.
DEPTH: Final = 3
WIDTH: Final = 64
#: The log-variance of the noise lies between minus and plus this.
LARGEST_LOG_VARIANCE: Final = 10.0
#: Prior of the mean log-variance over all points: normal around that of a noise of 0.01, with this variance.
PRIOR_LOG_VARIANCE: Final = math.log(1e-4)
PRIOR_SPREAD: Final = 0.01

#: Rows of the last layer: parameters of the basis functions, asymptote, noise, logits of the mixture.
ASYMPTOTE: Final = N_PARAMETERS
NOISE: Final = ASYMPTOTE + 1
LOGITS: Final = NOISE + 1
N_OUTPUTS: Final = LOGITS + N_FAMILIES


@dataclass(frozen=True, eq=False)
class Points:
    """Observed scores, one by one.

    Attributes
    ----------
    features : ndarray, shape (p, n)
        Standardised features of each point's configuration.
    time : ndarray, shape (n,)
        Share of the epochs, in (0, 1].
    scores : ndarray, shape (n,)
        On the scale from 0 to 1.
    """

    features: Floats
    time: Floats
    scores: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, rows: npt.NDArray[np.int64]) -> Points:
        """Return some of the points."""
        return Points(self.features[:, rows], self.time[rows], self.scores[rows])


class Outputs(NamedTuple):
    """What the network says of n points.

    Attributes
    ----------
    mean, log_variance : ndarray, shape (n,)
        Of the observed score, on the scale from 0 to 1.
    """

    mean: Floats
    log_variance: Floats


class LCNetwork:
    """Three layers of 64 tanh units, and a layer of basis functions on top.

    The network turns features into 13 parameters of :func:`~simlab.predictors.lcnet_basis.basis_functions`,
    their 5 mixture weights, an asymptote and the noise. The mean at time t is the asymptote plus the mixture
    of the basis functions at t; they vanish at t = 1, so the asymptote is the final score. Parameters,
    asymptote and noise pass a logistic function, the weights a softmax.

    All parameters lie in one vector, so that a sampler can move them together. A bias is the last column of
    its layer's matrix. Buffers for n points are kept from call to call.

    Parameters
    ----------
    n_features : int
        May be 0: then all configurations are alike.
    n_points : int
        Points of each call.
    dtype : dtype

    Examples
    --------
    >>> network = LCNetwork(n_features=2, n_points=3)
    >>> network.n_parameters
    9812
    >>> parameters = network.initial(np.random.default_rng(0))
    >>> outputs = network.forward(parameters, np.zeros((2, 3)), np.array([0.1, 0.5, 1.0]))
    >>> outputs.mean.round(2)
    array([0.26, 0.44, 0.5 ])
    """

    def __init__(self, n_features: int, n_points: int, dtype: npt.DTypeLike = np.float64) -> None:
        widths = [n_features, *[WIDTH] * DEPTH, N_OUTPUTS]
        self._shapes = [(after, before + 1) for before, after in pairwise(widths)]
        self._dtype = np.dtype(dtype)
        self._inputs = [np.ones((before + 1, n_points), dtype) for before in widths[:-1]]
        self._raw = np.empty((N_OUTPUTS, n_points), dtype)
        self._errors = [np.empty((after, n_points), dtype) for after in widths[1:]]
        self._slope = np.empty((WIDTH, n_points), dtype)
        self._precisions = [np.append(np.full(before, before), 1).astype(dtype) for before in widths[:-1]]
        self._prior = [np.empty(shape, dtype) for shape in self._shapes]

    @property
    def n_parameters(self) -> int:
        """Length of the vector of parameters."""
        return sum(math.prod(shape) for shape in self._shapes)

    def layers(self, vector: Floats) -> list[Floats]:
        """Return views of a vector as the layers' matrices, each of shape (units, units before + 1)."""
        ends = np.cumsum([math.prod(shape) for shape in self._shapes])
        parts = np.split(vector, ends[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def initial(self, rng: np.random.Generator) -> Floats:
        """Draw start values as the authors do: variance 1 / inputs, no bias, equal mixture weights."""
        vector = np.zeros(self.n_parameters, self._dtype)
        layers = self.layers(vector)
        for layer in layers:
            n_inputs = layer.shape[1] - 1
            layer[:, :-1] = rng.standard_normal((len(layer), n_inputs)) / math.sqrt(max(n_inputs, 1))
        layers[-1][LOGITS:, :-1] = 0.01
        return vector

    def forward(self, parameters: Floats, features: Floats, time: Floats) -> Outputs:
        """Return mean and log-variance of the score.

        Parameters
        ----------
        parameters : ndarray, shape (n_parameters,)
        features : ndarray, shape (n_features, n)
            Standardised.
        time : ndarray, shape (n,)
            Share of the epochs, in (0, 1].
        """
        self._propagate(self.layers(parameters), features)
        outputs = Outputs(np.empty_like(self._raw[0]), np.empty_like(self._raw[0]))
        read_outputs(self._raw, time, *outputs)
        return outputs

    def gradient(self, layers: list[Floats], points: Points, scale: float, out: list[Floats]) -> None:
        """Write the gradient of the potential: minus the logarithm of the posterior, estimated on n points.

        The likelihood of a point is normal. So is the prior, with variance 1 for a bias and 1 / inputs for a
        weight: as the start values have it, so that a unit's input is of the order of 1 whatever the width.

        Parameters
        ----------
        layers : list of ndarray
            The parameters, as :meth:`layers` returns them.
        points : Points
        scale : float
            Points in all for each of these.
        out : list of ndarray
            Where to write, as :meth:`layers` returns it.
        """
        self._propagate(layers, points.features)
        _output_errors(self._raw, points.time, points.scores, scale, self._errors[-1])
        for number in range(DEPTH, -1, -1):
            error, entering = self._errors[number], self._inputs[number]
            np.matmul(error, entering.T, out=out[number])
            np.multiply(layers[number], self._precisions[number], out=self._prior[number])
            out[number] += self._prior[number]
            if number:
                below, activation = self._errors[number - 1], entering[:-1]
                np.matmul(layers[number][:, :-1].T, error, out=below)
                np.multiply(activation, activation, out=self._slope)
                np.subtract(1, self._slope, out=self._slope)
                below *= self._slope

    def _propagate(self, layers: list[Floats], features: Floats) -> None:
        self._inputs[0][:-1] = features
        for number in range(DEPTH):
            activation = self._inputs[number + 1][:-1]
            np.matmul(layers[number], self._inputs[number], out=activation)
            np.tanh(activation, out=activation)
        np.matmul(layers[-1], self._inputs[-1], out=self._raw)


class _Head(NamedTuple):
    """What the last layer's outputs at one point mean."""

    squashed: Floats  # parameters, asymptote, noise: each in (0, 1)
    weights: Floats
    values: Floats  # of the basis functions
    slopes: Floats


@nan_aware
def _evaluate(raw: Floats, time: float, head: _Head) -> float:
    """Read outputs of the last layer, shape (20,); return the mixture of the basis functions."""
    for row in range(LOGITS):
        head.squashed[row] = logistic(raw[row])
    basis_functions(head.squashed, time, head.values, head.slopes)
    total, mixture = 0.0, 0.0
    largest = np.max(raw[LOGITS:])
    for family in range(N_FAMILIES):
        head.weights[family] = math.exp(raw[LOGITS + family] - largest)
        total += head.weights[family]
        mixture += head.weights[family] * head.values[family]
    for family in range(N_FAMILIES):
        head.weights[family] /= total
    return mixture / total


@nan_aware
def _empty_head() -> _Head:
    return _Head(np.empty(LOGITS), np.empty(N_FAMILIES), np.empty(N_FAMILIES), np.empty(N_PARAMETERS))


@nan_aware
def read_outputs(raw: Floats, time: Floats, mean: Floats, log_variance: Floats) -> None:
    """Write mean and log-variance, from the last layer's outputs, shape (20, n)."""
    head = _empty_head()
    for point in range(len(time)):
        mixture = _evaluate(raw[:, point], time[point], head)
        mean[point] = head.squashed[ASYMPTOTE] + mixture
        log_variance[point] = LARGEST_LOG_VARIANCE * (2 * head.squashed[NOISE] - 1)


@nan_aware
def _output_errors(raw: Floats, time: Floats, scores: Floats, scale: float, errors: Floats) -> None:
    """Write the derivative of the potential with respect to the last layer's outputs, shape (20, n)."""
    head = _empty_head()
    squashed, weights = head.squashed, head.weights
    for point in range(len(time)):
        mixture = _evaluate(raw[:, point], time[point], head)
        log_variance = LARGEST_LOG_VARIANCE * (2 * squashed[NOISE] - 1)
        miss = squashed[ASYMPTOTE] + mixture - scores[point]
        by_mean = scale * miss * math.exp(-log_variance)
        by_log_variance = 0.5 * (scale - by_mean * miss)
        by_log_variance += (log_variance - PRIOR_LOG_VARIANCE) / (PRIOR_SPREAD * len(time))
        for row in range(N_PARAMETERS):
            errors[row, point] = by_mean * weights[FAMILY_OF[row]] * head.slopes[row]
        errors[ASYMPTOTE, point] = by_mean
        errors[NOISE, point] = by_log_variance * 2 * LARGEST_LOG_VARIANCE
        for row in range(LOGITS):
            errors[row, point] *= squashed[row] * (1 - squashed[row])
        for family in range(N_FAMILIES):
            errors[LOGITS + family, point] = by_mean * weights[family] * (head.values[family] - mixture)
