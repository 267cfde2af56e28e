"""nu-support-vector regression with a linear or RBF kernel."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.svm import NuSVR

from simlab.predictors.regressor import Integers, Regressor, Settings
from simlab.predictors.standardiser import CONSTANT, Standardiser

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


@dataclass(frozen=True, eq=False)
class _TrainingRows:
    """Standardised features and targets."""

    standardiser: Standardiser
    features: Floats
    targets: Floats
    centre: float
    scale: float

    @classmethod
    def of(cls, features: Floats, targets: Floats) -> _TrainingRows:
        standardiser = Standardiser.of(features)
        centre, scale = float(targets.mean()), float(targets.std())
        if scale <= CONSTANT * float(np.abs(targets).max()):
            scale = 0.0
        standardised = (targets - centre) / scale if scale else np.zeros(len(targets))
        return cls(standardiser, standardiser.apply(features), standardised, centre, scale)


@dataclass(frozen=True, eq=False)
class SupportVectorModel:
    """A fitted nu-SVR: a weighted sum of kernels around the training rows, in units of the target."""

    regressor: NuSVRegressor
    settings: Settings
    rows: _TrainingRows
    weights: Floats
    intercept: float

    def predict(self, features: Floats) -> Floats:
        """Predict targets, shape (n,), from features, shape (n, p)."""
        products = self.regressor.products(self.rows.standardiser.apply(features), self.rows.features)
        standardised = self.regressor.kernel(products, self.settings) @ self.weights + self.intercept
        return self.rows.centre + self.rows.scale * standardised


class NuSVRegressor(Regressor):
    """nu-SVR (Schölkopf et al. 2000) with the paper's search space (Appendix B), solved by libsvm.

    Features are standardised, and so is the target, which the paper leaves open: C is in units of the
    target's standard deviation. A constant target is predicted as it is.

    References
    ----------
    Schölkopf, Smola, Williamson, Bartlett. New support vector algorithms. Neural Computation 12 (2000).
    """

    @staticmethod
    @abstractmethod
    def products(left: Floats, right: Floats) -> Floats:
        """Return what the kernel needs to know of pairs of rows: shapes (n, p) and (m, p) to (n, m)."""

    @staticmethod
    @abstractmethod
    def kernel(products: Floats, settings: Settings) -> Floats:
        """Turn products into kernel values."""

    def fit(self, features: Floats, targets: Floats, settings: Settings) -> SupportVectorModel:
        """Fit all rows to the final tolerance."""
        rows = _TrainingRows.of(features, targets)
        gram = self.kernel(self.products(rows.features, rows.features), settings)
        weights, intercept = solve(gram, rows.targets, settings, FINAL)
        return SupportVectorModel(self, settings, rows, weights, intercept)

    def cross_validation_errors(
        self, features: Floats, targets: Floats, settings: Sequence[Settings], folds: Integers
    ) -> Floats:
        """Score all settings on one table of products per fold; otherwise as :class:`Regressor` does."""
        squares = np.zeros(len(settings))
        for fold in np.unique(folds):
            held_out = folds == fold
            rows = _TrainingRows.of(features[~held_out], targets[~held_out])
            everything = np.vstack([rows.features, rows.standardiser.apply(features[held_out])])
            products = self.products(everything, rows.features)
            n = len(rows.targets)
            for position, setting in enumerate(settings):
                kernel = self.kernel(products, setting)
                weights, intercept = solve(kernel[:n], rows.targets, setting, SEARCH)
                predicted = rows.centre + rows.scale * (kernel[n:] @ weights + intercept)
                squares[position] += np.sum((predicted - targets[held_out]) ** 2)
        return squares / len(targets)


class LinearNuSVR(NuSVRegressor):
    """nu-SVR with the linear kernel: C log-uniform in [1e-5, 10], nu uniform in (0, 1].

    The features are close to singular, so that libsvm takes long at a large C: hence the smaller default
    search.
    """

    n_random: ClassVar[int] = 2
    default_search: ClassVar[int] = 100

    def settings(self, uniform: Sequence[float]) -> Settings:
        """Draw C and nu."""
        return {"C": log_uniform(uniform[0]), "nu": 1 - uniform[1]}

    @staticmethod
    def products(left: Floats, right: Floats) -> Floats:
        """Inner products."""
        return left @ right.T

    @staticmethod
    def kernel(products: Floats, settings: Settings) -> Floats:  # noqa: ARG004
        """Inner products, as they are."""
        return products


class RBFNuSVR(NuSVRegressor):
    """nu-SVR with the RBF kernel: C and gamma log-uniform in [1e-5, 10], nu uniform in (0, 1]."""

    n_random: ClassVar[int] = 3
    default_search: ClassVar[int] = 200

    def settings(self, uniform: Sequence[float]) -> Settings:
        """Draw C, nu and gamma."""
        return {"C": log_uniform(uniform[0]), "nu": 1 - uniform[1], "gamma": log_uniform(uniform[2])}

    @staticmethod
    def products(left: Floats, right: Floats) -> Floats:
        """Squared distances."""
        squared: Floats = np.sum(left**2, axis=1)[:, None] + np.sum(right**2, axis=1) - 2 * left @ right.T
        return np.maximum(squared, 0.0)  # rounding may leave a distance of 0 slightly negative

    @staticmethod
    def kernel(products: Floats, settings: Settings) -> Floats:
        """exp(-gamma d^2)."""
        exponents: Floats = products * -settings["gamma"]
        return np.exp(exponents, out=exponents)


def log_uniform(uniform: float, low: float = 1e-5, high: float = 10.0) -> float:
    """Turn a number uniform in [0, 1) into one log-uniform between ``low`` and ``high``.

    Examples
    --------
    >>> log_uniform(0.5, 0.01, 100.0)
    1.0
    """
    return float(low * (high / low) ** uniform)


def solve(gram: Floats, targets: Floats, settings: Settings, stopping: Stopping) -> tuple[Floats, float]:
    """Solve the nu-SVR dual problem.

    Minimise ``w' K w / 2 - y' w`` over w = a - a*, where every a_i and a*_i lies in [0, C] and each kind sums
    to C nu n / 2.

    Parameters
    ----------
    gram : ndarray, shape (n, n)
        Kernel values K between the training rows.
    targets : ndarray, shape (n,)
        Targets y.
    settings : dict
        ``C`` and ``nu``.
    stopping : Stopping
        A solution cut off at the cap is returned as it is, with scikit-learn's ConvergenceWarning.

    Returns
    -------
    weights : ndarray, shape (n,)
    intercept : float
    """
    if np.ptp(targets) == 0:  # any weights would do
        return np.zeros(len(targets)), float(targets[0])
    bounded = _solution_at_the_bounds(gram, targets, settings, stopping.tolerance)
    return bounded or _solution_by_libsvm(gram, targets, settings, stopping)


def _solution_at_the_bounds(
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


def _solution_by_libsvm(
    gram: Floats, targets: Floats, settings: Settings, stopping: Stopping
) -> tuple[Floats, float]:
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
