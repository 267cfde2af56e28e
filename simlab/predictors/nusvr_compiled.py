"""The default engine of nu-SVR: a compiled solver that ends exactly."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning

from simlab.predictors import nusvr_solver
from simlab.predictors.regressor import Settings

Floats = npt.NDArray[np.float64]


#: Largest violation of the optimality conditions, in units of the target's standard deviation. As the solver
#: ends exactly, this costs 5 % more than 1e-6.
TOLERANCE = 1e-9
#: Steps of SMO after which a solution is left as it is.
MAX_ITERATIONS = 1_000_000


class CompiledEngine:
    """Solves with :mod:`simlab.predictors.nusvr_solver`, in a search as in a final fit down to rounding.

    Examples
    --------
    >>> gram, targets = np.eye(3), np.array([0.0, 1.0, 5.0])
    >>> weights, intercept = CompiledEngine().solve(gram, targets, {"C": 1.0, "nu": 2 / 3}, patience=1)
    >>> weights.round(3), round(intercept, 3)
    (array([-1.,  0.,  1.]), 1.75)
    """

    def search(
        self, within: Floats, across: Floats, targets: Floats, settings: Sequence[Settings], patience: int
    ) -> Floats:
        """Predict held-out rows at each setting."""
        if np.ptp(targets) == 0:  # any weights would do
            return np.full((len(settings), across.shape[1]), targets[0])
        predicted = np.empty((len(settings), across.shape[1]))
        unconverged = nusvr_solver.search(
            np.ascontiguousarray(within),
            np.ascontiguousarray(across),
            targets,
            np.argsort(-targets, kind="stable"),
            np.array([[one["C"], one["nu"], one.get("gamma", 0.0)] for one in settings]),
            TOLERANCE,
            patience,
            MAX_ITERATIONS,
            predicted,
        )
        _warn(unconverged)
        return predicted

    def solve(
        self,
        gram: Floats,
        targets: Floats,
        settings: Settings,
        patience: int,
        guess: Floats | None = None,
    ) -> tuple[Floats, float]:
        """Solve one problem, from a guess at its weights where there is one."""
        weights = np.zeros(len(targets)) if guess is None else guess / settings["C"]
        if np.ptp(targets) == 0:
            return np.zeros(len(targets)), float(targets[0])
        if guess is not None:
            patience = min(patience, len(targets) // 20)  # close to the optimum, Newton steps are faster
        residuals = targets - settings["C"] * (gram @ weights)
        converged, intercept = nusvr_solver.solve(
            np.ascontiguousarray(gram),
            targets,
            np.argsort(-residuals, kind="stable"),
            settings["C"],
            float(settings["nu"]),
            TOLERANCE,
            patience,
            MAX_ITERATIONS,
            weights,
        )
        _warn(not converged)
        return weights, intercept


def _warn(unconverged: int) -> None:
    for _ in range(unconverged):
        warnings.warn("a nu-SVR was left before its optimum", ConvergenceWarning, stacklevel=3)
