"""The discrete-event simulator: one scheduler, W workers, a simulated clock, recorded curves.

Order of simultaneous events. Every running trial has one pending event, the end of its next epoch. Events are
handled by time, and at equal times by the trial's position (the order in which trials first started), so the
order is total. What an event sets free is handed out before the next event: idle workers ask for a job in the
order of their numbers. Hence a trial that ends at time s is known to every decision at s of a trial that
started after it. What a scenario adds to this is said in :mod:`simlab.simulator.scenario_replay`.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simlab.corpus import Corpus
from simlab.errors import SettingError, SimlabError, SimulationError
from simlab.policies import Decision
from simlab.policies.ascending import Ascending, for_many
from simlab.predictions import PredictionTables
from simlab.schedulers import Job, JobEnd, Outcome, Scheduler
from simlab.simulator.known_trials import KnownTrials
from simlab.simulator.reports import Reports
from simlab.simulator.trace import EPOCH_ENDED, RESTARTED, RESUMED, STARTED, Record, Trace, Trial
from simlab.simulator.view import ReplayView

if TYPE_CHECKING:
    from sortedcontainers import SortedList

Floats = npt.NDArray[np.float64]
_OUTCOMES = {str(outcome): outcome for outcome in Outcome}
_COMPLETED, _STOPPED, _PAUSED = (
    Outcome.COMPLETED,
    Outcome.STOPPED,
    Outcome.PAUSED,
)  # looked up for every trial


class Replay:
    """One run of a scheduler over a recorded corpus.

    Parameters
    ----------
    corpus : Corpus
    scheduler : Scheduler
        Made anew for this run.
    elapsed : ndarray, shape (N, T + 1)
        Training time after each number of epochs; see :func:`simlab.simulator.costs.elapsed_times`.
    workers : int, >= 1
    predictions : PredictionTables, optional
        Shared by the runs of one ordering.
    hindsight : bool
        Whether views show the recorded truth; only for bounds such as the oracle.
    record : {"events", "decisions", "trials"}
        What the trace keeps.

    Raises
    ------
    SettingError
        If there is no worker.
    SimulationError
        While it runs: if the policy, the scheduler or the searcher raises or answers nonsense.
    """

    #: Whether an epoch starts as soon as the one before has ended, and takes as long as recorded.
    _is_plain = True

    def __init__(
        self,
        corpus: Corpus,
        scheduler: Scheduler,
        elapsed: Floats,
        *,
        workers: int = 1,
        predictions: PredictionTables | None = None,
        hindsight: bool = False,
        record: Record = "events",
    ) -> None:
        if workers < 1:
            raise SettingError(f"workers must be 1 or more, not {workers}")
        self.corpus = corpus
        self.hindsight = hindsight
        self.now = 0.0
        self.trace = Trace(record)
        self.completed_scores: Ascending | SortedList = Ascending()
        self.nth_best: dict[int, float] = {}  # those asked for since a trial completed
        self.reports = Reports(corpus.scores)
        self.known = KnownTrials(self.trace.trials, predictions or PredictionTables(corpus))
        self._scheduler = scheduler
        self._elapsed = elapsed
        self._lengths: list[int] = corpus.lengths.tolist()
        self._final_scores: list[float] = corpus.final_scores.tolist()
        self._idle = list(range(workers))
        self._pending: list[tuple[float, int]] = []  # heap of (time, position)
        self._views: dict[int, ReplayView] = {}  # of the trials on a worker, by position
        # For a scenario: when all ends, and what happens at a pending event that is not the end of an epoch.
        self._ends_at = math.inf
        self._instead: dict[int, Callable[[], None]] = {}

    def run(self) -> Trace:
        """Play until no job is left and return what happened."""
        self._hand_out_jobs()
        for trial, outcome, decision in self._departures():
            self._leave(trial, outcome, decision)
            self._hand_out_jobs()
        return self.trace

    def _departures(self) -> Iterator[tuple[Trial, Outcome, Decision | None]]:
        """Let epochs end, in the order of events, and yield each trial that is to leave its worker.

        A run spends its time here, on a few steps per epoch; hence all the local names.
        """
        pending, instead, idle, trials = self._pending, self._instead, self._idle, self.trace.trials
        lengths, elapsed, status = self._lengths, self._elapsed.item, self.corpus.status
        note, note_decision, arrive = self.trace.note, self.trace.note_decision, self.reports.arrive
        while pending and pending[0][0] <= self._ends_at:
            self.now, position = now, _ = heappop(pending)
            if instead and position in instead:
                instead.pop(position)()
                self._hand_out_jobs()
                continue
            trial = trials[position]
            config, epoch = trial.config, trial.epochs + 1
            if epoch <= lengths[config]:  # else it ended before its first epoch did
                trial.epochs = epoch
                if epoch > trial.trained_to:  # not for the second time
                    trial.trained_to = epoch
                    arrive[epoch - 1](config)
                note((now, EPOCH_ENDED, config, trial.worker, epoch))
            if epoch >= lengths[config]:
                yield trial, _OUTCOMES[status[config]], None
                continue
            decision = self._decide(trial)
            note_decision((config, epoch, now) + decision)  # noqa: RUF005  # takes half the time of unpacking
            if decision.stop:
                yield trial, _STOPPED, decision
            elif epoch == trial.until:
                yield trial, _PAUSED, None
            else:
                if self._is_plain:
                    trained = elapsed(config, epoch + 1) - trial.trained
                    heappush(pending, (trial.job_start + trained, position))
                else:
                    self._start_epoch(trial)
                if idle:
                    self._hand_out_jobs()

    def _decide(self, trial: Trial) -> Decision:
        """Ask what follows an epoch."""
        view = self._views[trial.position]
        view.epoch = trial.epochs
        try:
            decision = self._scheduler.after_epoch(view)
        except SimlabError:
            raise
        except Exception as error:
            config_id = self.corpus.config_ids[trial.config]
            raise policy_raised(error, config_id, trial.position, trial.epochs) from error
        if type(decision) is not Decision or decision.probability is not None:
            self._check(decision, trial)
        return decision

    def _hand_out_jobs(self) -> None:
        while self._idle:
            job = self._next_job()
            if job is None:
                return
            trial, event = self._new_trial(job) if job.trial is None else self._resumed_trial(job, job.trial)
            if job.until is not None and job.until <= trial.epochs:
                raise SettingError(
                    f"a job must go beyond the {trial.epochs} epochs already trained, not to {job.until}"
                )
            trial.worker, trial.until, trial.outcome = self._idle.pop(0), job.until, ""
            self._views[trial.position] = ReplayView(self, trial)
            self._begin(trial, event)

    def _next_job(self) -> Job | None:
        try:
            return self._scheduler.next_job()
        except SimlabError:
            raise
        except Exception as error:
            raise SimulationError(
                f"the scheduler raised {type(error).__name__} when asked for a job at {self.now:g}, after "
                f"{len(self.trace.trials)} trials had started: {error}"
            ) from error

    def _new_trial(self, job: Job) -> tuple[Trial, str]:
        trial = Trial(job.config, len(self.trace.trials), self.now, worker=self._idle[0])
        self.trace.trials.append(trial)
        return trial, STARTED

    def _resumed_trial(self, job: Job, position: int) -> tuple[Trial, str]:
        trial = self.trace.trials[position]
        if trial.config != job.config or trial.outcome not in (Outcome.PAUSED, Outcome.STOPPED):
            config_id, state = self.corpus.config_ids[trial.config], trial.outcome or "running"
            raise SettingError(
                f"the scheduler asked to resume trial {position} with configuration "
                f"'{self.corpus.config_ids[job.config]}': it has '{config_id}' and is {state}, not paused"
            )
        if not job.anew:
            return trial, RESUMED
        trial.given_up.append((0, trial.epochs))
        trial.epochs = 0
        return trial, RESTARTED

    def _begin(self, trial: Trial, event: str) -> None:
        """Let a worker go to work on a trial."""
        trial.resumed_at = trial.epochs
        trial.job_start, trial.trained = self.now, self._elapsed.item(trial.config, trial.epochs)
        self.trace.note((self.now, event, trial.config, trial.worker, trial.epochs))
        self._start_epoch(trial)

    def _start_epoch(self, trial: Trial) -> None:
        # What the present job will have trained by then; as before, where a curve ended.
        trained = self._elapsed.item(trial.config, trial.epochs + 1) - trial.trained
        heappush(self._pending, (trial.job_start + trained, trial.position))

    def _check(self, decision: Decision, trial: Trial) -> None:
        """Raise SimulationError for what is no decision."""
        if not isinstance(decision, Decision):
            raise SimulationError(
                f"the policy answered {decision!r} on {self._name(trial)} after epoch {trial.epochs}: "
                f"it must return a Decision"
            )
        probability = decision.probability
        if probability is not None and math.isnan(probability):
            raise SimulationError(
                f"a probability is NaN on {self._name(trial)} after epoch {trial.epochs} "
                f"(reason: {decision.reason}): a policy must say None where it knows nothing"
            )

    def _name(self, trial: Trial) -> str:
        return f"configuration '{self.corpus.config_ids[trial.config]}' (trial {trial.position})"

    def _leave(self, trial: Trial, outcome: Outcome, decision: Decision | None) -> None:
        trial.outcome, trial.end = outcome, self.now
        self.trace.note((self.now, outcome, trial.config, trial.worker, trial.epochs))
        del self._views[trial.position]
        insort(self._idle, trial.worker)
        final = self._final_scores[trial.config]
        if outcome is _COMPLETED:
            self.completed_scores = for_many(self.completed_scores, len(self.completed_scores))
            self.completed_scores.add(final)
            self.nth_best.clear()
            self.reports.complete(trial.config)
        self.known.count_ended(trial)
        score = final if trial.reached_its_end and not math.isnan(final) else self._last_score(trial)
        self._tell_scheduler(JobEnd(trial.position, trial.config, outcome, trial.epochs, score, decision))

    def _tell_scheduler(self, end: JobEnd) -> None:
        try:
            self._scheduler.job_ended(end)
        except SimlabError:
            raise
        except Exception as error:
            raise SimulationError(
                f"the scheduler raised {type(error).__name__} when told that "
                f"{self._name(self.trace.trials[end.trial])} {end.outcome} after epoch {end.epochs}: {error}"
            ) from error

    def _last_score(self, trial: Trial) -> float:
        return self.corpus.scores.item(trial.config, trial.epochs - 1) if trial.epochs else math.nan


def policy_raised(error: Exception, config_id: str, position: int, epoch: int) -> SimulationError:
    """Return what to raise where a policy raised: where it was, and what it said."""
    return SimulationError(
        f"the policy raised {type(error).__name__} on configuration '{config_id}' (trial {position}) "
        f"after epoch {epoch}: {error}"
    )
