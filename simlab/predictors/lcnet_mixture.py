"""Mean and standard deviation of a final score about which several networks say different things."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.score_scale import Scale

Floats = npt.NDArray[np.float64]

#: A mapped normal distribution is integrated at so many nodes: exact for a linear scale.
N_NODES: Final = 9
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(N_NODES)


class Moments(NamedTuple):
    """What the mixture says of n configurations.

    Attributes
    ----------
    mean, sigma : ndarray, shape (n,)
        Of the score.
    spread, noise : ndarray, shape (n,)
        The two parts of sigma, both on the scale from 0 to 1: that of the networks' means, and the root mean
        square of their own deviations.
    """

    mean: Floats
    sigma: Floats
    spread: Floats
    noise: Floats


def moments(means: Floats, deviations: Floats, weights: Floats, scale: Scale) -> Moments:
    """Mix networks by the law of total variance.

    A network says that the score is normal on the scale from 0 to 1, so the score itself is integrated.

    Parameters
    ----------
    means, deviations : ndarray, shape (k, n) or (k,)
        Of each network's normal distribution, for n configurations or for one.
    weights : ndarray, shape (k,)
        Of the networks; they need not sum to 1.
    scale : Scale

    Examples
    --------
    >>> mixed = moments(np.array([0.4, 0.6]), np.array([0.1, 0.1]), np.ones(2), Scale(0.0, 1.0))
    >>> [round(float(part), 3) for part in mixed]
    [0.5, 0.141, 0.1, 0.1]
    """
    nodes = _WEIGHTS / _WEIGHTS.sum()
    ends = scale.score(means[..., None] + deviations[..., None] * _NODES)
    mean = np.average(ends @ nodes, axis=0, weights=weights)
    variance = np.average((ends - mean[..., None]) ** 2 @ nodes, axis=0, weights=weights)
    middle = np.average(means, axis=0, weights=weights)
    spread = np.sqrt(np.average((means - middle) ** 2, axis=0, weights=weights))
    noise = np.sqrt(np.average(deviations**2, axis=0, weights=weights))
    return Moments(mean, np.sqrt(variance), spread, noise)
