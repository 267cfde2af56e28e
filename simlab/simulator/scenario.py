"""Scenarios: what a run costs besides training, what goes wrong in it, and when it has to end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simlab.corpus import Corpus
from simlab.errors import CorpusError, SettingError


@dataclass(frozen=True, kw_only=True)
class Budget:
    """When a run has to end, whatever is left to do; of several limits the first that is reached counts.

    Parameters
    ----------
    epochs : int, optional
        Epochs that are started at most.
    seconds : float, optional
        Recorded compute seconds. The first epoch that would exceed them is not started, and none after it.
    time : float, optional
        Moment of the simulated clock at which the run ends.

    Raises
    ------
    SettingError
        If there is no limit, or an impossible one.

    Examples
    --------
    >>> Budget(epochs=0)
    Traceback (most recent call last):
    ...
    simlab.errors.SettingError: a budget in epochs must be a whole number of 1 or more, not 0
    """

    epochs: int | None = None
    seconds: float | None = None
    time: float | None = None

    def __post_init__(self) -> None:
        if self.epochs is None and self.seconds is None and self.time is None:
            raise SettingError("a budget is given in epochs, seconds or time")
        if self.epochs is not None and not (self.epochs >= 1 and self.epochs % 1 == 0):
            raise SettingError(f"a budget in epochs must be a whole number of 1 or more, not {self.epochs}")
        if self.epochs is not None:
            object.__setattr__(self, "epochs", int(self.epochs))  # the command line gives 100.0
        for name, limit in (("seconds", self.seconds), ("time", self.time)):
            if limit is not None and not 0 < limit < math.inf:
                raise SettingError(f"a budget in {name} must be finite and larger than 0, not {limit}")


@dataclass(frozen=True, kw_only=True)
class Failures:
    """Workers that fail at random moments, whether they train or wait, and come back after a repair.

    A trial on a failed worker loses the epochs since its job began, waits for the repair and begins it again.

    Parameters
    ----------
    rate : float, > 0
        Failures per worker and unit of the simulated clock: the time to the next one is exponential.
    repair : float
        How long the worker is away.

    Raises
    ------
    SettingError
        If a setting lies outside its range.
    """

    rate: float
    repair: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.rate < math.inf:
            raise SettingError(f"a failure rate must be finite and larger than 0, not {self.rate}")
        _check_time("a repair", self.repair)


@dataclass(frozen=True, kw_only=True)
class Stragglers:
    """Workers that are slow for the whole run.

    Parameters
    ----------
    share : float
        Probability that a worker is slow, in [0, 1].
    factor : float
        How many times as long a slow worker takes for an epoch, at least 1.

    Raises
    ------
    SettingError
        If a setting lies outside its range.
    """

    share: float
    factor: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise SettingError(f"a share of slow workers must lie in [0, 1], not {self.share}")
        if not 1 <= self.factor < math.inf:
            raise SettingError(f"the factor of slow workers must be finite and at least 1, not {self.factor}")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What a run costs besides training, what goes wrong in it, and when it has to end. By default: nothing.

    All times are in units of the simulated clock. A worker is busy with a delay, and with a decision.

    Parameters
    ----------
    start_up : float
        Before the first epoch of a new trial, or of one that is trained again from its first.
    resume : float
        Before a paused trial goes on: its checkpoint is read.
    checkpoint : float
        After the last epoch before a pause: the checkpoint is written.
    decision_cost : float or sequence of float
        What a decision takes, where the policy or scheduler looked at scores, a ranking or a prediction; an
        answer without looking, such as the baseline's or that in a burn-in, is free. A sequence is a recorded
        profile: its entry t - 1 is the cost after epoch t.
    failures : Failures, optional
    stragglers : Stragglers, optional
    budget : Budget, optional

    Raises
    ------
    SettingError
        If a time is negative or not finite.

    Examples
    --------
    >>> Scenario(start_up=2, budget=Budget(epochs=100)).describe()
    {'start_up': 2, 'budget': {'epochs': 100}}
    """

    start_up: float = 0.0
    resume: float = 0.0
    checkpoint: float = 0.0
    decision_cost: float | Sequence[float] = 0.0
    failures: Failures | None = None
    stragglers: Stragglers | None = None
    budget: Budget | None = None

    def __post_init__(self) -> None:
        for name in ("start_up", "resume", "checkpoint"):
            _check_time(name, getattr(self, name))
        if not isinstance(self.decision_cost, (int, float)):
            object.__setattr__(self, "decision_cost", tuple(map(float, self.decision_cost)))
        for cost in self.decision_costs(1):
            _check_time("decision_cost", cost)

    def decision_costs(self, n_epochs: int) -> Sequence[float]:
        """Return what a decision costs after each epoch: the profile, or a constant ``n_epochs`` times."""
        if isinstance(self.decision_cost, Sequence):
            return self.decision_cost
        return [self.decision_cost] * n_epochs

    def check(self, corpus: Corpus) -> None:
        """Raise where the scenario cannot be played on a corpus.

        Raises
        ------
        CorpusError
            If the budget is in seconds and none were recorded.
        SettingError
            If the profile of decision costs is too short: the last decision falls before the last epoch.
        """
        if self.budget and self.budget.seconds is not None and not corpus.has_seconds:
            raise CorpusError(
                f"{corpus.name}: no seconds were recorded; give the budget in epochs or in time"
            )
        n_costs, n_decisions = len(self.decision_costs(corpus.n_epochs)), corpus.n_epochs - 1
        if n_costs < n_decisions:
            raise SettingError(
                f"decision_cost holds {n_costs} costs, but on {corpus.name} decisions are made after each of "
                f"{n_decisions} epochs: give one for each"
            )

    def describe(self) -> dict[str, Any]:
        """Return the JSON-able settings that differ from the default."""
        default = asdict(Scenario())
        given = {name: value for name, value in asdict(self).items() if value != default[name]}
        return {name: _known(value) if isinstance(value, dict) else value for name, value in given.items()}


def _known(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _check_time(name: str, value: float) -> None:
    if not 0 <= value < math.inf:
        raise SettingError(f"{name} must be finite and 0 or more, not {value}")
