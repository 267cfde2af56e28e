"""Networks of LC-Net, sampled from their posterior by stochastic gradient Hamiltonian Monte Carlo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.errors import SettingError
from simlab.predictors.lcnet_network import LCNetwork, Points
from simlab.predictors.sghmc import SGHMC

Floats = npt.NDArray[np.floating[Any]]

#: Points of a minibatch, and moves between two networks that are kept.
BATCH, THINNING = 20, 100
#: Half the time of double precision; rounding is far below the noise of a minibatch.
PRECISION = np.float32


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


def check_settings(steps: int, discard: int, random_state: int) -> None:
    """Raise SettingError where a setting of the sampler is out of range."""
    if steps % THINNING or discard % THINNING or not 0 < discard < steps:
        raise SettingError(
            f"steps and discard must be multiples of {THINNING} with 0 < discard < steps, "
            f"not {steps} and {discard}"
        )
    if random_state < 0:
        raise SettingError(f"random_state must be 0 or larger, not {random_state}")


def sample_networks(points: Points, steps: int, discard: int, rng: np.random.Generator) -> Posterior:
    """Sample the posterior of the network's parameters.

    Parameters
    ----------
    points : Points
    steps, discard : int
        As in :class:`~simlab.predictors.lcnet.LCNet`.
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
