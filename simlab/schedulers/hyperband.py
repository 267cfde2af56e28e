"""Successive halving and Hyperband: many configurations a little, the best of them further.

References
----------
Jamieson, Talwalkar (2016), "Non-stochastic Best Arm Identification and Hyperparameter Optimization".
Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar (2017), "Hyperband: A Novel Bandit-Based Approach to
Hyperparameter Optimization".
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from simlab.policies.decision import Decision
from simlab.policies.never import Never
from simlab.policies.policy import Policy
from simlab.policies.view import View
from simlab.schedulers.brackets import Bracket, Rung
from simlab.schedulers.scheduler import FINAL, Job, JobEnd, Outcome, Scheduler
from simlab.searchers.searcher import Searcher

_RUNG_ENDS = Decision(stop=False, reason="end of the rung")


@dataclass(eq=False)
class Round:
    """One rung of one bracket while it runs.

    Attributes
    ----------
    run : int
        Number of the Hyperband run, from 0.
    bracket : Bracket
    level : int
        Number of the rung in its bracket, from 0.
    to_draw : int
        New configurations still to be asked for.
    promoted : list of JobEnd
        Trials to resume, the best one first.
    running : dict of int to int
        Trials on a worker, and their configurations.
    ended : list of JobEnd
        How the trials that have left it did, in that order.
    scores : list of float
        Their scores, ascending: last scores, and the predictions that stopped trials.
    """

    run: int
    bracket: Bracket
    level: int
    to_draw: int = 0
    promoted: list[JobEnd] = field(default_factory=list)
    running: dict[int, int] = field(default_factory=dict)
    ended: list[JobEnd] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    @property
    def rung(self) -> Rung:
        """Its size and epochs."""
        return self.bracket.rungs[self.level]

    @property
    def n_next(self) -> int:
        """Number of configurations that survive it: 1 after the last rung."""
        rungs = self.bracket.rungs
        return rungs[self.level + 1].configs if self.level + 1 < len(rungs) else 1

    @property
    def is_over(self) -> bool:
        """Whether all its trials have left it."""
        return not (self.to_draw or self.promoted or self.running)

    def add(self, end: JobEnd) -> None:
        """Count a trial that has left it."""
        self.ended.append(end)
        if not math.isnan(score_of(end)):  # it failed before its first epoch
            insort(self.scores, score_of(end))


class Hyperband(Scheduler):
    """Runs brackets of successive halving, one rung after the other; a policy may stop trials inside them.

    A rung ends when all its trials have left it (a synchronous barrier). Its best trials are promoted: those
    that reached its end, and those whose recorded curve completed before, which are carried on as they are.
    At equal scores the one that started first goes first. Diverged, failed and censored trials are never
    promoted, stopped ones only where ``promote_stopped`` says so; fewer are promoted than planned where there
    are too few.

    Parameters
    ----------
    searcher : Searcher
    brackets : sequence of Bracket
        As :func:`simlab.schedulers.make_brackets` makes them; a single one is successive halving.
    runs : int
        How often all of them are run.
    policy : Policy, optional
        Judges every trial after each epoch inside its rung; by default nothing is stopped.
    retrain : bool
        Train a promoted trial again from its first epoch, instead of from its checkpoint.
    overlap : bool
        Let idle workers begin the next bracket while trials of this one still run.
    promote_stopped : bool
        Let a stopped trial compete with its prediction for promotion, as Algorithm 2 of Baker et al. (2017)
        does.

    Examples
    --------
    >>> from simlab.schedulers import make_brackets
    >>> from simlab.searchers import RandomOrdering
    >>> hyperband = Hyperband(RandomOrdering(range(100)), make_brackets(9))
    >>> hyperband.next_job()
    Job(config=0, until=1, trial=None, anew=False)
    """

    def __init__(
        self,
        searcher: Searcher,
        brackets: Sequence[Bracket],
        *,
        runs: int = 1,
        policy: Policy | None = None,
        retrain: bool = False,
        overlap: bool = False,
        promote_stopped: bool = False,
    ) -> None:
        self.searcher = searcher
        self.policy = policy or Never()
        self.retrain = retrain
        self.overlap = overlap
        self.promote_stopped = promote_stopped
        self._left = [(run, bracket) for run in range(runs) for bracket in brackets][::-1]
        self._open: list[Round] = []
        self.round_of: dict[int, Round] = {}  # the rung that each trial was in last
        self._n_started = 0

    def next_job(self) -> Job | None:
        """Return the next trial of an open rung, or the first one of the next bracket."""
        while True:
            for rung in self._open:
                job = self._job_of(rung)
                if job:
                    return job
            used_up = [rung for rung in self._open if rung.is_over]  # the searcher had nothing left for it
            for rung in used_up:
                self._promote(rung)
            if not used_up and not self._open_next():
                return None

    def after_epoch(self, view: View) -> Decision:
        """Ask the policy, except at the end of a rung."""
        if view.epoch == view.until:
            return _RUNG_ENDS
        return self.decide_in_rung(view, self.round_of[view.position])

    def decide_in_rung(self, view: View, rung: Round) -> Decision:
        """Return whether a trial stops before the end of its rung."""
        return self.policy.decide(view)

    def job_ended(self, end: JobEnd) -> None:
        """Count it, and promote the best when its rung is over."""
        rung = self.round_of[end.trial]
        del rung.running[end.trial]
        rung.add(end)
        is_final = end.outcome in FINAL
        self.searcher.observe(end.config, score_of(end), is_final=is_final)
        if rung.is_over:
            self._promote(rung)

    def _open_next(self) -> bool:
        """Open the next bracket, if there is one and its time has come."""
        if not self._left or (self._open and not self.overlap):
            return False
        run, bracket = self._left.pop()
        self._open.append(Round(run, bracket, 0, to_draw=bracket.rungs[0].configs))
        return True

    def _job_of(self, rung: Round) -> Job | None:
        until = rung.rung.epochs
        if rung.promoted:
            best = rung.promoted.pop(0)
            return self._hand_out(rung, best.trial, Job(best.config, until, best.trial, anew=self.retrain))
        config = self.searcher.propose() if rung.to_draw else None
        if config is None:
            rung.to_draw = 0
            return None
        rung.to_draw -= 1
        self._n_started += 1
        return self._hand_out(rung, self._n_started - 1, Job(config, until))

    def _hand_out(self, rung: Round, trial: int, job: Job) -> Job:
        rung.running[trial] = job.config
        self.round_of[trial] = rung
        return job

    def _promote(self, rung: Round) -> None:
        """Replace a rung that is over by the next one of its bracket."""
        place = self._open.index(rung)
        del self._open[place]
        if rung.level + 1 == len(rung.bracket.rungs):
            return
        best = sorted(filter(self._may_go_on, rung.ended), key=lambda end: (-score_of(end), end.trial))
        survivors = best[: rung.n_next]
        following = Round(
            rung.run,
            rung.bracket,
            rung.level + 1,
            promoted=[end for end in survivors if end.outcome != Outcome.COMPLETED],
        )
        for end in survivors:
            if end.outcome == Outcome.COMPLETED:
                following.add(end)
        self._open.insert(place, following)
        if following.is_over:  # nothing is left to train
            self._promote(following)

    def _may_go_on(self, end: JobEnd) -> bool:
        if end.outcome == Outcome.STOPPED:
            return self.promote_stopped
        return end.outcome in (Outcome.PAUSED, Outcome.COMPLETED)


def score_of(end: JobEnd) -> float:
    """Return the score by which a trial is ranked: the prediction that stopped it, or its last score."""
    if end.decision is None or end.decision.predicted is None:
        return end.score
    return end.decision.predicted
