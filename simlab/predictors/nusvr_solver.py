"""The dual problem of nu-SVR: pairs of weights first (SMO), then an active-set method that ends exactly.

The weights are kept in units of C, as ``x[side, i]``: side 0 lies in [0, 1] and pulls the prediction at row
i up, side 1 lies in [-1, 0] and pulls it down. So row i has weight C (x[0, i] + x[1, i]), each side sums to
+- nu n / 2, and C enters only as C K. With residuals r = y - C K (x[0] + x[1]), a solution is optimal where,
on either side, no x that can still grow sits at a larger residual than one that can still shrink. Both
methods descend along directions that keep the sums, and change the residuals as they go.

Compiled functions that call each other stand in one file: see :mod:`simlab.predictors.compiled`.

References
----------
Chang, Lin. Training nu-support vector regression: theory and algorithms. Neural Computation 14 (2002).
Fan, Chen, Lin. Working set selection using second order information. JMLR 6 (2005).
Nocedal, Wright. Numerical optimization (2006), Section 16.5: active-set methods.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import compiled
from simlab.predictors.vector_math import exp

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Curvature, as a share of the largest kernel value, below which a direction counts as flat: rounding alone.
FLAT = 1e-13
#: The same where all kernel values are 0, because no feature varies.
TINY = 1e-30
#: Smallest exponent of the RBF kernel: e**-300 is as good as 0, while subnormal numbers would take long.
LOWEST = -300.0
#: Rounding of a residual, as a share of what all rows together could add to it.
ROUNDING = 1e-15
#: Newton steps on the same free weights before rounding is blamed.
REFINEMENTS = 3


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
def search(  # noqa: PLR0917  # compiled functions know positions only
    within: Floats,
    across: Floats,
    targets: Floats,
    order: Integers,
    settings: Floats,
    tolerance: float,
    patience: int,
    max_iterations: int,
    predicted: Floats,
) -> int:
    """Solve one problem for each setting, and predict held-out rows.

    Parameters
    ----------
    within : ndarray, shape (n, n)
        Squared distances or inner products of the training rows.
    across : ndarray, shape (n, m)
        Those of the training rows with the held-out ones.
    targets : ndarray, shape (n,)
    order : ndarray of int, shape (n,)
        Rows by falling target.
    settings : ndarray, shape (k, 3)
        C, nu and gamma; a gamma of 0 stands for the linear kernel.
    tolerance, patience, max_iterations
        As in :func:`solve`.
    predicted : ndarray, shape (k, m)
        Filled with the predictions.

    Returns
    -------
    int
        Number of solutions left before their optimum.
    """
    n, m = across.shape
    gram, x, residuals = np.empty((n, n)), np.empty((2, n)), np.empty(n)
    nothing, values = np.zeros(n), np.empty(m)
    unconverged = 0
    for k in range(len(settings)):
        penalty, nu, gamma = settings[k]
        start(nothing, order, nu * n / 2, x)
        for i in range(n):
            set_kernel(within[i], gamma, gram[i, : i + 1])
        for i in range(n):
            for j in range(i):
                gram[j, i] = gram[i, j]
        problem = pose(gram, targets, penalty, tolerance, x, residuals)
        unconverged += not optimise(problem, patience, max_iterations)
        middle = intercept(problem)
        for j in range(m):
            predicted[k, j] = middle
        for i in range(n):
            weight = penalty * (x[0, i] + x[1, i])
            if weight != 0.0:
                set_kernel(across[i], gamma, values)
                add_multiple(predicted[k], weight, values)
    return unconverged


@compiled
def solve(  # noqa: PLR0917  # compiled functions know positions only
    gram: Floats,
    targets: Floats,
    order: Integers,
    penalty: float,
    nu: float,
    tolerance: float,
    patience: int,
    max_iterations: int,
    weights: Floats,
) -> tuple[bool, float]:
    """Solve one problem.

    Parameters
    ----------
    gram : ndarray, shape (n, n)
        Kernel values between the training rows.
    targets : ndarray, shape (n,)
    order : ndarray of int, shape (n,)
        Rows by falling residual at the guess.
    penalty, nu : float
    tolerance : float
        Largest violation of the optimality conditions, in units of the target, where rounding allows it.
    patience : int
        Steps of SMO before the active-set method takes over; more should that fail.
    max_iterations : int
        Steps of SMO after which a solution is left as it is.
    weights : ndarray, shape (n,)
        A guess in units of C; filled with the solution.

    Returns
    -------
    converged : bool
    intercept : float
    """
    n = targets.size
    x, residuals = np.empty((2, n)), np.empty(n)
    start(weights, order, nu * n / 2, x)
    problem = pose(gram, targets, penalty, tolerance, x, residuals)
    converged = optimise(problem, patience, max_iterations)
    for i in range(n):
        weights[i] = penalty * (x[0, i] + x[1, i])
    return converged, intercept(problem)


@compiled
def set_kernel(products: Floats, gamma: float, values: Floats) -> None:
    """Turn squared distances into values of the RBF kernel; keep inner products, where gamma is 0."""
    if gamma == 0.0:
        for k in range(values.size):
            values[k] = products[k]
    else:
        for k in range(values.size):
            values[k] = exp(max(LOWEST, -gamma * products[k]))


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
def optimise(problem: Problem, patience: int, max_iterations: int) -> bool:
    """Improve the solution until it is optimal, and return True; return False at the cap on steps."""
    n, spent, allowed = problem.residuals.size, 0, min(patience, max_iterations)
    while True:
        used = move_pairs(problem, allowed)
        if used < allowed:
            return True
        spent += used
        if spent >= max_iterations:
            return False
        if move_free(problem):
            return True
        allowed = min(max(2 * allowed, n), max_iterations - spent)


@compiled
def start(guess: Floats, order: Integers, total: float, x: Floats) -> None:
    """Split a guess into its sides and bring them to the sums +- ``total``.

    What is missing goes to the rows whose residuals ask for it most. From a guess of zeros this is the
    optimum for a vanishing C: the nu n / 2 largest targets get +C and the smallest -C, the last a fraction.
    """
    n = guess.size
    for side in range(2):
        missing = total if side == 0 else -total
        for i in range(n):
            x[side, i] = min(max(guess[i], -1.0 * side), 1.0 - side)
            missing -= x[side, i]
        for k in range(n):
            if missing > 0.0:
                i = order[k]
                added = min(missing, 1.0 - side - x[side, i])
            else:
                i = order[n - 1 - k]
                added = max(missing, -1.0 * side - x[side, i])
            x[side, i] += added
            missing -= added


@compiled
def add_multiple(vector: Floats, factor: float, other: Floats) -> None:
    """Add a multiple of another vector."""
    for k in range(vector.size):
        vector[k] += factor * other[k]


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


# --- SMO: move the pair of weights that gains most, again and again -----------------------------------------


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


# --- Active set: Newton steps on the weights between their bounds -------------------------------------------


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
