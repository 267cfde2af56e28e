"""The reference engine of nu-SVR: libsvm, through scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.svm import NuSVR

from simlab.predictors.nusvr_engine import kernel
from simlab.predictors.regressor import Settings

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stopping:
    """When libsvm ends: once the optimality conditions hold within ``tolerance``, or at the cap."""

    tolerance: float
    max_iterations: int


#: While searching, libsvm's own tolerance will do. A solution cut off at the cap is scored as it is.
SEARCH = Stopping(tolerance=1e-3, max_iterations=100_000)
#: For the final and the leave-one-out fits: at 1e-3 sigma would come out up to 5 % too high.
FINAL = Stopping(tolerance=1e-5, max_iterations=1_000_000)


class LibsvmEngine:
    """Solves with libsvm, except where the optimum needs no iteration."""

    def search(
        self, within: Floats, across: Floats, targets: Floats, settings: Sequence[Settings], patience: int
    ) -> Floats:
        """Predict held-out rows at each setting, to libsvm's own tolerance."""
        predicted = np.empty((len(settings), across.shape[1]))
        for row, setting in zip(predicted, settings, strict=True):
            weights, intercept = solve(kernel(within, setting), targets, setting, SEARCH)
            row[:] = weights @ kernel(across, setting) + intercept
        return predicted

    def solve(
        self,
        gram: Floats,
        targets: Floats,
        settings: Settings,
        patience: int,
        guess: Floats | None = None,
    ) -> tuple[Floats, float]:
        """Solve one problem to the final tolerance; libsvm cannot make use of a guess."""
        return solve(gram, targets, settings, FINAL)


def solve(gram: Floats, targets: Floats, settings: Settings, stopping: Stopping) -> tuple[Floats, float]:
    """Solve one problem, as :class:`simlab.predictors.nusvr_engine.Engine` says.

    A solution cut off at the cap is returned as it is, with scikit-learn's ConvergenceWarning.
    """
    if np.ptp(targets) == 0:  # any weights would do
        return np.zeros(len(targets)), float(targets[0])
    bounded = solution_at_the_bounds(gram, targets, settings, stopping.tolerance)
    return bounded or solution_by_libsvm(gram, targets, settings, stopping)


def solution_at_the_bounds(
    gram: Floats, targets: Floats, settings: Settings, tolerance: float
) -> tuple[Floats, float] | None:
    """Return the optimum where it needs no iteration, else None.

    For a small C K the quadratic term hardly counts: the nu n / 2 largest targets get +C and the smallest -C
    (the last one on each side the remaining fraction). Accepted if it meets libsvm's own stopping rule, which
    holds for more than half of a random search with the RBF kernel.
    """
    n = len(targets)
    share = settings["nu"] * n / 2
    at_bound, above_zero = math.floor(share), math.ceil(share)
    largest_first = np.argsort(-targets, kind="stable")
    top = settings["C"] * np.clip(share - np.arange(n), 0.0, 1.0)
    weights = np.empty(n)
    weights[largest_first] = top - top[::-1]
    residuals = (targets - gram @ weights)[largest_first]
    # An a that can still grow must not sit at a larger residual than one that can still shrink; for a*, in
    # the rows at the bottom, it is the other way round.
    top_shrink, top_grow = residuals[:above_zero].min(), residuals[at_bound:].max()
    bottom_shrink, bottom_grow = residuals[n - above_zero :].max(), residuals[: n - at_bound].min()
    if max(top_grow - top_shrink, bottom_shrink - bottom_grow) >= tolerance:
        return None
    if at_bound == above_zero:  # no weight strictly between 0 and C: the middle of what is possible
        return weights, float(top_shrink + top_grow + bottom_shrink + bottom_grow) / 4
    return weights, float(residuals[at_bound] + residuals[n - above_zero]) / 2


def solution_by_libsvm(
    gram: Floats, targets: Floats, settings: Settings, stopping: Stopping
) -> tuple[Floats, float]:
    """Let libsvm iterate."""
    with config_context(assume_finite=True, skip_parameter_validation=True):
        machine = NuSVR(
            kernel="precomputed",
            C=settings["C"],
            nu=settings["nu"],
            tol=stopping.tolerance,
            max_iter=stopping.max_iterations,
        ).fit(gram, targets)
    weights = np.zeros(len(targets))
    weights[machine.support_] = machine.dual_coef_[0]
    return weights, float(machine.intercept_[0])
