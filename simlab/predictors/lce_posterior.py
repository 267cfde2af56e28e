"""The posterior of a weighted sum of families, and the moves that sample it.

Most proposals are refused, and most of those early: the log-likelihood is a constant of sigma minus a sum of
squares, so the acceptance leaves room for so many squares and no more. The two points on which the prior
depends come first, then the last three, and a proposal refused by them is not evaluated at the others. The
decisions are those of a full evaluation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import inlined, nan_aware
from simlab.predictors.lce_families import family_values
from simlab.predictors.vector_math import log

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.uintp]

_HALF_LOG_2PI = 0.9189385332046727
#: Largest value a family may take at the horizon, as in the original.
_HIGHEST_END = 100.0
#: Points, after the two that the prior takes, at which the squares are looked at.
_FIRST_LOOK = 3


class Problem(NamedTuple):
    """One curve to extrapolate.

    A walker is a row: the families' parameters one after the other, then sigma, then one weight for each
    family. The points are the horizon (with weight 0), then epoch 2, then the other observed epochs, the last
    one first.

    Attributes
    ----------
    families : ndarray of int, shape (k,)
        Which families.
    places : ndarray of int, shape (k + 1,)
        The place of each one's first parameter in a walker, then that of sigma.
    axis : ndarray, shape (4, t + 1)
        The epochs, as :func:`simlab.predictors.lce_families.time_axis` gives them.
    scores, recency : ndarray, shape (t + 1,)
        Observed scores, and the weights of their log-likelihoods.
    importance : float
        Sum of these weights.
    """

    families: Integers
    places: Integers
    axis: Floats
    scores: Floats
    recency: Floats
    importance: float


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
    squares, ends = _sums_of_squares(problem, walkers, np.full(len(walkers), np.inf))
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
    squares, ends = _sums_of_squares(problem, proposed, room)
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
    sigma, lowest = problem.places[-1], np.zeros(len(walkers))
    for place in range(sigma + 1, walkers.shape[1]):
        for walker in range(len(walkers)):
            lowest[walker] = min(lowest[walker], walkers[walker, place])
    highest = np.empty(len(walkers))
    for walker in range(len(walkers)):
        density = -problem.importance * (log(walkers[walker, sigma]) + _HALF_LOG_2PI)
        highest[walker] = density if lowest[walker] == 0 else np.nan
    return highest


@nan_aware
def _sums_of_squares(problem: Problem, walkers: Floats, room: Floats) -> tuple[Floats, Floats]:
    """Return weighted sums of squares, and the curves' ends.

    A sum that leaves no room is not completed; outside the prior's support it is infinite or NaN.
    """
    n_points, squares = len(problem.scores), np.zeros(len(room))
    ends, seconds = _prior(problem, walkers, _with_room(squares, room))
    for walker in range(len(room)):
        squares[walker] = problem.recency[1] * (problem.scores[1] - seconds[walker]) ** 2
    middle = min(2 + _FIRST_LOOK, n_points)
    _add_squares(problem, walkers, _with_room(squares, room), 2, middle, squares)
    if middle < n_points:
        _add_squares(problem, walkers, _with_room(squares, room), middle, n_points, squares)
    return squares, ends


@nan_aware
def _with_room(squares: Floats, room: Floats) -> Indices:
    chosen, n = np.empty(len(room), np.uintp), 0  # an unsigned index never counts from the end
    for walker in range(len(room)):
        chosen[n] = walker
        n += squares[walker] < room[walker]
    return chosen[:n]


@nan_aware
def _prior(problem: Problem, walkers: Floats, chosen: Indices) -> tuple[Floats, Floats]:
    """Return curves at the horizon and at epoch 2; NaN outside the support, and where not chosen.

    No family may fall from epoch 2 to the horizon, nor end below 0 or above 100. Walkers of whom one does are
    left out of the families that follow.
    """
    n = len(walkers)
    ends, seconds, total = np.zeros(n), np.zeros(n), np.zeros(n)
    owners, lanes, values = np.empty(2 * n, np.uintp), np.empty((8, 2 * n)), np.empty(2 * n)
    for number in range(len(problem.families)):
        m, kept, weights = len(chosen), 0, problem.places[-1] + 1 + number
        for index in range(m):
            owners[index], owners[m + index] = chosen[index], chosen[index]
            for row in range(4):
                lanes[4 + row, index] = problem.axis[row, 0]
                lanes[4 + row, m + index] = problem.axis[row, 1]
        _evaluate_family(problem, walkers, number, owners[: 2 * m], lanes, values[: 2 * m])
        for index in range(m):
            walker, end, second = chosen[index], values[index], values[m + index]
            ends[walker] += walkers[walker, weights] * end
            seconds[walker] += walkers[walker, weights] * second
            total[walker] += walkers[walker, weights]
            inside = (second <= end) & (end >= 0) & (end <= _HIGHEST_END)
            if not inside:
                total[walker] = np.nan
            chosen[kept] = walker
            kept += inside
        chosen = chosen[:kept]
    return ends / total, seconds / total


@nan_aware
def _add_squares(  # noqa: PLR0917  # compiled functions know positions only
    problem: Problem, walkers: Floats, chosen: Indices, first: int, last: int, squares: Floats
) -> None:
    """Add the squares of the points from ``first`` up to ``last``, one lane for each walker and point."""
    n, n_lanes = len(chosen), (last - first) * len(chosen)
    owners, lanes, values = np.empty(n_lanes, np.uintp), np.empty((8, n_lanes)), np.empty(n_lanes)
    for point in range(last - first):
        for index in range(n):
            owners[point * n + index] = chosen[index]
            for row in range(4):
                lanes[4 + row, point * n + index] = problem.axis[row, first + point]
    curves, total = np.zeros(n_lanes), np.zeros(n_lanes)
    for number in range(len(problem.families)):
        _evaluate_family(problem, walkers, number, owners, lanes, values)
        weights = problem.places[-1] + 1 + number
        for lane in range(n_lanes):
            total[lane] += walkers[owners[lane], weights]
            curves[lane] += walkers[owners[lane], weights] * values[lane]
    for point in range(last - first):
        score, importance = problem.scores[first + point], problem.recency[first + point]
        for lane in range(point * n, (point + 1) * n):
            squares[owners[lane]] += importance * (score - curves[lane] / total[lane]) ** 2


@inlined
def _evaluate_family(  # noqa: PLR0917  # compiled functions know positions only
    problem: Problem, walkers: Floats, number: int, owners: Indices, lanes: Floats, values: Floats
) -> None:
    """Fill in one family's values; lanes hold room for four parameters, then the time axis."""
    first = problem.places[number]
    for parameter in range(problem.places[number + 1] - first):
        for lane in range(len(owners)):
            lanes[parameter, lane] = walkers[owners[lane], first + parameter]
    family_values(problem.families[number], lanes[:4], lanes[4:], values)
