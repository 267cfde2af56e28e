"""The median rule and its kin: stop a trial that is worse at this epoch than most others were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from simlab.errors import SettingError, UnknownNameError
from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.ranking import Among, Ranking, Shown
from simlab.policies.view import Floats, View

By = Literal["value", "rank"]

_TOO_EARLY = Decision(stop=False, reason="before the first check")
_TOO_FEW_COMPLETED = Decision(stop=False, reason="too few completed trials")
_TOO_FEW = Decision(stop=False, reason="too few trials at this epoch")
_BELOW = Decision(stop=True, reason="below the percentile at this epoch")
_NOT_BELOW = Decision(stop=False, reason="not below the percentile at this epoch")


@dataclass(frozen=True, kw_only=True)
class PercentileRule(Policy):
    """Stops a trial whose score after an epoch lies below a percentile of what other trials had there.

    With a percentile of 50 this is the median rule of Golovin et al. (2017). Every tool that offers it
    settles the details in its own way: :data:`simlab.policies.PERCENTILE_PRESETS` has a rule for each.

    Parameters
    ----------
    name : str
    percentile : float
        In [0, 100]: 25 stops the worst quarter, 50 the worse half.
    value : {"current", "best", "mean"}
        What is compared of the trial: its last score, or the best or the mean of its scores so far.
    others : {"current", "best", "mean"}
        What it is compared with of each other trial, at the same epoch.
    counted : {"completed", "others", "reached"}
        Which trials that count: those that have completed; all others that have reached the epoch, running,
        stopped or ended; or these and the trial itself.
    by : {"value", "rank"}
        Below the percentile means: the value lies below the interpolated percentile, or the share of trials
        that are better exceeds ``(100 - percentile) / 100``.
    strict : bool
        Whether a trial that lies exactly there goes on.
    startup : int
        Trials that must have completed, wherever they stood at this epoch.
    min_trials : int
        Trials that must be counted at this epoch.
    grace : int
        First epoch that is judged.
    average_from : int
        First epoch that enters a mean, at most ``grace``.

    Raises
    ------
    SettingError
        If a setting lies outside its range.

    Examples
    --------
    >>> rule = PercentileRule(percentile=25, value="best", counted="completed", startup=10)
    >>> rule.name, rule.settings()["percentile"]
    ('percentile', 25)
    """

    name: str = "percentile"
    percentile: float = 50.0
    value: Shown = "current"
    others: Shown = "current"
    counted: Among = "others"
    by: By = "value"
    strict: bool = True
    startup: int = 0
    min_trials: int = 1
    grace: int = 1
    average_from: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.percentile <= 100:
            raise SettingError(f"percentile must lie in [0, 100], not {self.percentile}")
        for setting, known in (("value", Shown), ("others", Shown), ("counted", Among), ("by", By)):
            if getattr(self, setting) not in get_args(known):
                raise UnknownNameError(setting, getattr(self, setting), get_args(known))
        for setting, least in (("startup", 0), ("min_trials", 1), ("grace", 1), ("average_from", 1)):
            if getattr(self, setting) < least:
                raise SettingError(f"{setting} must be {least} or more, not {getattr(self, setting)}")
        if self.average_from > self.grace:
            raise SettingError(
                f"average_from must be at most grace, the first epoch that is judged ({self.grace}), "
                f"not {self.average_from}"
            )

    def settings(self) -> dict[str, Any]:
        """Return all options."""
        options = (
            *("percentile", "value", "others", "counted", "by", "strict"),
            *("startup", "min_trials", "grace", "average_from"),
        )
        return {"burn_in": self.burn_in} | {option: getattr(self, option) for option in options}

    def decide(self, view: View) -> Decision:
        """Wait until there is enough to compare with, and compare."""
        if view.epoch < self.grace:
            return _TOO_EARLY
        if view.n_completed < self.startup:
            return _TOO_FEW_COMPLETED
        ranking = view.ranking(view.epoch, self.others, among=self.counted, average_from=self.average_from)
        if len(ranking) < self.min_trials:
            return _TOO_FEW
        own = shown(view.scores[self.average_from - 1 if self.value == "mean" else 0 :], self.value)
        return _BELOW if self._is_below(own, ranking) else _NOT_BELOW

    def _is_below(self, own: float, ranking: Ranking) -> bool:
        if self.by == "rank":
            excess = ranking.n_above(own) / len(ranking) - (100 - self.percentile) / 100
        else:
            excess = ranking.percentile(self.percentile) - own
        return excess > 0 if self.strict else excess >= 0


def shown(scores: Floats, what: Shown) -> float:
    """Return what a trial shows by the last of its scores, shape (t,).

    Examples
    --------
    >>> scores = np.array([0.2, 0.6, 0.4])
    >>> shown(scores, "current"), shown(scores, "best"), round(shown(scores, "mean"), 3)
    (0.4, 0.6, 0.4)
    """
    if what == "current":
        return scores.item(-1)
    # As scores.max() and scores.mean() do it, in half the time.
    return float(np.maximum.reduce(scores) if what == "best" else np.add.reduce(scores) / len(scores))
