"""Columns brought to mean 0 and standard deviation 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: A column whose standard deviation is below this share of its largest magnitude is constant up to rounding.
CONSTANT = 1e-12


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Means and standard deviations of the training rows.

    A column that is constant there becomes 0 everywhere: a model that never saw it vary knows no unit for it.

    Attributes
    ----------
    centre, scale : ndarray, shape (p,)
        ``scale`` is infinite for a constant column.

    Examples
    --------
    >>> rows = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> Standardiser.of(rows).apply(np.array([[4.0, 6.0]]))
    array([[2., 0.]])
    """

    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, rows: Floats) -> Self:
        """Measure training rows, shape (n, p)."""
        deviation = rows.std(axis=0)
        constant = deviation <= CONSTANT * np.abs(rows).max(axis=0)
        return cls(rows.mean(axis=0), np.where(constant, np.inf, deviation))

    def apply(self, rows: Floats) -> Floats:
        """Standardise rows, shape (n, p)."""
        return (rows - self.centre) / self.scale
