"""The paper's rule: stop when the trial probably ends no better than the incumbent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.view import View
from simlab.predictors.predictor import Predictor, level_of

#: Made once: half of all decisions are these.
_BURN_IN = Decision(stop=False, reason="burn-in")


@dataclass(frozen=True, kw_only=True)
class ThresholdRule(Policy):
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

    predictor: Predictor
    threshold: float = 0.95
    tolerance: float = 0.0
    top_n: int = 1
    burn_in: int = 100

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise SettingError(f"threshold must lie in (0, 1], not {self.threshold}")
        if not (self.tolerance >= 0 and math.isfinite(self.tolerance)):
            raise SettingError(f"tolerance must be 0 or more, not {self.tolerance}")
        if self.top_n < 1:
            raise SettingError(f"top_n must be 1 or more, not {self.top_n}")
        if self.burn_in < self.predictor.min_training:
            raise SettingError(
                f"burn_in must be at least {self.predictor.min_training} for predictor "
                f"'{self.predictor.name}', not {self.burn_in}"
            )

    @property
    def name(self) -> str:  # type: ignore[override]  # a rule is known by its predictor
        """Name of the predictor."""
        return self.predictor.name

    def settings(self) -> dict[str, Any]:
        """Return the rule's settings and those of its predictor."""
        own = {name: getattr(self, name) for name in ("threshold", "tolerance", "top_n", "burn_in")}
        return own | self.predictor.describe()

    def decide(self, view: View) -> Decision:
        """Compare the predicted final score with the n-th best completed one."""
        if view.position < self.burn_in:
            return _BURN_IN
        if view.n_ended_in_order < self.burn_in:
            return Decision(stop=False, reason="burn-in still running")
        mean, sigma = view.predict(self.predictor, self.burn_in)
        if math.isnan(mean) or math.isnan(sigma):
            return Decision(stop=False, reason="no model")
        incumbent = view.nth_best(self.top_n)
        if incumbent == -math.inf:
            return Decision(False, "no incumbent", mean, sigma)
        bound = incumbent - self.tolerance
        if self.predictor.gives_quantiles:
            probability = level_of(bound, view.quantiles(self.predictor, self.burn_in))
        else:
            probability = probability_below(bound, mean, sigma)
        if probability >= self.threshold:
            return Decision(True, "probably no better than the incumbent", mean, sigma, probability)
        return Decision(False, "may beat the incumbent", mean, sigma, probability)


def probability_below(bound: float, mean: float, sigma: float) -> float:
    """Return the probability that a normal variable lies at or below a bound; a step where sigma is 0.

    Examples
    --------
    >>> probability_below(0.5, mean=0.5, sigma=0.1)
    0.5
    >>> probability_below(0.5, mean=0.5, sigma=0.0), probability_below(0.5, mean=0.6, sigma=0.0)
    (1.0, 0.0)
    """
    if sigma == 0:
        return 1.0 if mean <= bound else 0.0
    return 0.5 * math.erfc((mean - bound) / (sigma * math.sqrt(2)))
