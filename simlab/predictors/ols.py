"""Ordinary least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from simlab.predictors.regressor import Regressor, Settings
from simlab.predictors.standardiser import Standardiser

Floats = npt.NDArray[np.float64]

#: Singular values below this share of the largest count as 0: the differences are linear in the values, so
#: the features are singular by construction, up to rounding.
RANK_TOLERANCE = 1e-10
#: A row with a larger leverage determines a direction alone, where e / (1 - h) is 0 / 0.
LARGEST_LEVERAGE = 1 - 1e-8


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Standardised features times coefficients, plus an intercept."""

    standardiser: Standardiser
    coefficients: Floats
    intercept: float

    def predict(self, features: Floats) -> Floats:
        """Predict targets, shape (n,), from features, shape (n, p)."""
        return self.standardiser.apply(features) @ self.coefficients + self.intercept


class OLS(Regressor):
    """Ordinary least squares on standardised features, the minimum-norm solution where it is not unique.

    Examples
    --------
    >>> features, targets = np.array([[1.0], [2.0], [4.0]]), np.array([3.0, 5.0, 9.0])
    >>> OLS().fit(features, targets, {}).predict(np.array([[10.0]])).round(6)
    array([21.])
    """

    n_random: ClassVar[int] = 0

    def settings(self, uniform: Sequence[float]) -> Settings:
        """Return no settings: there is nothing to search."""
        return {}

    def fit(self, features: Floats, targets: Floats, settings: Settings) -> LinearModel:
        """Fit all rows."""
        standardiser = Standardiser.of(features)
        intercept = float(targets.mean())
        rows = standardiser.apply(features)
        coefficients = np.linalg.lstsq(rows, targets - intercept, rcond=RANK_TOLERANCE)[0].astype(np.float64)
        return LinearModel(standardiser, coefficients, intercept)

    def leave_one_out_residuals(self, features: Floats, targets: Floats, settings: Settings) -> Floats:
        """Return e / (1 - h), with residual e and leverage h; refit without the row where h is 1.

        A row with h < 1 lies in the span of the others, so its prediction without it is unique, whatever the
        scaling.
        """
        rows = Standardiser.of(features).apply(features)
        left, singular, _ = np.linalg.svd(rows, full_matrices=False)
        basis = left[:, singular > RANK_TOLERANCE * singular.max(initial=0.0)]
        centred = targets - targets.mean()
        residuals: Floats = centred - basis @ (basis.T @ centred)
        leverage = 1 / len(targets) + np.sum(basis**2, axis=1)
        alone = leverage >= LARGEST_LEVERAGE
        residuals[~alone] /= 1 - leverage[~alone]
        for row in np.flatnonzero(alone):
            residuals[row] = self.refit_residual(features, targets, settings, int(row))
        return residuals
