"""The paper's rule: stop when the trial probably ends no better than the incumbent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.predictive import PredictiveRule, check_probability
from simlab.policies.view import View
from simlab.predictors.prediction import Predicted

#: Its reasons.
NO_INCUMBENT = "no incumbent"
NO_BETTER = "probably no better than the incumbent"
MAY_BEAT = "may beat the incumbent"


@dataclass(frozen=True, kw_only=True)
class ThresholdRule(PredictiveRule):
    r"""Stops a trial when :math:`p(\hat{y}_T \le y_{best} - \delta) \ge \Delta`.

    The first ``burn_in`` trials are trained to their end; once all of them have ended, the predictor is
    fitted on them, and every later trial is judged after each epoch (Section 4 of Baker et al. 2017). The
    incumbent counts the burn-in. A predictor that learns from the prefix alone, such as LCE, needs none. The
    probability is that of a normal variable, or comes from the predictor's own quantiles where it gives them;
    then it lies between 0.001 and 0.999.

    Parameters
    ----------
    predictor : Predictor
        Gives mean and sigma of the final score.
    threshold : float in (0, 1]
        Probability at which a trial is stopped (Delta).
    tolerance : float, >= 0
        Trials within this much of the incumbent are worth finishing, in units of the metric (delta).
    top_n : int, >= 1
        Compare with the n-th best completed trial, so that the n best are kept.
    burn_in : int
        At least the predictor's ``min_training``.

    Raises
    ------
    SettingError
        If a setting lies outside its range.

    Examples
    --------
    >>> from simlab.predictors import LastSeenValue
    >>> ThresholdRule(predictor=LastSeenValue(), threshold=1.5)
    Traceback (most recent call last):
    ...
    simlab.errors.SettingError: threshold must lie in (0, 1], not 1.5
    """

    threshold: float = 0.95
    tolerance: float = 0.0
    top_n: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probability(self.threshold, self.tolerance)
        if self.top_n < 1:
            raise SettingError(f"top_n must be 1 or more, not {self.top_n}")

    def settings(self) -> dict[str, Any]:
        """Return the rule's settings and those of its predictor."""
        return {
            name: getattr(self, name) for name in ("threshold", "tolerance", "top_n")
        } | super().settings()

    def judge(self, view: View, predicted: Predicted) -> Decision:
        """Compare the predicted final score with the n-th best completed one."""
        mean, sigma, _ = predicted
        incumbent = view.nth_best(self.top_n)
        if incumbent == -math.inf:
            return Decision(False, NO_INCUMBENT, mean, sigma)
        probability = predicted.probability_below(incumbent - self.tolerance)
        if probability >= self.threshold:
            return Decision(True, NO_BETTER, mean, sigma, probability)
        return Decision(False, MAY_BEAT, mean, sigma, probability)
