"""f-Hyperband: Hyperband that predicts the score at the end of a rung, and stops what will not be promoted.

References
----------
Baker, Gupta, Raskar, Naik (2017), "Accelerating Neural Architecture Search using Performance Prediction",
Section 4.2.1 and Appendix C.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from simlab.errors import SettingError, UnknownNameError
from simlab.policies.decision import Decision
from simlab.policies.predictive import NO_MODEL, check_burn_in, check_probability
from simlab.policies.view import View
from simlab.schedulers.brackets import Bracket
from simlab.schedulers.hyperband import Hyperband, Round
from simlab.schedulers.scheduler import JobEnd, Outcome
from simlab.searchers.searcher import Searcher

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor

_TOO_FEW_CURVES = Decision(stop=False, reason="too few curves to learn from")
_LEARNED_FROM = Decision(stop=False, reason="in the training set")


@dataclass(frozen=True, kw_only=True)
class RungRule:
    r"""Stops a trial when :math:`p(\hat{y}_r \le y_k - \delta) \ge \Delta`, y_k the k-th best of its rung.

    Parameters
    ----------
    predictor : Predictor
        Gives mean and sigma of the score y_r at the end of the rung. For each r it learns from the first
        ``burn_in`` configurations trained so far; until there are as many, nothing is stopped there.
    threshold : float in (0, 1]
        Probability at which a trial is stopped (Delta).
    tolerance : float, >= 0
        In units of the metric (delta).
    keep : float in (0, 1]
        Share of a rung that is trained to its end in any case (kappa): k is ``keep`` times the number that
        ``keep_of`` names, rounded up.
    keep_of : {"configs", "next"}
        The size of the rung (the paper's text), or the number promoted from it (its Algorithm 2).
    burn_in : int
        Configurations to learn from (d).
    carry_models : bool
        Keep what was learned from one Hyperband run to the next.

    Raises
    ------
    SettingError
        If a setting lies outside its range.
    """

    predictor: Predictor
    threshold: float = 0.95
    tolerance: float = 0.0
    keep: float = 1.0
    keep_of: Literal["configs", "next"] = "next"
    burn_in: int = 100
    carry_models: bool = True

    def __post_init__(self) -> None:
        check_probability(self.threshold, self.tolerance)
        check_burn_in(self.burn_in, self.predictor)
        if not 0 < self.keep <= 1:
            raise SettingError(f"keep must lie in (0, 1], not {self.keep}")
        if self.keep_of not in ("configs", "next"):
            raise UnknownNameError("keep_of", self.keep_of, ["configs", "next"])

    def settings(self) -> dict[str, Any]:
        """Return the rule's settings and those of its predictor."""
        names = ("threshold", "tolerance", "keep", "keep_of", "burn_in", "carry_models")
        return {name: getattr(self, name) for name in names} | self.predictor.describe()

    def kept(self, rung: Round) -> int:
        """Return k, the number of trials that are trained to the end of a rung in any case."""
        whole = rung.rung.configs if self.keep_of == "configs" else rung.n_next
        return max(1, math.ceil(self.keep * whole))


class FastHyperband(Hyperband):
    """Hyperband with a :class:`RungRule` inside its rungs.

    A stopped trial leaves its prediction in the rung, against which later trials are compared.

    Parameters
    ----------
    searcher, brackets
        As in :class:`Hyperband`.
    rule : RungRule
    **options
        As in :class:`Hyperband`.
    """

    def __init__(
        self, searcher: Searcher, brackets: Sequence[Bracket], rule: RungRule, **options: Any
    ) -> None:
        super().__init__(searcher, brackets, **options)
        self.rule = rule
        self._learned: dict[tuple[int, int], _Learned] = defaultdict(_Learned)

    def decide_in_rung(self, view: View, rung: Round) -> Decision:
        """Compare the predicted score at the end of the rung with the k-th best there."""
        learned = self._learned_at(rung)
        if len(learned.trials) < self.rule.burn_in:
            return _TOO_FEW_CURVES
        if rung.running[view.position] in learned.configs:
            return _LEARNED_FROM
        predicted = view.predict_at(self.rule.predictor, learned.trials, rung.rung.epochs)
        if not predicted.is_known:
            return NO_MODEL
        mean, sigma, kept = predicted.mean, predicted.sigma, self.rule.kept(rung)
        if kept > len(rung.scores):
            return Decision(False, "too few scores in the rung", mean, sigma)
        probability = predicted.probability_below(rung.scores[-kept] - self.rule.tolerance)
        if probability >= self.rule.threshold:
            return Decision(True, "probably not among the kept of its rung", mean, sigma, probability)
        return Decision(False, "may be among the kept of its rung", mean, sigma, probability)

    def job_ended(self, end: JobEnd) -> None:
        """Learn from a trial that was trained to the end of its rung."""
        rung = self.round_of[end.trial]
        learned = self._learned_at(rung)
        trained = end.epochs == rung.rung.epochs and end.outcome in (Outcome.PAUSED, Outcome.COMPLETED)
        if trained and len(learned.trials) < self.rule.burn_in:
            learned.add(end)
        super().job_ended(end)

    def _learned_at(self, rung: Round) -> _Learned:
        return self._learned[0 if self.rule.carry_models else rung.run, rung.rung.epochs]


@dataclass
class _Learned:
    """The trials that the models of one rung are fitted on."""

    trials: tuple[int, ...] = ()
    configs: frozenset[int] = frozenset()

    def add(self, end: JobEnd) -> None:
        """Add a trial; a configuration that was drawn again adds nothing new."""
        if end.config not in self.configs:
            self.trials = (*self.trials, end.trial)
            self.configs |= {end.config}
