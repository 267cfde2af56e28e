"""Stop a trial whose end is known well enough."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.predictive import PredictiveRule
from simlab.policies.view import View
from simlab.predictors.prediction import Predicted


@dataclass(frozen=True, kw_only=True)
class CertaintyRule(PredictiveRule):
    """Stops a trial once its final score is predicted with a standard deviation of at most ``max_sigma``.

    The second criterion of Domhan et al. (2015, in their code): stop for certainty, whatever the incumbent,
    and take the prediction for the result. The trial may have been the best one. They look at the standard
    deviation of the curve's end, at 0.005; here sigma is that of an observed score, noise included, which
    is larger.

    Parameters
    ----------
    predictor : Predictor
    max_sigma : float, > 0
        In units of the metric.
    burn_in : int
        At least the predictor's ``min_training``.

    Raises
    ------
    SettingError
        If a setting lies outside its range.

    Examples
    --------
    >>> from simlab.predictors import LCE
    >>> CertaintyRule(predictor=LCE(), max_sigma=0.02, burn_in=0).settings()["max_sigma"]
    0.02
    """

    max_sigma: float = 0.005

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.max_sigma > 0 and math.isfinite(self.max_sigma)):
            raise SettingError(f"max_sigma must be larger than 0, not {self.max_sigma}")

    @property
    def name(self) -> str:  # type: ignore[override]  # as its base
        """The predictor's name, and what is asked of it."""
        return f"{self.predictor.name}-certainty"

    def settings(self) -> dict[str, Any]:
        """Return the rule's settings and those of its predictor."""
        return {"max_sigma": self.max_sigma} | super().settings()

    def judge(self, view: View, predicted: Predicted) -> Decision:
        """Compare sigma with its limit."""
        if predicted.sigma <= self.max_sigma:
            return Decision(True, "its end is certain", predicted.mean, predicted.sigma)
        return Decision(False, "its end is uncertain", predicted.mean, predicted.sigma)
