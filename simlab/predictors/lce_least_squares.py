"""Where the chains start: each family fitted to the observed scores by weighted least squares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import nan_aware
from simlab.predictors.lce_families import LANES, family_values

Floats = npt.NDArray[np.float64]

_MAX_ITERATIONS = 200
_TOLERANCE = 1e-12
_LARGEST_DAMPING = 1e12
_STEP = 1.4901161193847656e-08  # of the finite differences, as MINPACK: the root of the rounding error


@nan_aware
def fit_family(
    family: int, start: Floats, axis: Floats, scores: Floats, roots: Floats
) -> tuple[Floats, float]:
    """Fit one family by Levenberg's and Marquardt's method.

    Ends after 200 iterations, or once one gains less than a share of 1e-12. With more parameters than points
    the solution is one of many, near the start.

    Parameters
    ----------
    family : int
    start : ndarray, shape (p,)
        Parameters to start from.
    axis : ndarray, shape (t, 4)
        The observed epochs, as :func:`simlab.predictors.lce_families.time_axis` gives them.
    scores, roots : ndarray, shape (t,)
        Observed scores, and square roots of their weights.

    Returns
    -------
    parameters : ndarray, shape (p,)
    squares : float
        The weighted sum of squares; NaN where the start itself is outside the family's domain.

    Examples
    --------
    >>> from simlab.predictors.lce_families import time_axis
    >>> epochs = np.arange(1.0, 9.0)
    >>> scores = 0.9 - 0.5 * epochs**-0.7  # pow3
    >>> start = np.array([0.84, 0.52, 0.01])
    >>> parameters, squares = fit_family(1, start, time_axis(epochs), scores, np.ones(8))
    >>> parameters.round(4)
    array([0.9, 0.5, 0.7])
    """
    parameters, damping = start.copy(), 1e-3
    residuals = _residuals(family, parameters[None], axis, scores, roots)[0]
    squares = np.sum(residuals**2)
    for _iteration in range(_MAX_ITERATIONS):
        jacobian = _jacobian(family, parameters, residuals, axis, scores, roots)
        gained = -1.0
        while not gained >= 0 and damping < _LARGEST_DAMPING:  # NaN is no gain
            trial = parameters + _step(jacobian, residuals, damping)
            trial_residuals = _residuals(family, trial[None], axis, scores, roots)[0]
            gained = squares - np.sum(trial_residuals**2)
            damping *= 0.1 if gained >= 0 else 10.0
        if not gained >= 0:
            break
        parameters, residuals, squares = trial, trial_residuals, squares - gained
        if gained <= _TOLERANCE * squares:
            break
    return parameters, squares


@nan_aware
def _jacobian(  # noqa: PLR0917  # compiled functions know positions only
    family: int, parameters: Floats, residuals: Floats, axis: Floats, scores: Floats, roots: Floats
) -> Floats:
    """Return forward differences, shape (p, t)."""
    n = len(parameters)
    moved = np.empty((n, n))
    for one in range(n):
        moved[one] = parameters
        moved[one, one] += _STEP * (abs(parameters[one]) or 1.0)
    differences = _residuals(family, moved, axis, scores, roots) - residuals
    for one in range(n):
        differences[one] /= moved[one, one] - parameters[one]
    return differences


@nan_aware
def _residuals(family: int, candidates: Floats, axis: Floats, scores: Floats, roots: Floats) -> Floats:
    """Return weighted residuals for each row of parameters, shape (m, t)."""
    (m, n_parameters), n = candidates.shape, LANES * -(-len(candidates) // LANES)
    columns, values = np.empty((4, n)), np.empty((len(axis), n))
    for row in range(n_parameters):
        for column in range(n):
            columns[row, column] = candidates[min(column, m - 1), row]
    family_values(family, n, columns, 0, axis, values)
    residuals = np.empty((m, len(axis)))
    for candidate in range(m):
        for point in range(len(axis)):
            residuals[candidate, point] = roots[point] * (values[point, candidate] - scores[point])
    return residuals


@nan_aware
def _step(jacobian: Floats, residuals: Floats, damping: float) -> Floats:
    """Solve (J'J + damping diag(J'J)) step = -J'r; NaN where that matrix is not positive."""
    n = len(jacobian)
    normal, step = np.empty((n, n)), np.empty(n)
    for row in range(n):
        step[row] = -np.sum(jacobian[row] * residuals)
        for column in range(n):
            normal[row, column] = np.sum(jacobian[row] * jacobian[column])
        normal[row, row] += damping * max(normal[row, row], 1e-30)
    _factorise(normal)
    for row in range(n):
        for before in range(row):
            step[row] -= normal[row, before] * step[before]
        step[row] /= normal[row, row]
    for row in range(n - 1, -1, -1):
        for after in range(row + 1, n):
            step[row] -= normal[after, row] * step[after]
        step[row] /= normal[row, row]
    return step


@nan_aware
def _factorise(matrix: Floats) -> None:
    """Replace the lower triangle by Cholesky's factor."""
    for row in range(len(matrix)):
        for column in range(row + 1):
            for before in range(column):
                matrix[row, column] -= matrix[row, before] * matrix[column, before]
            if column < row:
                matrix[row, column] /= matrix[column, column]
        matrix[row, row] = np.sqrt(matrix[row, row])
