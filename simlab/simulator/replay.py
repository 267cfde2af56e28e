"""The discrete-event simulator: one scheduler, W workers, a simulated clock, recorded curves.

Order of simultaneous events. Every running trial has one pending event, the end of its next epoch. Events are
handled by time, and at equal times by the trial's position (the order in which trials first started), so the order
is total. What an event sets free is handed out before the next event: idle workers ask for a job in the order of
their numbers. Hence a trial that ends at time s is known to every decision at s of a trial that started after it.
"""

from __future__ import annotations

import math
from bisect import insort
from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt

from simlab.corpus import Corpus
from simlab.corpus.schema import COMPLETED
from simlab.errors import SettingError, SimlabError
from simlab.policies import Decision
from simlab.predictors.predictor import Predictor
from simlab.schedulers import Outcome, Scheduler
from simlab.simulator.predictions import PredictionTable, PredictionTables
from simlab.simulator.trace import EPOCH_ENDED, RESUMED, STARTED, Trace, Trial
from simlab.simulator.view import ReplayView

Floats = npt.NDArray[np.float64]


class Replay:
    """One run of a scheduler over a recorded corpus.

    Parameters
    ----------
    corpus : Corpus
    scheduler : Scheduler
        Made anew for this run.
    durations : ndarray, shape (N, T)
        What each epoch takes on the simulated clock; see :func:`simlab.simulator.costs.epoch_durations`.
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
        durations: Floats,
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
        self._predictions = predictions or PredictionTables(corpus)
        self._tables: dict[tuple[int, int], PredictionTable] = {}
        self._scheduler = scheduler
        self._durations = durations
        self._lengths: list[int] = corpus.lengths.tolist()
        self._final_scores: list[float] = corpus.final_scores.tolist()
        self._idle = list(range(workers))
        self._pending: list[tuple[float, int]] = []  # heap of (time, position)
        self._by_config: dict[int, Trial] = {}
        self._ended: set[int] = set()  # positions beyond the unbroken head of ended trials

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

        Raises
        ------
        LookupError
            If one of these trials is still running: its final value is not known yet.
        """
        if self.n_ended_in_order < burn_in:
            raise LookupError(f"only the first {self.n_ended_in_order} trials have ended, not {burn_in}")
        key = (id(predictor), burn_in)  # the scheduler keeps its predictors alive as long as the run lasts
        if key not in self._tables:
            training = [trial.config for trial in self.trace.trials[:burn_in]]
            self._tables[key] = self._predictions.table(predictor, training)
        return self._tables[key]

    def _hand_out_jobs(self) -> None:
        while self._idle:
            job = self._scheduler.next_job()
            if job is None:
                return
            trial = self._by_config.get(job.config)
            event = STARTED if trial is None else RESUMED
            worker = self._idle.pop(0)
            if trial is None:
                trial = Trial(job.config, len(self.trace.trials), self.now, worker)
                self.trace.trials.append(trial)
                self._by_config[job.config] = trial
            elif trial.outcome != Outcome.PAUSED:
                raise SettingError(f"the scheduler asked for configuration {job.config}, which is not paused")
            trial.worker, trial.until, trial.outcome = worker, job.until, ""
            self._record(event, trial)
            self._start_epoch(trial)

    def _start_epoch(self, trial: Trial) -> None:
        runs = trial.epochs < self._lengths[trial.config]
        duration = float(self._durations[trial.config, trial.epochs]) if runs else 0.0
        heappush(self._pending, (self.now + duration, trial.position))

    def _finish_epoch(self, trial: Trial) -> None:
        length = self._lengths[trial.config]
        if trial.epochs < length:
            trial.epochs += 1
            self._record(EPOCH_ENDED, trial)
        if trial.epochs == length:
            self._leave(trial, Outcome(self.corpus.status[trial.config]), None)
            return
        decision = self._decide(trial)
        self.trace.decisions.append((trial.config, trial.epochs, self.now, decision))
        if decision.stop:
            self._leave(trial, Outcome.STOPPED, decision)
        elif trial.epochs == trial.until:
            self._leave(trial, Outcome.PAUSED, None)
        else:
            self._start_epoch(trial)

    def _decide(self, trial: Trial) -> Decision:
        try:
            return self._scheduler.after_epoch(ReplayView(self, trial))
        except SimlabError:
            raise
        except Exception as error:
            config_id = self.corpus.config_ids[trial.config]
            raise SimlabError(
                f"the policy raised {type(error).__name__} on configuration '{config_id}' after epoch {trial.epochs}: "
                f"{error}"
            ) from error

    def _leave(self, trial: Trial, outcome: Outcome, decision: Decision | None) -> None:
        trial.outcome, trial.end = outcome, self.now
        self._record(outcome, trial)
        insort(self._idle, trial.worker)
        final = self._final_scores[trial.config]
        reached_its_end = outcome not in (Outcome.STOPPED, Outcome.PAUSED)
        if outcome == COMPLETED:
            insort(self.completed_scores, final)
        if outcome != Outcome.PAUSED:
            self._advance_head(trial.position)
        known = reached_its_end and not math.isnan(final)
        score = final if known else self._last_score(trial)
        self._scheduler.job_ended(trial.config, outcome, score, decision)

    def _advance_head(self, position: int) -> None:
        """Count how many of the first trials have all ended."""
        self._ended.add(position)
        while self.n_ended_in_order in self._ended:
            self._ended.remove(self.n_ended_in_order)
            self.n_ended_in_order += 1

    def _last_score(self, trial: Trial) -> float:
        return float(self.corpus.scores[trial.config, trial.epochs - 1]) if trial.epochs else math.nan

    def _record(self, event: str, trial: Trial) -> None:
        self.trace.events.append((self.now, str(event), trial.config, trial.worker, trial.epochs))
