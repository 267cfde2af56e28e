"""The posterior of a weighted sum of families, and the moves that sample it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import compiled, nan_aware
from simlab.predictors.lce_squares import Problem, sums_of_squares
from simlab.predictors.vector_math import log

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.uintp]

_HALF_LOG_2PI = 0.9189385332046727


class Ensemble(NamedTuple):
    """The walkers, which moves change in place.

    Attributes
    ----------
    walkers : ndarray, shape (n, d)
    log_probability : ndarray, shape (n,)
        Log posterior density up to a constant; ``-inf`` outside the prior's support, or where the density is
        not a number.
    ends : ndarray, shape (n,)
        Each walker's curve at the horizon; NaN where the density is 0.
    """

    walkers: Floats
    log_probability: Floats
    ends: Floats


@nan_aware
def evaluate(problem: Problem, walkers: Floats) -> Ensemble:
    """Evaluate every walker, shape (n, d)."""
    squares, ends = sums_of_squares(problem, walkers, np.full(len(walkers), np.inf))
    sigmas = walkers[:, problem.places[-1]]
    log_probability = _highest_densities(problem, walkers) - 0.5 * squares / sigmas**2
    for walker in range(len(walkers)):
        if not abs(log_probability[walker]) < np.inf:
            log_probability[walker], ends[walker] = -np.inf, np.nan
    return Ensemble(walkers, log_probability, ends)


@nan_aware
def advance(problem: Problem, ensemble: Ensemble, uniform: Floats, draws: Floats) -> int:
    """Move the whole ensemble by affine-invariant stretch moves (Goodman & Weare 2010), in place.

    Each step splits the walkers at random into halves, as emcee 3 does. The first moves along lines through
    members of the second, then the second along lines through members of the first. (Halves that stay the
    same, as in emcee 2, drift apart, and fewer useful moves are proposed.)

    Parameters
    ----------
    problem : Problem
    ensemble : Ensemble
    uniform : ndarray, shape (steps, 7, n / 2)
        Random numbers in [0, 1) of each step: for the split, then for each half the stretch, the partner and
        the acceptance of each walker.
    draws : ndarray, shape (k, 2, n)
        Filled with the ends and sigmas of all walkers at k equally spaced steps; k divides the steps.

    Returns
    -------
    int
        Accepted moves, of steps * n.
    """
    half, every, accepted = uniform.shape[2], len(uniform) // len(draws), 0
    for step in range(len(uniform)):
        order = _random_order(2 * half, uniform[step, 0])
        accepted += _move(problem, ensemble, order[:half], order[half:], uniform[step, 1:4])
        accepted += _move(problem, ensemble, order[half:], order[:half], uniform[step, 4:7])
        if (step + 1) % every == 0:
            draws[step // every, 0] = ensemble.ends
            draws[step // every, 1] = ensemble.walkers[:, problem.places[-1]]
    return accepted


@nan_aware
def _random_order(n: int, uniform: Floats) -> Indices:
    """Return 0 to n - 1, shuffled so far that the first half is a random one."""
    order = np.empty(n, np.uintp)
    for index in range(n):
        order[index] = index
    for index in range(len(uniform)):
        other = index + int(uniform[index] * (n - index))
        order[index], order[other] = order[other], order[index]
    return order


@nan_aware
def _move(problem: Problem, ensemble: Ensemble, moving: Indices, others: Indices, uniform: Floats) -> int:
    """Move one half, with partners in the other."""
    proposed, needed = _propose(ensemble, moving, others, uniform)
    highest = _highest_densities(problem, proposed)
    sigmas = proposed[:, problem.places[-1]]
    room = 2 * sigmas**2 * (highest - needed)
    squares, ends = sums_of_squares(problem, proposed, room)
    accepted = 0
    for index in range(len(moving)):
        if squares[index] < room[index]:
            walker = moving[index]
            accepted += 1
            ensemble.log_probability[walker] = highest[index] - 0.5 * squares[index] / sigmas[index] ** 2
            ensemble.ends[walker] = ends[index]
            for place in range(proposed.shape[1]):
                ensemble.walkers[walker, place] = proposed[index, place]
    return accepted


@nan_aware
def _propose(ensemble: Ensemble, moving: Indices, others: Indices, uniform: Floats) -> tuple[Floats, Floats]:
    """Propose Y + z (X - Y) for walkers X and partners Y; return it with the log density it must exceed.

    The stretch z lies in [1/2, 2] with a density proportional to z**-1/2.
    """
    walkers, half, dimension = ensemble.walkers, len(moving), ensemble.walkers.shape[1]
    z, needed = np.empty(half), np.empty(half)
    for index in range(half):
        z[index] = 0.5 * (uniform[0, index] + 1) ** 2
        needed[index] = log(uniform[2, index]) - (dimension - 1) * log(z[index])
    proposed = np.empty((half, dimension))
    for index in range(half):
        walker, partner, stretch = moving[index], others[int(uniform[1, index] * half)], z[index]
        needed[index] += ensemble.log_probability[walker]
        for place in range(dimension):
            through = walkers[partner, place]
            proposed[index, place] = through + stretch * (walkers[walker, place] - through)
    return proposed, needed


@nan_aware
def _highest_densities(problem: Problem, walkers: Floats) -> Floats:
    """Return the log density of a curve through all points; NaN where sigma or a weight is below 0."""
    sigma, highest = problem.places[-1], np.empty(len(walkers))
    for walker in range(len(walkers)):
        supported = _smallest(walkers[walker, sigma + 1 :]) >= 0
        highest[walker] = walkers[walker, sigma] if supported else np.nan
    for walker in range(len(walkers)):
        highest[walker] = -problem.importance * (log(highest[walker]) + _HALF_LOG_2PI)
    return highest


@compiled
def _smallest(row: Floats) -> float:
    smallest: float = row[0]
    for value in row:
        smallest = min(smallest, value)
    return smallest
