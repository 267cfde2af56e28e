"""The discrete-event simulator: one scheduler, W workers, a simulated clock, recorded curves.

Order of simultaneous events. Every running trial has one pending event, the end of its next epoch. Events are
handled by time, and at equal times by the trial's position (the order in which trials first started), so the
order is total. What an event sets free is handed out before the next event: idle workers ask for a job in the
order of their numbers. Hence a trial that ends at time s is known to every decision at s of a trial that
started after it.
"""

from __future__ import annotations

import math
from bisect import insort
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simlab.corpus import Corpus
from simlab.errors import SettingError, SimlabError
from simlab.policies import Decision
from simlab.predictions import PredictionTable, PredictionTables
from simlab.schedulers import Job, JobEnd, Outcome, Scheduler
from simlab.simulator.reports import Reports
from simlab.simulator.trace import EPOCH_ENDED, RESTARTED, RESUMED, STARTED, Trace, Trial
from simlab.simulator.view import ReplayView

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor

Floats = npt.NDArray[np.float64]


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

    Raises
    ------
    SettingError
        If there is no worker.
    """

    def __init__(
        self,
        corpus: Corpus,
        scheduler: Scheduler,
        elapsed: Floats,
        *,
        workers: int = 1,
        predictions: PredictionTables | None = None,
        hindsight: bool = False,
    ) -> None:
        if workers < 1:
            raise SettingError(f"workers must be 1 or more, not {workers}")
        self.corpus = corpus
        self.hindsight = hindsight
        self.now = 0.0
        self.trace = Trace()
        self.completed_scores: list[float] = []  # ascending
        self.n_ended_in_order = 0
        self.reports = Reports(corpus.scores)
        self._predictions = predictions or PredictionTables(corpus)
        self._tables: dict[tuple[object, ...], PredictionTable] = {}
        self._scheduler = scheduler
        self._elapsed = elapsed
        self._lengths: list[int] = corpus.lengths.tolist()
        self._final_scores: list[float] = corpus.final_scores.tolist()
        self._idle = list(range(workers))
        self._pending: list[tuple[float, int]] = []  # heap of (time, position)

    def run(self) -> Trace:
        """Play until no job is left and return what happened."""
        self._hand_out_jobs()
        while self._pending:
            self.now, position = heappop(self._pending)
            self._finish_epoch(self.trace.trials[position])
            if self._idle:
                self._hand_out_jobs()
        return self.trace

    def prediction_table(self, predictor: Predictor, burn_in: int) -> PredictionTable:
        """Return the predictions of ``predictor`` fitted on the first ``burn_in`` trials.

        Those of them that were stopped are left out: nobody has seen their final values.

        Raises
        ------
        LookupError
            If one of these trials has not ended yet.
        """
        if self.n_ended_in_order < burn_in:
            raise LookupError(f"only the first {self.n_ended_in_order} trials have ended, not {burn_in}")
        key = (predictor, burn_in)
        if key not in self._tables:
            training = [trial.config for trial in self.trace.trials[:burn_in] if trial.reached_its_end]
            self._tables[key] = self._predictions.table(predictor, training)
        return self._tables[key]

    def prediction_table_at(
        self, predictor: Predictor, training: tuple[int, ...], horizon: int
    ) -> PredictionTable:
        """Return the predictions of the score after ``horizon`` epochs, fitted on the trials ``training``.

        Raises
        ------
        LookupError
            If one of these trials has neither reached that epoch nor ended yet.
        """
        key = (predictor, training, horizon)
        if key not in self._tables:
            trials = [self.trace.trials[position] for position in training]
            early = [
                trial.position for trial in trials if trial.trained_to < horizon and not trial.reached_its_end
            ]
            if early:
                raise LookupError(f"trial {early[0]} has not been trained for {horizon} epochs")
            configs = [trial.config for trial in trials]
            self._tables[key] = self._predictions.table(predictor, configs, horizon)
        return self._tables[key]

    def _hand_out_jobs(self) -> None:
        while self._idle:
            job = self._scheduler.next_job()
            if job is None:
                return
            trial, event = self._new_trial(job) if job.trial is None else self._resumed_trial(job, job.trial)
            if job.until is not None and job.until <= trial.epochs:
                raise SettingError(
                    f"a job must go beyond the {trial.epochs} epochs already trained, not to {job.until}"
                )
            trial.worker, trial.until, trial.outcome = self._idle.pop(0), job.until, ""
            trial.job_start, trial.trained = self.now, float(self._elapsed[trial.config, trial.epochs])
            self.trace.events.add(self.now, event, trial)
            self._start_epoch(trial)

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
        trial.given_up.append(trial.epochs)
        trial.epochs = 0
        return trial, RESTARTED

    def _start_epoch(self, trial: Trial) -> None:
        goes_on = trial.epochs < self._lengths[trial.config]  # unless it failed before its first epoch
        trained = float(self._elapsed[trial.config, trial.epochs + goes_on])
        heappush(self._pending, (trial.job_start + (trained - trial.trained), trial.position))

    def _finish_epoch(self, trial: Trial) -> None:
        length = self._lengths[trial.config]
        if trial.epochs < length:
            trial.epochs += 1
            if trial.epochs > max(trial.given_up, default=0):  # not for the second time
                self.reports.add(trial.config, trial.epochs)
            self.trace.events.add(self.now, EPOCH_ENDED, trial)
        if trial.epochs == length:
            self._leave(trial, Outcome(self.corpus.status[trial.config]), None)
            return
        decision = self._decide(trial)
        self.trace.decisions.add(trial.config, trial.epochs, self.now, decision)
        if decision.stop:
            self._leave(trial, Outcome.STOPPED, decision)
        elif trial.epochs == trial.until:
            self._leave(trial, Outcome.PAUSED, None)
        else:
            self._start_epoch(trial)

    def _decide(self, trial: Trial) -> Decision:
        try:
            decision = self._scheduler.after_epoch(ReplayView(self, trial))
        except SimlabError:
            raise
        except Exception as error:
            raise SimlabError(
                f"the policy raised {type(error).__name__} {self._where(trial)}: {error}"
            ) from error
        if not isinstance(decision, Decision):
            raise SimlabError(
                f"the policy answered {decision!r} {self._where(trial)}: it must return a Decision"
            )
        return decision

    def _where(self, trial: Trial) -> str:
        return f"on configuration '{self.corpus.config_ids[trial.config]}' after epoch {trial.epochs}"

    def _leave(self, trial: Trial, outcome: Outcome, decision: Decision | None) -> None:
        trial.outcome, trial.end = outcome, self.now
        self.trace.events.add(self.now, outcome, trial)
        insort(self._idle, trial.worker)
        final = self._final_scores[trial.config]
        if outcome == Outcome.COMPLETED:
            insort(self.completed_scores, final)
            self.reports.complete(trial.config)
        while (
            self.n_ended_in_order < len(self.trace.trials)
            and self.trace.trials[self.n_ended_in_order].has_ended
        ):
            self.n_ended_in_order += 1
        score = final if trial.reached_its_end and not math.isnan(final) else self._last_score(trial)
        self._scheduler.job_ended(
            JobEnd(trial.position, trial.config, outcome, trial.epochs, score, decision)
        )

    def _last_score(self, trial: Trial) -> float:
        return float(self.corpus.scores[trial.config, trial.epochs - 1]) if trial.epochs else math.nan
