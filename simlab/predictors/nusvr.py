"""nu-support-vector regression with a linear or RBF kernel."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from simlab.predictors.nusvr_engine import ENGINES, kernel
from simlab.predictors.regressor import Integers, Regressor, Settings
from simlab.predictors.standardiser import CONSTANT, Standardiser

Floats = npt.NDArray[np.float64]


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
        standardised: Floats = kernel(products, self.settings) @ self.weights + self.intercept
        return self.rows.centre + self.rows.scale * standardised


class NuSVRegressor(Regressor):
    """nu-SVR (Schölkopf et al. 2000) with the paper's search space and search size (Appendix B).

    Features are standardised, and so is the target, which the paper leaves open: C is in units of the
    target's standard deviation. A constant target is predicted as it is.

    Parameters
    ----------
    engine : {"compiled", "libsvm"}, optional
        What solves the problems: our compiled solver (the default), or libsvm for comparison.

    References
    ----------
    Schölkopf, Smola, Williamson, Bartlett. New support vector algorithms. Neural Computation 12 (2000).
    """

    engines: ClassVar[tuple[str, ...]] = ("compiled", "libsvm")
    default_search: ClassVar[int] = 1000

    def __init__(self, engine: str | None = None) -> None:
        super().__init__(engine)
        self._engine = ENGINES[engine or self.engines[0]]()

    @staticmethod
    @abstractmethod
    def products(left: Floats, right: Floats) -> Floats:
        """Return what the kernel needs to know of pairs of rows: shapes (n, p) and (m, p) to (n, m)."""

    @staticmethod
    @abstractmethod
    def patience(n: int) -> int:
        """Return how many steps SMO may take on n rows before an engine turns to a better method."""

    def fit(
        self, features: Floats, targets: Floats, settings: Settings, guess: Floats | None = None
    ) -> SupportVectorModel:
        """Fit all rows to the final tolerance, perhaps faster from a guess at their weights."""
        rows = _TrainingRows.of(features, targets)
        gram = kernel(self.products(rows.features, rows.features), settings)
        patience = self.patience(len(targets))
        weights, intercept = self._engine.solve(gram, rows.targets, settings, patience, guess)
        return SupportVectorModel(self, settings, rows, weights, intercept)

    def cross_validation_errors(
        self, features: Floats, targets: Floats, settings: Sequence[Settings], folds: Integers
    ) -> Floats:
        """Score all settings on one table of products per fold; otherwise as :class:`Regressor` does."""
        squares = np.zeros(len(settings))
        for fold in np.unique(folds):
            held_out = folds == fold
            rows = _TrainingRows.of(features[~held_out], targets[~held_out])
            within = self.products(rows.features, rows.features)
            across = self.products(rows.features, rows.standardiser.apply(features[held_out]))
            patience = self.patience(len(rows.targets))
            standardised = self._engine.search(within, across, rows.targets, settings, patience)
            predicted = rows.centre + rows.scale * standardised
            squares += np.sum((predicted - targets[held_out]) ** 2, axis=1)
        return squares / len(targets)

    def leave_one_out_residuals(self, features: Floats, targets: Floats, settings: Settings) -> Floats:
        """Refit without each row, starting from the weights that the others have with it."""
        weights = self.fit(features, targets, settings).weights
        residuals = np.empty(len(targets))
        for row in range(len(targets)):
            kept = np.arange(len(targets)) != row
            model = self.fit(features[kept], targets[kept], settings, weights[kept])
            residuals[row] = targets[row] - model.predict(features[row : row + 1])[0]
        return residuals


class LinearNuSVR(NuSVRegressor):
    """nu-SVR with the linear kernel: C log-uniform in [1e-5, 10], nu uniform in (0, 1]."""

    n_random: ClassVar[int] = 2

    def settings(self, uniform: Sequence[float]) -> Settings:
        """Draw C and nu."""
        return {"C": log_uniform(uniform[0]), "nu": 1 - uniform[1]}

    @staticmethod
    def patience(n: int) -> int:
        """Return few: the differences are linear in the values, so the kernel is singular, and SMO crawls."""
        return n // 4

    @staticmethod
    def products(left: Floats, right: Floats) -> Floats:
        """Inner products."""
        return left @ right.T


class RBFNuSVR(NuSVRegressor):
    """nu-SVR with the RBF kernel: C and gamma log-uniform in [1e-5, 10], nu uniform in (0, 1]."""

    n_random: ClassVar[int] = 3

    def settings(self, uniform: Sequence[float]) -> Settings:
        """Draw C, nu and gamma."""
        return {"C": log_uniform(uniform[0]), "nu": 1 - uniform[1], "gamma": log_uniform(uniform[2])}

    @staticmethod
    def patience(n: int) -> int:
        """Return about as many as take the time of one factorisation of the kernel."""
        return n * n // 20

    @staticmethod
    def products(left: Floats, right: Floats) -> Floats:
        """Squared distances."""
        squared: Floats = np.sum(left**2, axis=1)[:, None] + np.sum(right**2, axis=1) - 2 * left @ right.T
        return np.maximum(squared, 0.0)  # rounding may leave a distance of 0 slightly negative


def log_uniform(uniform: float, low: float = 1e-5, high: float = 10.0) -> float:
    """Turn a number uniform in [0, 1) into one log-uniform between ``low`` and ``high``.

    Examples
    --------
    >>> log_uniform(0.5, 0.01, 100.0)
    1.0
    """
    return float(low * (high / low) ** uniform)
