"""One curve extrapolated: least-squares fits, Markov chains that start from them, and what the chains say."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simlab.predictors.lce_families import FAMILIES, family_values, time_axis
from simlab.predictors.lce_least_squares import fit_family
from simlab.predictors.lce_posterior import Ensemble, advance, evaluate
from simlab.predictors.lce_squares import Problem

Floats = npt.NDArray[np.float64]

#: Steps between two draws that are kept, as in the original.
THINNING = 10
#: Steps for which random numbers are drawn at a time.
_CHUNK = 500
_START_WEIGHT, _START_SPREAD = 10.0, 1e-6
#: Families in the order of evaluation: the sooner the prior refuses a proposal, the less it costs.
_MOST_REFUSED_FIRST = (10, 8, 9, 1, 7, 5, 2, 4, 0, 3, 6)


@dataclass(frozen=True)
class Chains:
    """Length and seed of the Markov chains.

    Attributes
    ----------
    walkers : int
        Members of the ensemble, an even number.
    steps, discard : int
        Moves of the ensemble, and how many of them come before the first draw that counts.
    random_state : int
    """

    walkers: int
    steps: int
    discard: int
    random_state: int

    def generator(self, scores: Floats, horizon: int) -> np.random.Generator:
        """Return the random numbers for one curve: they depend on the seed, its scores and the horizon."""
        key = f"{self.random_state} {horizon} ".encode() + np.ascontiguousarray(scores, dtype="<f8").tobytes()
        return np.random.default_rng(int.from_bytes(hashlib.blake2b(key, digest_size=16).digest(), "big"))


@dataclass(frozen=True, eq=False)
class Extrapolation:
    """What is said of y_T, on the accuracy-like scale.

    Attributes
    ----------
    draws : ndarray, shape (m,)
        Of the posterior predictive distribution, the noise of a single observation included.
    mean, sigma : float
        Of that distribution: the mean of the curves' ends, in which the noise has no part, as in the
        original, and the standard deviation by the law of total variance. Where few points leave the noise
        without a bound, the mean of the draws themselves would be noise.
    families : tuple of str
        Those whose least-squares fit the prior supports; the chains combine these.
    acceptance : float
        Share of the moves that were accepted.
    effective_samples : float
        Independent draws that would tell the mean of the curve's end as well as these.
    n_lost : int
        Draws left out because their walker never reached the prior's support.
    """

    draws: Floats
    mean: float
    sigma: float
    families: tuple[str, ...]
    acceptance: float
    effective_samples: float
    n_lost: int


def extrapolate(scores: Floats, horizon: int, chains: Chains) -> Extrapolation | None:
    """Extrapolate one curve to the horizon.

    Parameters
    ----------
    scores : ndarray, shape (t,), t >= 3
        Observed scores on an accuracy-like scale.
    horizon : int
        Epoch T.
    chains : Chains

    Returns
    -------
    Extrapolation or None
        None where the prior supports the fit of no family, as may happen on a curve that falls, or no walker
        has reached its support.

    Examples
    --------
    >>> rising = np.array([0.2, 0.35, 0.42, 0.47, 0.49, 0.52])
    >>> found = extrapolate(rising, 20, Chains(walkers=100, steps=500, discard=100, random_state=0))
    >>> bool(0.5 < np.median(found.draws) < 0.75)
    True
    """
    started = starting_point(scores, horizon)
    if started is None:
        return None
    problem, start = started
    random = chains.generator(scores, horizon)
    n = chains.walkers
    spread = _START_SPREAD * random.standard_normal((n, len(start)))
    ensemble: Ensemble = evaluate(problem, start + spread)
    recorded, accepted = np.empty((chains.steps // THINNING, 2, n)), 0
    for first in range(0, chains.steps, _CHUNK):
        uniform = random.random((min(_CHUNK, chains.steps - first), 7, n // 2))
        chunk = slice(first // THINNING, (first + len(uniform)) // THINNING)
        accepted += advance(problem, ensemble, uniform, recorded[chunk])
    ends, sigmas = np.moveaxis(recorded[chains.discard // THINNING :], 1, 0)
    noise = random.standard_normal(ends.shape)
    known = np.isfinite(ends)
    if not known.any():
        return None
    return Extrapolation(
        draws=(ends + sigmas * noise)[known],
        mean=float(ends[known].mean()),
        sigma=math.hypot(ends[known].std(), _root_mean_square(sigmas[known])),
        families=tuple(FAMILIES[family].name for family in problem.families),
        acceptance=accepted / (chains.steps * n),
        effective_samples=effective_samples(ends[:, known.all(axis=0)]),
        n_lost=int(np.sum(~known)),
    )


def _root_mean_square(values: Floats) -> float:
    """Return it without the square of a large value, which may have no number."""
    largest = float(values.max())
    return largest * float(np.sqrt(np.mean((values / largest) ** 2)))


def recency_weights(n: int) -> Floats:
    """Return the weights 10**(j / n) of n observations j = 0, 1, ...: a late one counts up to ten times more.

    Examples
    --------
    >>> recency_weights(2).round(3)
    array([1.   , 3.162])
    """
    weights: Floats = 10 ** (np.arange(n) / n)
    return weights


def starting_point(scores: Floats, horizon: int) -> tuple[Problem, Floats] | None:
    """Fit each family by itself, and combine those that the prior supports with equal weights.

    Returns
    -------
    problem : Problem
    start : ndarray, shape (d,)
        Their parameters, the standard deviation of the residuals of their mean, and equal weights. None where
        there is no such family.
    """
    n = len(scores)
    weights = recency_weights(n)
    axis = time_axis(np.append(np.arange(1.0, n + 1), float(horizon)))
    families, parameters, curves = [], [], []
    for family in _MOST_REFUSED_FIRST:
        initial = np.array(list(FAMILIES[family].start.values()))
        fitted, _ = fit_family(family, initial, axis[:n], scores, np.sqrt(weights))
        curve = np.empty((n, 1))
        family_values(family, 1, np.resize(fitted, (4, 1)), 0, axis[:n], curve)
        alone = evaluate(_problem([family], axis, scores, weights), _walker([fitted], 1.0))
        if np.isfinite(alone.ends[0]):
            families.append(family)
            parameters.append(fitted)
            curves.append(curve[:, 0])
    if not families:
        return None
    sigma = float(np.std(scores - np.mean(curves, axis=0)))
    return _problem(families, axis, scores, weights), _walker(parameters, sigma)[0]


def _walker(parameters: list[Floats], sigma: float) -> Floats:
    row = np.concatenate([*parameters, [sigma], np.full(len(parameters), _START_WEIGHT)])
    return row[None]


def _problem(families: list[int], axis: Floats, scores: Floats, weights: Floats) -> Problem:
    """Put the points in order: the horizon, epoch 2, then the others, the last one first."""
    n = len(scores)
    order = np.array([n, 1, *range(n - 1, 1, -1), 0])
    sizes = [len(FAMILIES[family].start) for family in families]
    return Problem(
        families=np.array(families),
        places=np.cumsum([0, *sizes]),
        axis=axis[order],
        scores=np.append(scores, 0.0)[order],
        recency=np.append(weights, 0.0)[order],
        importance=float(weights.sum()),
    )


def effective_samples(series: Floats) -> float:
    """Return how many independent draws the walkers' series are worth.

    Their integrated autocorrelation time is summed up to the first lag beyond five times its value (Sokal
    1997), with the mean and variance of all walkers together, so that walkers that stay apart count.

    Parameters
    ----------
    series : ndarray, shape (k, n)
        k draws of n walkers.

    Examples
    --------
    >>> independent = np.random.default_rng(0).standard_normal((200, 50))
    >>> bool(9_000 < effective_samples(independent) <= 10_000)
    True
    """
    k, n = series.shape
    if n == 0:
        return 0.0
    deviations = series - series.mean()
    spectrum = np.fft.rfft(deviations, 2 * k, axis=0)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, 2 * k, axis=0)[:k].mean(axis=1)
    if not covariance[0] > 0:
        return 0.0
    times = 2 * np.cumsum(covariance / covariance[0]) - 1
    window = int(np.argmax(np.arange(k) >= 5 * times)) or k - 1
    return float(k * n / max(times[window], 1.0))
