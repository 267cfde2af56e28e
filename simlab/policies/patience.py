"""Stop a trial that no longer improves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.view import Floats, View

_IMPROVING = Decision(stop=False, reason="improved lately")
_NO_IMPROVEMENT = Decision(stop=True, reason="no improvement")


@dataclass(frozen=True, kw_only=True)
class Patience(Policy):
    """Stops a trial after so many epochs without an improvement of its own best score.

    The early stopping of training frameworks, such as ``EarlyStopping`` of Keras 3: a score is an improvement
    when it beats that of the last improvement by more than ``min_delta``. It looks at no other trial.

    Parameters
    ----------
    epochs : int, >= 1
    min_delta : float, >= 0
        In units of the metric.

    Raises
    ------
    SettingError
        If a setting lies outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> since_improvement(np.array([0.1, 0.3, 0.31, 0.32, 0.40]), min_delta=0.05)
    0
    >>> since_improvement(np.array([0.1, 0.3, 0.31, 0.32, 0.33]), min_delta=0.05)
    3
    """

    name = "patience"

    epochs: int = 5
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise SettingError(f"epochs must be 1 or more, not {self.epochs}")
        if not (self.min_delta >= 0 and math.isfinite(self.min_delta)):
            raise SettingError(f"min_delta must be 0 or more, not {self.min_delta}")

    def settings(self) -> dict[str, Any]:
        """Return both settings."""
        return {"burn_in": self.burn_in, "epochs": self.epochs, "min_delta": self.min_delta}

    def decide(self, view: View) -> Decision:
        """Count the epochs since the last improvement."""
        waited = since_improvement(view.scores, self.min_delta)
        return _NO_IMPROVEMENT if waited >= self.epochs else _IMPROVING


def since_improvement(scores: Floats, min_delta: float) -> int:
    """Return the number of epochs since the last improvement of ``scores``, shape (t,)."""
    improved, best = 0, -math.inf
    for epoch, score in enumerate(scores.tolist()):
        if score - min_delta > best:
            improved, best = epoch, score
    return len(scores) - 1 - improved
