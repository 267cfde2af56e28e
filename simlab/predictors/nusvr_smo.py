"""Sequential minimal optimisation of nu-SVR: move the pair of weights that gains most, again and again.

References
----------
Fan, Chen, Lin. Working set selection using second order information. JMLR 6 (2005).
"""

from __future__ import annotations

import numpy as np

from simlab.predictors.compiled import compiled
from simlab.predictors.nusvr_problem import Floats, Problem, position, set_barrier, set_barriers, violation


@compiled
def move_pairs(problem: Problem, limit: int) -> int:
    """Move pairs of weights until the optimality conditions hold; return the number of moves."""
    gram, penalty, flat, accepted, x, residuals = problem
    n = residuals.size
    up, down, gains, diagonal = np.empty((2, n)), np.empty((2, n)), np.empty(n), np.empty(n)
    set_barriers(x, up, down)
    for i in range(n):
        diagonal[i] = gram[i, i]
    for count in range(limit):
        side, high, low = violation(residuals, up, down)
        if high - low < accepted:
            return count
        i = position(residuals, up[side], high)
        j = best_partner(residuals, down[side], i, gram[i], diagonal, flat, gains)
        curvature = penalty * max(diagonal[i] + diagonal[j] - 2.0 * gram[i, j], flat)
        grow, shrink = 1.0 - side - x[side, i], x[side, j] + side
        step = min((residuals[i] - residuals[j]) / curvature, grow, shrink)
        x[side, i] = x[side, i] + step if step < grow else 1.0 - side
        x[side, j] = x[side, j] - step if step < shrink else -1.0 * side
        set_barrier(x, side, i, up, down)
        set_barrier(x, side, j, up, down)
        change, row, other = penalty * step, gram[i], gram[j]
        for k in range(n):
            residuals[k] -= change * (row[k] - other[k])
    return limit


@compiled
def best_partner(  # noqa: PLR0917  # compiled functions know positions only
    residuals: Floats, down: Floats, i: int, row: Floats, diagonal: Floats, flat: float, gains: Floats
) -> int:
    """Return the row whose shrinking, while row i grows, lowers the objective most, bounds aside."""
    best = 0.0
    for j in range(residuals.size):
        gap = max(0.0, residuals[i] - (residuals[j] + down[j]))
        curvature = max(flat, diagonal[i] + diagonal[j] - 2.0 * row[j])
        gains[j] = gap * gap / curvature
        best = max(best, gains[j])
    for j in range(residuals.size):
        if gains[j] == best:
            return j
    return 0
