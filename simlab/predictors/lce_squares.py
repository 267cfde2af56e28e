"""How far the curves of proposed walkers are from the scores: sums of squares, given up once too large.

Most proposals are refused, and most of those early: the log-likelihood is a constant of sigma minus a sum of
squares, so the acceptance leaves room for so many squares and no more. The two points on which the prior
depends come first, then the last three, and a proposal refused by them is not evaluated at the others. The
decisions are those of a full evaluation.

The walkers still of interest become the columns of a small block, so that one instruction takes several.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import inlined, nan_aware
from simlab.predictors.lce_families import LANES, family_values

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.uintp]

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


@nan_aware
def sums_of_squares(problem: Problem, walkers: Floats, room: Floats) -> tuple[Floats, Floats]:
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
