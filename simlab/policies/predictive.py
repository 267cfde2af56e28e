"""What all rules over a predictor have in common: a burn-in, and the settings of a probability."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.view import View
from simlab.predictors.prediction import Predicted

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor

#: Made once: half of all decisions are these.
BURN_IN = Decision(stop=False, reason="burn-in")
_STILL_RUNNING = Decision(stop=False, reason="burn-in still running")
#: What follows where a predictor has no model.
NO_MODEL = Decision(stop=False, reason="no model")


@dataclass(frozen=True, kw_only=True)
class PredictiveRule(Policy):
    """Judges a trial by what a predictor says of its final score, once the burn-in has ended.

    The first ``burn_in`` trials are trained to their end; once all of them have ended, the predictor is
    fitted on them, and every later trial is judged after each epoch (Section 4 of Baker et al. 2017).

    Parameters
    ----------
    predictor : Predictor
    burn_in : int
        At least the predictor's ``min_training``. A predictor that learns from the prefix alone needs none.

    Raises
    ------
    SettingError
        If the burn-in is too small, or the predictor is ``transductive``.
    """

    predictor: Predictor
    burn_in: int = 100

    def __post_init__(self) -> None:
        check_burn_in(self.burn_in, self.predictor)

    @property
    def name(self) -> str:  # type: ignore[override]  # a rule is known by its predictor
        """Name of the predictor."""
        return self.predictor.name

    def settings(self) -> dict[str, Any]:
        """Return the burn-in and the settings of the predictor."""
        return {"burn_in": self.burn_in} | self.predictor.describe()

    def decide(self, view: View) -> Decision:
        """Wait for the burn-in, and judge the prediction."""
        if view.position < self.burn_in:
            return BURN_IN
        if view.n_ended_in_order < self.burn_in:
            return _STILL_RUNNING
        predicted = view.predict(self.predictor, self.burn_in)
        return self.judge(view, predicted) if predicted.is_known else NO_MODEL

    @abstractmethod
    def judge(self, view: View, predicted: Predicted) -> Decision:
        """Answer for a trial whose final score was predicted."""


def check_burn_in(burn_in: int, predictor: Predictor) -> None:
    """Raise SettingError where no burn-in suits the predictor, or this one is too small for it."""
    if predictor.transductive:
        raise SettingError(
            f"predictor '{predictor.name}' learns from all prefixes that it predicts, so as a stopping rule "
            f"it would see trials that have not begun; it is for `simlab predict` and simlab.evaluate only"
        )
    if burn_in < predictor.min_training:
        raise SettingError(
            f"burn_in must be at least {predictor.min_training} for predictor '{predictor.name}', "
            f"not {burn_in}"
        )


def check_probability(threshold: float, tolerance: float) -> None:
    """Raise SettingError unless the threshold is a probability above 0, and the tolerance 0 or more."""
    if not 0 < threshold <= 1:
        raise SettingError(f"threshold must lie in (0, 1], not {threshold}")
    if not (tolerance >= 0 and math.isfinite(tolerance)):
        raise SettingError(f"tolerance must be 0 or more, not {tolerance}")
