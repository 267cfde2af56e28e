"""The protocol of the methods an SRM can use at one prefix length."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Settings = dict[str, float]


class Model(Protocol):
    """A fitted regression."""

    def predict(self, features: Floats, /) -> Floats:
        """Predict targets, shape (n,), from features, shape (n, p)."""


class Regressor(ABC):
    """Fits a regression at given settings, and says how well settings do.

    Every method is a pure function of its arguments: randomness, where a method needs it, is one of the
    settings. ``features`` has shape (n, p) and ``targets`` shape (n,) throughout.
    """

    #: Random numbers it takes to draw one setting; 0 where there is nothing to search.
    n_random: ClassVar[int] = 0
    #: Settings searched unless the user asks for another number.
    default_search: ClassVar[int] = 1
    #: Names of what can do the computing, the default first; empty where there is no choice.
    engines: ClassVar[tuple[str, ...]] = ()

    def __init__(self, engine: str | None = None) -> None:
        """Choose one of ``engines``; the first by default."""
        self.engine = engine or next(iter(self.engines), None)

    @abstractmethod
    def settings(self, uniform: Sequence[float]) -> Settings:
        """Turn ``n_random`` numbers from [0, 1) into one random setting."""

    @abstractmethod
    def fit(self, features: Floats, targets: Floats, settings: Settings) -> Model:
        """Fit all rows at one setting."""

    def cross_validation_errors(
        self, features: Floats, targets: Floats, settings: Sequence[Settings], folds: Integers
    ) -> Floats:
        """Return the mean squared error over all held-out rows, one for each setting.

        Parameters
        ----------
        folds : ndarray of int, shape (n,)
            The fold in which each row is held out. Scaling is part of a fit, so it is refitted for each fold.
        """
        squares = np.zeros(len(settings))
        for fold in np.unique(folds):
            held_out = folds == fold
            for position, setting in enumerate(settings):
                model = self.fit(features[~held_out], targets[~held_out], setting)
                squares[position] += np.sum((model.predict(features[held_out]) - targets[held_out]) ** 2)
        return squares / len(targets)

    def leave_one_out_residuals(self, features: Floats, targets: Floats, settings: Settings) -> Floats:
        """Return each target minus its prediction by a model fitted to all other rows, shape (n,)."""
        rows = range(len(targets))
        return np.array([self.refit_residual(features, targets, settings, row) for row in rows])

    def refit_residual(self, features: Floats, targets: Floats, settings: Settings, row: int) -> float:
        """Return the residual at one row of a model fitted to all others."""
        model = self.fit(np.delete(features, row, axis=0), np.delete(targets, row), settings)
        return float(targets[row] - model.predict(features[row : row + 1])[0])
