"""Solves nu-SVR: pairs of weights first (SMO), then an active-set method that ends exactly.

Both methods descend along directions that keep the sums of the weights, and change the residuals as they go.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import compiled
from simlab.predictors.nusvr_active_set import move_free
from simlab.predictors.nusvr_problem import Floats, Problem, add_multiple, intercept, pose
from simlab.predictors.nusvr_smo import move_pairs
from simlab.predictors.vector_math import exp

Integers = npt.NDArray[np.int64]

#: Smallest exponent of the RBF kernel: e**-300 is as good as 0, while subnormal numbers would take long.
LOWEST = -300.0


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
