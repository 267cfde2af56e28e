"""Active-set method for nu-SVR: Newton steps on the weights between their bounds, which end exactly.

References
----------
Nocedal, Wright. Numerical optimization (2006), Section 16.5: active-set methods.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import compiled
from simlab.predictors.nusvr_problem import Floats, Problem, add_multiple, position, set_barriers, violation

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Newton steps on the same free weights before rounding is blamed.
REFINEMENTS = 3


class FreeWeights(NamedTuple):
    """The weights that may take any value between their bounds.

    ``flags[side, i]`` marks them. ``base[side]`` is the row that moves the other way when another moves, so
    that the side keeps its sum; -1 where nothing is free. The ``number[0]`` others are listed as ``rows`` and
    ``sides``, with the upper triangular Cholesky factor of their curvature, and their next step.
    """

    flags: Flags
    base: Integers
    number: Integers
    rows: Integers
    sides: Integers
    factor: Floats
    step: Floats


@compiled
def move_free(problem: Problem) -> bool:
    """Step to the optimum of the free weights; fix the one that meets a bound, or free the most violating.

    Return whether the optimality conditions hold. Rounding may prevent it where the kernel is close to
    singular.
    """
    n = problem.residuals.size
    up, down = np.empty((2, n)), np.empty((2, n))
    free = FreeWeights(
        np.empty((2, n), np.bool_),
        np.empty(2, np.int64),
        np.zeros(1, np.int64),
        np.empty(n + 2, np.int64),
        np.empty(n + 2, np.int64),
        np.empty((n, n)),
        np.empty(n + 2),
    )
    for side in range(2):
        for i in range(n):
            free.flags[side, i] = -side < problem.x[side, i] < 1 - side
    stale, refinements = True, 0
    for _ in range(10 * n + 100):
        if stale:
            factorise(problem, free)
        set_step(problem, free)
        blocking = take_step(problem, free)
        if blocking >= 0:
            stale = fix(free, blocking)
            continue
        set_barriers(problem.x, up, down)
        side, high, low = violation(problem.residuals, up, down)
        if high - low < problem.accepted:
            return True
        i = position(problem.residuals, up[side], high)
        j = position(problem.residuals, down[side], low)
        if free.flags[side, i] and free.flags[side, j]:  # they should be level by now
            refinements += 1
            if refinements > REFINEMENTS:
                return False
        else:
            refinements = 0
            stale = release(problem, free, side, i, j)
    return False


@compiled
def factorise(problem: Problem, free: FreeWeights) -> None:
    """Choose the bases, list the other free weights, and factorise their curvature from scratch.

    A row that is free on both sides is the base of both: pulled up and down by the same amount it lets mass
    vanish, so that only the sum of all weights binds.
    """
    flags, base, x = free.flags, free.base, problem.x
    base[0] = base[1] = -1
    roomiest = -1.0
    for i in range(x.shape[1]):
        if flags[0, i] and flags[1, i]:
            room = min(x[0, i], 1.0 - x[0, i], -x[1, i], 1.0 + x[1, i])
            if room > roomiest:
                base[0], base[1], roomiest = i, i, room
        elif roomiest < 0.0:
            for side in range(2):
                base[side] = i if flags[side, i] else base[side]
    free.number[0] = 0
    for side in range(2):
        for i in range(x.shape[1]):
            if flags[side, i] and i != base[side] and not (side == 1 and flags[0, i]):
                append(problem, free, side, i)


@compiled
def append(problem: Problem, free: FreeWeights, side: int, i: int) -> None:
    """List another free weight, and append its column to the factor.

    Where weight a moves while its base p moves the other way, and weight b with base q likewise, the mixed
    curvature is K_ab - K_aq - K_pb + K_pq.
    """
    gram, flat = problem.gram, problem.flat
    base, rows, sides, factor = free.base, free.rows, free.sides, free.factor
    m, p, column = free.number[0], base[side], free.step[: free.number[0]]
    for a in range(m):
        b, q = rows[a], base[sides[a]]
        column[a] = gram[i, b] - gram[i, q] - gram[p, b] + gram[p, q]
    solve_transposed(factor, column)
    rest = gram[i, i] - 2.0 * gram[i, p] + gram[p, p] + flat
    for a in range(m):
        factor[a, m] = column[a]
        rest -= column[a] ** 2
    factor[m, m] = np.sqrt(max(rest, flat))
    rows[m], sides[m], free.number[0] = i, side, m + 1


@compiled
def release(problem: Problem, free: FreeWeights, side: int, i: int, j: int) -> bool:
    """Free the worse of two weights, i that should grow and j that should shrink; or say to start anew.

    Where nothing on the side is free, free both.
    """
    residuals, p = problem.residuals, free.base[side]
    if p < 0:
        free.flags[side, i] = free.flags[side, j] = True
        return True
    entering = i if residuals[i] - residuals[p] > residuals[p] - residuals[j] else j
    free.flags[side, entering] = True
    if free.flags[1 - side, entering]:
        return True
    append(problem, free, side, entering)
    return False


@compiled
def fix(free: FreeWeights, k: int) -> bool:
    """Take a weight that met its bound off the list, its column out of the factor; or say to start anew."""
    flags, _, _, rows, sides, factor, _ = free
    side, i, last = sides[k], rows[k], free.number[0] - 1
    flags[side, i] = False
    if k > last or flags[1 - side, i]:
        return True
    for a in range(k, last):
        rows[a], sides[a] = rows[a + 1], sides[a + 1]
    for a in range(last + 1):
        row = factor[a]
        for b in range(max(k, a - 1), last):
            row[b] = row[b + 1]
    for a in range(k, last):  # rotate two rows, so that what moved below the diagonal becomes 0
        row, below = factor[a], factor[a + 1]
        length = np.sqrt(row[a] ** 2 + below[a] ** 2)
        cosine, sine = row[a] / length, below[a] / length
        for b in range(a, last):
            kept = row[b]
            row[b] = cosine * kept + sine * below[b]
            below[b] = cosine * below[b] - sine * kept
    free.number[0] = last
    return False


@compiled
def solve_transposed(factor: Floats, vector: Floats) -> None:
    """Solve U' z = v in place."""
    for a in range(vector.size):
        row = factor[a]
        vector[a] /= row[a]
        for b in range(a + 1, vector.size):
            vector[b] -= row[b] * vector[a]


@compiled
def set_step(problem: Problem, free: FreeWeights) -> None:
    """Compute the step to the optimum of the free weights, bounds aside; the bases stand after the others."""
    residuals, penalty, m = problem.residuals, problem.penalty, free.number[0]
    _, base, _, rows, sides, factor, step = free
    for a in range(m):
        step[a] = (residuals[rows[a]] - residuals[base[sides[a]]]) / penalty
    solve_transposed(factor, step[:m])
    for a in range(m - 1, -1, -1):
        row, total = factor[a], step[a]
        for b in range(a + 1, m):
            total -= row[b] * step[b]
        step[a] = total / row[a]
    for side in range(2):
        total = 0.0
        for a in range(m):
            total += step[a] if sides[a] == side else 0.0
        rows[m + side], sides[m + side], step[m + side] = base[side], side, -total


@compiled
def take_step(problem: Problem, free: FreeWeights) -> int:
    """Move the free weights as far as the bounds allow; return the one that met its bound, or -1."""
    gram, penalty, _, _, x, residuals = problem
    _, _, number, rows, sides, _, step = free
    length, blocking = 1.0, -1
    for a in range(number[0] + 2):
        side, i = sides[a], rows[a]
        if step[a] != 0.0:
            room = 1.0 - side - x[side, i] if step[a] > 0.0 else x[side, i] + side
            if abs(step[a]) * length > room:
                length, blocking = room / abs(step[a]), a
    for a in range(number[0] + 2):
        side, i = sides[a], rows[a]
        if step[a] != 0.0:
            bound = 1.0 - side if step[a] > 0.0 else -1.0 * side
            moved = bound if a == blocking else x[side, i] + length * step[a]
            x[side, i] = min(max(moved, -1.0 * side), 1.0 - side)
            add_multiple(residuals, -penalty * length * step[a], gram[i])
    return blocking
