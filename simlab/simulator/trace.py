"""The record of one run: what happened to each trial, each decision, each event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from math import isnan
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.policies import Decision
from simlab.schedulers import Outcome

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: What can happen, besides a trial leaving its worker (see :class:`simlab.schedulers.Outcome`).
STARTED, RESUMED, RESTARTED, EPOCH_ENDED = "started", "resumed", "restarted", "epoch ended"
WORKER_FAILED = "worker failed"

#: Time, event, configuration, worker, epochs of the trial, and the decision that followed an epoch.
Entry = tuple[float, str, int, int, int, Decision | None]
_FIELDS: Final = 6
#: How much of a run is kept: trials, decisions and events; or trials and decisions; or trials alone.
Record = Literal["events", "decisions", "trials"]
#: The tables that each way of recording gives.
TABLES: Final[Mapping[Record, tuple[str, ...]]] = {
    "events": ("trials", "decisions", "events"),
    "decisions": ("trials", "decisions"),
    "trials": ("trials",),
}

_MAY_GO_ON = ("", Outcome.PAUSED)
_BEFORE_ITS_END = (*_MAY_GO_ON, Outcome.STOPPED, Outcome.UNFINISHED)


@dataclass(slots=True)
class Trial:
    """One configuration in one run.

    Attributes
    ----------
    config, position : int
        Index of the configuration, and place in the order of starting.
    start, end : float
        Simulated time at which it first started and last left its worker.
    epochs : int
        Epochs reached so far.
    trained_to : int
        Epoch it was ever trained to: what has been seen of its curve.
    given_up : list of (int, int)
        From which to which epoch it had been trained each time that this training was given up: it began
        again at its first epoch, or its worker failed.
    epochs_lost : int
        Epochs among these that failed workers lost.
    worker : int
        Worker that trains it, or trained it last.
    resumed_at : int
        Epochs it had reached when its present job, or the last one, started.
    job_start : float
        Simulated time from which the epochs of that job count: when it started, and later by every delay.
    trained : float
        Time it had trained before that job.
    until : int or None
        Epoch at which that job pauses.
    outcome : str
        Empty while it runs.
    """

    config: int
    position: int
    start: float
    worker: int
    resumed_at: int = 0
    job_start: float = 0.0
    trained: float = 0.0
    until: int | None = None
    end: float = float("nan")
    epochs: int = 0
    trained_to: int = 0
    given_up: list[tuple[int, int]] = field(default_factory=list)
    epochs_lost: int = 0
    outcome: str = ""

    @property
    def epochs_spent(self) -> int:
        """Epochs trained, those that were given up included."""
        return self.epochs + sum(last - first for first, last in self.given_up)

    @property
    def has_ended(self) -> bool:
        """Whether it neither runs nor can be resumed."""
        return self.outcome not in _MAY_GO_ON

    @property
    def reached_its_end(self) -> bool:
        """Whether its recorded curve has ended: nobody stopped it, and the budget sufficed."""
        return self.outcome not in _BEFORE_ITS_END


@dataclass(frozen=True)
class TrialColumns:
    """Every trial of a run, in the order of starting, as columns.

    Attributes
    ----------
    config, worker : sequence of int
    outcome : sequence of str
    start, end : sequence of float
    epochs : sequence of int
        Epochs reached in the end.
    given_up : mapping of int to list of (int, int)
        Training that was given up, by the number of the trial, where there was any.
    epochs_lost : sequence of int
        Epochs that failed workers lost.
    """

    config: Sequence[int] | Integers
    outcome: Sequence[str] | pl.Series
    worker: Sequence[int] | Integers
    start: Sequence[float] | Floats
    end: Sequence[float] | Floats
    epochs: Sequence[int] | Integers
    given_up: Mapping[int, Sequence[tuple[int, int]]]
    epochs_lost: Sequence[int] | Integers


@dataclass(frozen=True)
class Decisions:
    """Every decision of a run, in order, as columns."""

    config: Sequence[int] | Integers
    epoch: Sequence[int] | Integers
    time: Sequence[float] | Floats
    made: Sequence[Decision]


@dataclass(frozen=True)
class Events:
    """Every event of a run, in order, as columns."""

    time: Sequence[float] | Floats
    event: Sequence[str] | pl.Series
    config: Sequence[int] | Integers
    worker: Sequence[int] | Integers
    epoch: Sequence[int] | Integers


class RunColumns(Protocol):
    """Everything that happened in one run, as columns."""

    @property
    def trial_columns(self) -> TrialColumns:
        """Every trial."""

    @property
    def decisions(self) -> Decisions:
        """Every decision."""

    @property
    def events(self) -> Events:
        """Every event."""


@dataclass
class Trace:
    """Everything one run wrote down; implements :class:`RunColumns`.

    Attributes
    ----------
    record : {"events", "decisions", "trials"}
        What is kept of all that is noted: every entry; those with a decision; or none but those whose
        probability is NaN, which are refused later.
    trials : list of Trial
        In the order of starting.
    log : list
        The fields of all entries kept, one entry after the other, in the order of events: a flat list takes
        less time and memory than one of tuples. A decision stands beside the end of the epoch after which it
        was made.
    note : callable
        Takes an entry.

    Examples
    --------
    >>> trace = Trace(record="decisions")
    >>> trace.note((0.0, STARTED, 3, 0, 0, None))
    >>> trace.note((1.0, EPOCH_ENDED, 3, 0, 1, Decision(stop=False, reason="burn-in")))
    >>> trace.decisions.epoch, trace.events.time
    ([1], [1.0])
    """

    record: Record = "events"
    trials: list[Trial] = field(default_factory=list)
    log: list[Any] = field(default_factory=list)
    note: Callable[[Entry], None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        notes = {"events": self.log.extend, "decisions": self._note_decision, "trials": self._note_nonsense}
        self.note = notes[self.record]

    def _note_decision(self, entry: Entry) -> None:
        if entry[-1] is not None:
            self.log.extend(entry)

    def _note_nonsense(self, entry: Entry) -> None:
        decision = entry[-1]
        if decision is not None and decision.probability is not None and isnan(decision.probability):
            self.log.extend(entry)

    def _column(self, field: int) -> list[Any]:
        return self.log[field::_FIELDS]

    @property
    def trial_columns(self) -> TrialColumns:
        """Every trial."""
        trials = self.trials
        return TrialColumns(
            config=[trial.config for trial in trials],
            outcome=[str(trial.outcome) for trial in trials],
            worker=[trial.worker for trial in trials],
            start=[trial.start for trial in trials],
            end=[trial.end for trial in trials],
            epochs=[trial.epochs for trial in trials],
            given_up={trial.position: trial.given_up for trial in trials if trial.given_up},
            epochs_lost=[trial.epochs_lost for trial in trials],
        )

    @property
    def events(self) -> Events:
        """Every event."""
        return Events(*map(self._column, range(_FIELDS - 1)))

    @property
    def decisions(self) -> Decisions:
        """Every decision."""
        times, _, configs, _, epochs, answers = map(self._column, range(_FIELDS))
        made = [answer for answer in answers if answer is not None]
        if len(made) == len(answers):
            return Decisions(configs, epochs, times, made)
        decided = [answer is not None for answer in answers]
        config, epoch, time = (list(compress(column, decided)) for column in (configs, epochs, times))
        return Decisions(config, epoch, time, made)
