"""The record of one run: what happened to each trial, each decision, each event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from simlab.policies import Decision
from simlab.schedulers import Outcome
from simlab.simulator.columns import DecisionColumns, Events, Floats, Integers, TrialColumns

#: What can happen, besides a trial leaving its worker (see :class:`simlab.schedulers.Outcome`).
STARTED, RESUMED, RESTARTED, EPOCH_ENDED = "started", "resumed", "restarted", "epoch ended"
WORKER_FAILED = "worker failed"

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
class Decisions:
    """Every decision of a run, in order: where and when it was made, and what it was."""

    config: Sequence[int] | Integers
    epoch: Sequence[int] | Integers
    time: Sequence[float] | Floats
    made: Sequence[Decision]


@dataclass
class Trace:
    """Everything one run wrote down; implements :class:`simlab.simulator.columns.RunColumns`.

    The fields of one entry follow those of the other in flat lists, which take less time and memory than one
    object for each.

    Attributes
    ----------
    record : {"events", "decisions", "trials"}
        What is kept of all that is noted.
    trials : list of Trial
        In the order of starting.
    note : callable
        Takes an event: time, what it is, configuration, worker, epochs of the trial.
    note_decision : callable
        Takes configuration, epoch and time, and the fields of the decision.

    Examples
    --------
    >>> trace = Trace(record="decisions")
    >>> trace.note((1.0, EPOCH_ENDED, 3, 0, 1))
    >>> trace.note_decision((3, 1, 1.0, *Decision(stop=False, reason="burn-in")))
    >>> trace.decisions.epoch, trace.decisions.made[0].reason, trace.events.time
    ([1], 'burn-in', [])
    """

    record: Record = "events"
    trials: list[Trial] = field(default_factory=list)
    note: Callable[[tuple[Any, ...]], None] = field(init=False, repr=False)
    note_decision: Callable[[tuple[Any, ...]], None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._events: list[Any] = []
        self._decisions: list[Any] = []
        self.note = self._events.extend if self.record == "events" else _forget
        self.note_decision = self._decisions.extend if self.record != "trials" else _forget

    @property
    def trial_columns(self) -> TrialColumns:
        """Every trial."""
        trials = self.trials
        return TrialColumns(
            config=[trial.config for trial in trials],
            outcome=[trial.outcome for trial in trials],
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
        n = len(fields(Events))
        return Events(*(self._events[place::n] for place in range(n)))

    @property
    def decision_columns(self) -> DecisionColumns:
        """Every decision, each of its fields a column."""
        n = len(fields(DecisionColumns))
        return DecisionColumns(*(self._decisions[place::n] for place in range(n)))

    @property
    def decisions(self) -> Decisions:
        """Every decision."""
        told = self.decision_columns
        made = map(Decision, told.stop, told.reason, told.predicted, told.sigma, told.probability)
        return Decisions(told.config, told.epoch, told.time, list(made))


def _forget(entry: object) -> None:
    """Keep nothing."""
