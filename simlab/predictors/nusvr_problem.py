"""The dual problem of nu-SVR: its weights, residuals and conditions of optimality.

The weights are kept in units of C, as ``x[side, i]``: side 0 lies in [0, 1] and pulls the prediction at row
i up, side 1 lies in [-1, 0] and pulls it down. So row i has weight C (x[0, i] + x[1, i]), each side sums to
+- nu n / 2, and C enters only as C K. With residuals r = y - C K (x[0] + x[1]), a solution is optimal where,
on either side, no x that can still grow sits at a larger residual than one that can still shrink.

References
----------
Chang, Lin. Training nu-support vector regression: theory and algorithms. Neural Computation 14 (2002).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import compiled

Floats = npt.NDArray[np.float64]

#: Curvature, as a share of the largest kernel value, below which a direction counts as flat: rounding alone.
FLAT = 1e-13
#: The same where all kernel values are 0, because no feature varies.
TINY = 1e-30
#: Rounding of a residual, as a share of what all rows together could add to it.
ROUNDING = 1e-15


class Problem(NamedTuple):
    """A problem and its solution so far, ``x`` and ``residuals``, which the functions below change.

    Curvature up to ``flat`` counts as none, and a violation of the optimality conditions below ``accepted``.
    """

    gram: Floats
    penalty: float
    flat: float
    accepted: float
    x: Floats
    residuals: Floats


@compiled
def pose(  # noqa: PLR0917  # compiled functions know positions only
    gram: Floats, targets: Floats, penalty: float, tolerance: float, x: Floats, residuals: Floats
) -> Problem:
    """Pose a problem, with the residuals of the solution so far."""
    n, largest = targets.size, 0.0
    for i in range(n):
        largest = max(largest, gram[i, i])
        residuals[i] = targets[i]
    for i in range(n):
        weight = penalty * (x[0, i] + x[1, i])
        if weight != 0.0:
            add_multiple(residuals, -weight, gram[i])
    rounding = ROUNDING * penalty * largest * n
    return Problem(gram, penalty, FLAT * largest + TINY, max(tolerance, rounding), x, residuals)


@compiled
def intercept(problem: Problem) -> float:
    """Return the intercept: half-way between the levels of both sides."""
    return (level(problem, 0) + level(problem, 1)) / 2


@compiled
def level(problem: Problem, side: int) -> float:
    """Return the residual at which this side's weights lie strictly between their bounds.

    Where none does, the middle of what is possible, as in libsvm (``Solver_NU::calculate_rho``).
    """
    x, residuals = problem.x[side], problem.residuals
    total, count, lowest, highest = 0.0, 0, np.inf, -np.inf
    for i in range(residuals.size):
        if x[i] >= 1 - side:
            lowest = min(lowest, residuals[i])
        elif x[i] <= -side:
            highest = max(highest, residuals[i])
        else:
            total += residuals[i]
            count += 1
    return total / count if count else (lowest + highest) / 2


@compiled
def set_barriers(x: Floats, up: Floats, down: Floats) -> None:
    """Set the barriers of every weight."""
    for side in range(2):
        for i in range(x.shape[1]):
            set_barrier(x, side, i, up, down)


@compiled
def set_barrier(x: Floats, side: int, i: int, up: Floats, down: Floats) -> None:
    """Note in ``up`` whether a weight can grow (0) or not (-inf), in ``down`` whether it can shrink."""
    up[side, i] = 0.0 if x[side, i] < 1 - side else -np.inf
    down[side, i] = 0.0 if x[side, i] > -side else np.inf


@compiled
def violation(residuals: Floats, up: Floats, down: Floats) -> tuple[int, float, float]:
    """Return the side with the larger gap, its largest residual that can grow, its smallest that can fall."""
    high, other_high, low, other_low = -np.inf, -np.inf, np.inf, np.inf
    for i in range(residuals.size):
        grow, shrink = residuals[i] + up[0, i], residuals[i] + down[0, i]
        other_grow, other_shrink = residuals[i] + up[1, i], residuals[i] + down[1, i]
        high, low = max(high, grow), min(low, shrink)
        other_high, other_low = max(other_high, other_grow), min(other_low, other_shrink)
    return (0, high, low) if high - low >= other_high - other_low else (1, other_high, other_low)


@compiled
def position(residuals: Floats, barrier: Floats, wanted: float) -> int:
    """Return the first row with the wanted residual and no barrier."""
    for i in range(residuals.size):
        if residuals[i] + barrier[i] == wanted:
            return i
    return 0


@compiled
def add_multiple(vector: Floats, factor: float, other: Floats) -> None:
    """Add a multiple of another vector."""
    for k in range(vector.size):
        vector[k] += factor * other[k]
