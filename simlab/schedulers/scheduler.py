"""The protocol of every scheduler: which trial runs next, and how far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import NamedTuple

from simlab.policies.decision import Decision
from simlab.policies.view import View


class Outcome(StrEnum):
    """How a trial's stay on a worker ended."""

    COMPLETED = "completed"  # trained to its own end
    DIVERGED = "diverged"  # its recorded curve ends because it became non-finite
    CENSORED = "censored"  # its recorded curve ends because somebody stopped it back then
    FAILED = "failed"  # its recorded curve ends because it raised
    STOPPED = "stopped"  # the policy stopped it
    PAUSED = "paused"  # it reached the end of its job and may be resumed
    UNFINISHED = "unfinished"  # the budget was used up


#: Those after which the score is a final one.
FINAL = (Outcome.COMPLETED, Outcome.DIVERGED)


class Job(NamedTuple):
    """A piece of work for one worker.

    Attributes
    ----------
    config : int
        Index of the configuration.
    until : int or None
        Epoch at which the trial pauses; None trains it to its end.
    trial : int or None
        The paused or stopped trial that is resumed where it stood; None starts a new one. Trials are numbered
        from 0 in the order in which they start.
    anew : bool
        Train the resumed trial again from its first epoch, as where no checkpoint was kept.
    """

    config: int
    until: int | None = None
    trial: int | None = None
    anew: bool = False


class JobEnd(NamedTuple):
    """How a trial left its worker.

    Attributes
    ----------
    trial, config : int
        Number of the trial, and index of its configuration.
    outcome : Outcome
    epochs : int
        Epochs the trial has reached.
    score : float
        Final score of a completed or diverged trial, last score of any other (NaN before its first epoch).
    decision : Decision or None
        The decision that stopped it.
    """

    trial: int
    config: int
    outcome: Outcome
    epochs: int
    score: float
    decision: Decision | None = None


class Scheduler(ABC):
    """Hands out jobs to free workers and decides after every epoch.

    A scheduler is made anew for each run and may keep state. The simulator calls it in the order of events:
    :meth:`next_job` whenever a worker is free, :meth:`after_epoch` when a trial has finished an epoch that is
    not its last, :meth:`job_ended` when a trial leaves its worker.
    """

    @abstractmethod
    def next_job(self) -> Job | None:
        """Return what a free worker should do, or None; asked again whenever a trial leaves its worker."""

    @abstractmethod
    def after_epoch(self, view: View) -> Decision:
        """Return whether a running trial stops."""

    def job_ended(self, end: JobEnd) -> None:  # noqa: B027
        """Hear that a trial left its worker."""
