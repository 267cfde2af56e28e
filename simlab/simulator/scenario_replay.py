"""The simulator under a scenario: delays, costly decisions, slow and failing workers, a budget.

Order of simultaneous events. Every trial on a worker still has one pending event: the end of its next epoch,
its leaving after a costly decision or a checkpoint, the failure of its worker, or the end of the repair. At
equal times repaired workers that have no trial come first, in the order of their numbers; then trials by
position. A failure that falls on the end of an epoch strikes after it. A run with a budget in time ends after
the events of that moment, at which nothing is handed out any more.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Callable
from functools import partial
from heapq import heappush
from typing import Any

from simlab.corpus import Corpus
from simlab.errors import SettingError
from simlab.policies import Decision
from simlab.schedulers import Job, Outcome, Scheduler
from simlab.simulator.costs import Floats
from simlab.simulator.fleet import Fleet
from simlab.simulator.replay import Replay
from simlab.simulator.scenario import Budget, Scenario
from simlab.simulator.trace import RESUMED, WORKER_FAILED, Trace, Trial

#: A job that fails more often than this never ends in practice.
MOST_FAILURES = 1000


class ScenarioReplay(Replay):
    """One run of a scheduler over a recorded corpus under a scenario.

    With the default scenario it does what :class:`simlab.simulator.Replay` does, more slowly.

    Parameters
    ----------
    corpus, scheduler, elapsed
        As in :class:`Replay`.
    scenario : Scenario
    fleet : Fleet
        Its workers.
    **options
        As in :class:`Replay`.
    """

    _is_plain = False

    def __init__(
        self,
        corpus: Corpus,
        scheduler: Scheduler,
        elapsed: Floats,
        scenario: Scenario,
        fleet: Fleet,
        **options: Any,
    ) -> None:
        super().__init__(corpus, scheduler, elapsed, workers=len(fleet.slowness), **options)
        self._scenario = scenario
        self._fleet = fleet
        self._decision_costs = scenario.decision_costs(corpus.n_epochs)
        self._ends_at = _limit(scenario.budget.time if scenario.budget else None)
        self._meter = Meter(scenario.budget)
        self._delay = 0.0  # before the first epoch of the job that begins

    def run(self) -> Trace:
        """Play until no job is left or the budget is used up, and return what happened."""
        super().run()
        self._break_off()
        return self.trace

    def _break_off(self) -> None:
        """Note who still runs when time is up."""
        running = [trial for trial in self.trace.trials if not trial.outcome]
        for trial in running:
            trial.outcome, trial.end = Outcome.UNFINISHED, self._ends_at
            self._log(trial, Outcome.UNFINISHED, self._ends_at)

    def _hand_out_jobs(self) -> None:
        for worker in list(self._idle):
            self._fleet.advance(worker, self.now)
            failed_at = self._fleet.fails_at[worker]
            if failed_at <= self.now:
                self._idle.remove(worker)
                position = worker - len(self._fleet.slowness)  # before those of all trials
                self._instead[position] = partial(insort, self._idle, worker)
                heappush(self._pending, (failed_at + self._fleet.repair, position))
        super()._hand_out_jobs()
        if self._idle and not self._views:  # nothing runs, and there is no job: no repair changes that
            self._pending.clear()

    def _next_job(self) -> Job | None:
        is_over = self._meter.is_used_up or self.now >= self._ends_at
        return None if is_over else super()._next_job()

    def _begin(self, trial: Trial, event: str) -> None:
        self._delay = self._scenario.resume if trial.epochs else self._scenario.start_up
        super()._begin(trial, event)

    def _start_epoch(self, trial: Trial) -> None:
        delay, self._delay = self._delay, 0.0
        if not self._may_train(trial):
            self._leave(trial, Outcome.UNFINISHED, None)
            return
        trial.job_start += delay + self._cost_of_decision(trial)
        training = (
            self._elapsed.item(trial.config, trial.epochs + 1) - trial.trained
        ) * self._fleet.slowness[trial.worker]
        self._schedule(trial, trial.job_start + training)

    def _may_train(self, trial: Trial) -> bool:
        """Return whether the budget allows another epoch, and charge it."""
        if trial.epochs == self._lengths[trial.config]:  # it fails before its first epoch
            return True
        seconds = self.corpus.series["seconds"] if self.corpus.has_seconds else None
        return self._meter.charge(0.0 if seconds is None else seconds.item(trial.config, trial.epochs))

    def _cost_of_decision(self, trial: Trial) -> float:
        """Return what the decision just made takes, 0 where there is none."""
        view = self._views[trial.position]
        looked, view.looked = view.looked, False
        return self._decision_costs[trial.epochs - 1] if looked else 0.0

    def _leave(self, trial: Trial, outcome: Outcome, decision: Decision | None) -> None:
        delay = self._cost_of_decision(trial)
        if outcome is Outcome.PAUSED:
            delay += self._scenario.checkpoint
        leave = partial(super()._leave, outcome=outcome, decision=decision)
        if delay:
            self._schedule(trial, self.now + delay, leave)
        else:
            leave(trial)

    def _schedule(self, trial: Trial, time: float, step: Callable[[Trial], None] | None = None) -> None:
        """Let something happen to a trial, by default the end of an epoch, unless its worker fails before."""
        fails_at = self._fleet.fails_at[trial.worker]
        if fails_at < time:
            time, step = fails_at, self._fail
        if step:
            self._instead[trial.position] = partial(step, trial)
        heappush(self._pending, (time, trial.position))

    def _fail(self, trial: Trial) -> None:
        """Let the worker of a trial fail: the epochs of its job are lost."""
        trial.given_up.append((trial.resumed_at, trial.epochs))
        if len(trial.given_up) > MOST_FAILURES:
            raise SettingError(
                f"{MOST_FAILURES} workers failed on {self._name(trial)}, which never gets through: lower the "
                f"failure rate"
            )
        trial.epochs_lost += trial.epochs - trial.resumed_at
        trial.epochs = trial.resumed_at
        self._log(trial, WORKER_FAILED, self.now)
        self._instead[trial.position] = partial(self._go_on, trial)
        heappush(self._pending, (self.now + self._fleet.repair, trial.position))

    def _go_on(self, trial: Trial) -> None:
        """Let a trial go on on its repaired worker."""
        self._fleet.advance(trial.worker, self.now)
        self._begin(trial, RESUMED)

    def _log(self, trial: Trial, event: str, time: float) -> None:
        self.trace.note((time, event, trial.config, trial.worker, trial.epochs))


class Meter:
    """What is left of a budget in epochs and in recorded seconds.

    Examples
    --------
    >>> meter = Meter(Budget(seconds=5))
    >>> meter.charge(3), meter.charge(3), meter.charge(1), meter.is_used_up
    (True, False, False, True)
    """

    def __init__(self, budget: Budget | None) -> None:
        self._epochs_left = _limit(budget.epochs if budget else None)
        self._seconds_left = _limit(budget.seconds if budget else None)
        self.is_used_up = False

    def charge(self, seconds: float) -> bool:
        """Charge an epoch and return True; False where it exceeds the budget, which is then used up."""
        if self.is_used_up or seconds > self._seconds_left:
            self.is_used_up = True
            return False
        self._epochs_left -= 1
        self._seconds_left -= seconds
        self.is_used_up = self._epochs_left < 1 or self._seconds_left <= 0
        return True


def _limit(limit: float | None) -> float:
    return math.inf if limit is None else limit
