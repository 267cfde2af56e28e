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

from simlab.predictors.compiled import compiled, inlined, nan_aware
from simlab.predictors.lce_families import LANES, family_values
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
    axis : ndarray, shape (t + 1, 4)
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


@nan_aware
def _sums_of_squares(problem: Problem, walkers: Floats, room: Floats) -> tuple[Floats, Floats]:
    """Return weighted sums of squares, and the curves' ends.

    A sum that leaves no room is not completed; outside the prior's support it is infinite or NaN.
    """
    n_points, squares = len(problem.scores), np.zeros(len(room))
    chosen = np.zeros(_whole_vectors(len(room)), np.uintp)  # an unsigned index never counts from the end
    ends, seconds, totals = _prior(problem, walkers, chosen, _with_room(squares, room, chosen))
    for walker in range(len(room)):
        squares[walker] = problem.recency[1] * (problem.scores[1] - seconds[walker]) ** 2
    middle = min(2 + _FIRST_LOOK, n_points)
    for points in ((2, middle), (middle, n_points)):
        n = _with_room(squares, room, chosen)
        _add_squares(problem, walkers, chosen, n, points, totals, squares)
    return squares, ends


@nan_aware
def _with_room(squares: Floats, room: Floats, chosen: Indices) -> int:
    """Put the walkers first that may still be accepted, and return how many they are."""
    n = 0
    for walker in range(len(room)):
        chosen[n] = walker
        n += squares[walker] < room[walker]
    return n


@nan_aware
def _prior(problem: Problem, walkers: Floats, chosen: Indices, n: int) -> tuple[Floats, Floats, Floats]:
    """Return curves at the horizon and at epoch 2, and sums of the weights.

    They are NaN outside the support, and where not chosen. No family may fall from epoch 2 to the horizon,
    nor end below 0 or above 100. Families come in groups, each twice as large as the one before; walkers of
    whom one family does are left out of the groups that follow.
    """
    k, places, axis = len(problem.families), problem.places, problem.axis[:2]
    weights = places[k] + 1
    columns, values = np.empty((walkers.shape[1], len(chosen))), np.empty((2, len(chosen)))
    sums, first = np.zeros((3, len(chosen))), 0
    while first < k:
        last, width = min(2 * first + 1, k), _whole_vectors(n)
        _pack(walkers, chosen, width, places[first], places[last], columns)
        _pack(walkers, chosen, width, weights + first, weights + last, columns)
        for number in range(first, last):
            family_values(problem.families[number], width, columns, places[number], axis, values)
            for index in range(width):
                weight, end, second = (
                    columns[weights + number, index],
                    values[0, index],
                    values[1, index],
                )
                sums[0, index] += weight * end
                sums[1, index] += weight * second
                inside = (second <= end) & (end >= 0) & (end <= _HIGHEST_END)
                sums[2, index] += weight if inside else np.nan
        n, first = _keep_supported(chosen, n, sums), last
    m = len(walkers)
    ends, seconds, totals = np.full(m, np.nan), np.full(m, np.nan), np.full(m, np.nan)
    for index in range(n):
        walker = chosen[index]
        totals[walker] = sums[2, index]
        ends[walker] = sums[0, index] / sums[2, index]
        seconds[walker] = sums[1, index] / sums[2, index]
    return ends, seconds, totals


@inlined
def _keep_supported(chosen: Indices, n: int, sums: Floats) -> int:
    """Close the gaps that walkers leave whose last sum is NaN, and return how many remain."""
    kept = 0
    for index in range(n):
        chosen[kept] = chosen[index]
        for row in range(3):
            sums[row, kept] = sums[row, index]
        kept += sums[2, index] == sums[2, index]  # NaN is not itself
    return kept


@nan_aware
def _add_squares(  # noqa: PLR0917  # compiled functions know positions only
    problem: Problem,
    walkers: Floats,
    chosen: Indices,
    n: int,
    points: tuple[int, int],
    totals: Floats,
    squares: Floats,
) -> None:
    """Add the squares of the points from the first up to the last one, for n chosen walkers."""
    (first, last), width = points, _whole_vectors(n)
    axis, weights = problem.axis[first:last], problem.places[-1] + 1
    values, curves = np.empty((last - first, width)), np.zeros((last - first, width))
    columns = np.empty((walkers.shape[1], width))
    _pack(walkers, chosen, width, 0, len(columns), columns)
    for number in range(len(problem.families)):
        family_values(problem.families[number], width, columns, problem.places[number], axis, values)
        for point in range(last - first):
            for index in range(width):
                curves[point, index] += columns[weights + number, index] * values[point, index]
    for point in range(last - first):
        score, importance = problem.scores[first + point], problem.recency[first + point]
        for index in range(n):
            walker = chosen[index]
            squares[walker] += importance * (score - curves[point, index] / totals[walker]) ** 2


@inlined
def _whole_vectors(n: int) -> int:
    """Return how many columns to evaluate for n walkers; those beyond n are walkers, too, of no interest."""
    return LANES * -(-n // LANES)


@inlined
def _pack(  # noqa: PLR0917  # compiled functions know positions only
    walkers: Floats, chosen: Indices, n: int, first: int, last: int, columns: Floats
) -> None:
    """Make columns of some places of n chosen walkers.

    Many at once: to read as a vector what was just written number by number would mean to wait.
    """
    for place in range(first, last):
        for index in range(n):
            columns[place, index] = walkers[chosen[index], place]
