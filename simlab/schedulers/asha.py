"""ASHA: successive halving that promotes a trial as soon as it is among the best of those seen in its rung.

References
----------
Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar (2020), "A System for Massively Parallel
Hyperparameter Tuning", Algorithm 2.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Literal

from simlab.errors import UnknownNameError
from simlab.policies.decision import Decision
from simlab.policies.view import View
from simlab.schedulers.brackets import halving_bracket
from simlab.schedulers.scheduler import FINAL, Job, JobEnd, Outcome, Scheduler
from simlab.searchers.searcher import Searcher

Quota = Literal["floor", "ceil"]
WITHIN_RUNG = Decision(stop=False, reason="inside a rung")
_RUNG_ENDS = Decision(stop=False, reason="end of the rung")


@dataclass(eq=False)
class AsynchronousRung:
    """A rung that is never full: trials keep arriving, and the best leave it one by one.

    Attributes
    ----------
    epochs : int
        Epoch to which its trials are trained.
    ranked : list of (float, int)
        Score, negated, and number of every trial that has reached it, the best one first; at equal scores the
        one that started first.
    waiting : list of (float, int, JobEnd)
        A heap of those that may go on and have not been promoted.
    """

    epochs: int
    ranked: list[tuple[float, int]] = field(default_factory=list)
    waiting: list[tuple[float, int, JobEnd]] = field(default_factory=list)

    def add(self, end: JobEnd) -> None:
        """Rank a trial that has reached it."""
        place = (-end.score, end.trial)
        insort(self.ranked, place)
        if end.outcome in (Outcome.PAUSED, Outcome.COMPLETED):
            heappush(self.waiting, (*place, end))

    def promote(self, quota: int) -> JobEnd | None:
        """Return the best trial not yet promoted, where it is among the best ``quota``."""
        if not self.waiting or bisect_left(self.ranked, self.waiting[0][:2]) >= quota:
            return None
        return heappop(self.waiting)[-1]


class ASHA(Scheduler):
    """Asynchronous successive halving by promotion.

    A free worker resumes the best paused trial that is in the top 1 / eta of its rung, in the highest rung
    that has one, and starts a new trial where there is none. Nobody waits for a rung to fill. A rung counts
    the trials that were trained to its end; one whose curve completed before is carried on with its final
    value. Diverged, failed and censored trials are never promoted.

    Parameters
    ----------
    searcher : Searcher
    max_epochs : int
        Epochs of a complete training, R.
    eta : int, >= 2
    min_epochs : int
        Epochs of the first rung, r.
    quota : {"floor", "ceil"}
        How many of the n trials of a rung may be promoted: n / eta rounded down, as in the paper, or rounded
        up from two trials on, as Syne Tune 0.14 does.
    retrain : bool
        Train a promoted trial again from its first epoch, instead of from its checkpoint.
    finish : bool
        When no trial is left to start or to promote, train the best of the highest rung to ``max_epochs``,
        unless one was.

    Raises
    ------
    SettingError
        If ``max_epochs``, ``eta`` or ``min_epochs`` is impossible.
    UnknownNameError
        If the quota is unknown.

    Examples
    --------
    >>> from simlab.searchers import RandomOrdering
    >>> asha = ASHA(RandomOrdering(range(100)), 20)
    >>> [rung.epochs for rung in asha.rungs], asha.next_job()
    ([1, 3, 9, 20], Job(config=0, until=1, trial=None, anew=False))
    """

    def __init__(
        self,
        searcher: Searcher,
        max_epochs: int,
        *,
        eta: int = 3,
        min_epochs: int = 1,
        quota: Quota = "floor",
        retrain: bool = False,
        finish: bool = True,
    ) -> None:
        if quota not in ("floor", "ceil"):
            raise UnknownNameError("quota", quota, ["floor", "ceil"])
        self.searcher = searcher
        self.eta = eta
        self.quota = quota
        self.retrain = retrain
        self.finish = finish
        self.rungs = [AsynchronousRung(epochs) for epochs in rung_epochs(min_epochs, max_epochs, eta)]
        self.top = len(self.rungs) - 1  # the highest rung to which trials are promoted
        self._level_of: dict[int, int] = {}  # the rung to which each trial was sent last
        self._n_running = 0

    def next_job(self) -> Job | None:
        """Return a promotion, or else a new trial, or else the last training of all."""
        return self._promotion() or self._new_trial() or self._last_training()

    def after_epoch(self, view: View) -> Decision:
        """Stop nothing: trials pause at the end of their rung."""
        return _RUNG_ENDS if view.epoch == view.until else WITHIN_RUNG

    def job_ended(self, end: JobEnd) -> None:
        """Rank a trial that has reached its rung."""
        self._n_running -= 1
        level = self._level_of[end.trial]
        if end.epochs == self.rungs[level].epochs or end.outcome == Outcome.COMPLETED:
            self._enter(level, end)
        is_final = end.outcome in FINAL
        self.searcher.observe(end.config, end.score, is_final=is_final)

    def _enter(self, level: int, end: JobEnd) -> None:
        self.rungs[level].add(end)

    def _promotion(self) -> Job | None:
        level = self.top - 1
        while level >= 0:
            end = self.rungs[level].promote(self._promotable(len(self.rungs[level].ranked)))
            if end is None:
                level -= 1
            elif end.outcome == Outcome.COMPLETED:  # carried on as it is, and perhaps promoted again there
                self._enter(level + 1, end)
                level = min(level + 1, self.top - 1)
            else:
                return self._resume(end, level + 1)
        return None

    def _promotable(self, n: int) -> int:
        return n // self.eta if self.quota == "floor" or n < 2 else -(-n // self.eta)

    def _new_trial(self) -> Job | None:
        config = self.searcher.propose()
        if config is None:
            return None
        return self._send(len(self._level_of), 0, Job(config, self.rungs[0].epochs))

    def _last_training(self) -> Job | None:
        occupied = [rung for rung in self.rungs if rung.waiting]
        if not self.finish or self._n_running or not occupied or occupied[-1] is self.rungs[-1]:
            return None
        best = occupied[-1].waiting[0][-1]
        if best.outcome == Outcome.COMPLETED:
            return None
        heappop(occupied[-1].waiting)
        return self._resume(best, len(self.rungs) - 1)

    def _resume(self, end: JobEnd, level: int) -> Job:
        job = Job(end.config, self.rungs[level].epochs, end.trial, anew=self.retrain)
        return self._send(end.trial, level, job)

    def _send(self, trial: int, level: int, job: Job) -> Job:
        self._level_of[trial] = level
        self._n_running += 1
        return job


def rung_epochs(min_epochs: int, max_epochs: int, eta: int) -> list[int]:
    """Return to which epoch each rung trains, as in synchronous successive halving.

    Parameters
    ----------
    min_epochs, max_epochs : int
        Epochs of the first rung, multiplied by eta from rung to rung, and of the last one.
    eta : int, >= 2

    Raises
    ------
    SettingError
        If the settings are impossible.

    Examples
    --------
    >>> rung_epochs(1, 20, 3), rung_epochs(1, 243, 3)
    ([1, 3, 9, 20], [1, 3, 9, 27, 81, 243])
    """
    return [rung.epochs for rung in halving_bracket(1, min_epochs, max_epochs, eta).rungs]
