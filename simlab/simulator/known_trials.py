"""The trials of a run that have ended by now, and what predictors learn from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simlab.predictions import PredictionTable, PredictionTables
from simlab.simulator.trace import Trial

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor


class KnownTrials:
    """Who has ended, and the prediction tables fitted on them: nobody learns from a trial that still runs.

    Parameters
    ----------
    trials : sequence of Trial
        All that have started, in that order; more are added as they start.
    predictions : PredictionTables
        Shared by the runs of one ordering.

    Attributes
    ----------
    n_ended_in_order : int
        Number n such that the first n trials have all ended.

    Examples
    --------
    >>> from simlab.testing.corpora import synthetic_corpus
    >>> trials = [Trial(config=0, position=0, start=0.0, worker=0, outcome="completed")]
    >>> trials += [Trial(config=1, position=1, start=0.0, worker=1)]  # still runs
    >>> known = KnownTrials(trials, PredictionTables(synthetic_corpus()))
    >>> known.count_ended(trials[0])
    >>> known.n_ended_in_order
    1
    """

    def __init__(self, trials: Sequence[Trial], predictions: PredictionTables) -> None:
        self.n_ended_in_order = 0
        self._trials = trials
        self._predictions = predictions
        self._tables: dict[tuple[object, ...], PredictionTable] = {}

    def count_ended(self, trial: Trial) -> None:
        """Count anew after a trial has left its worker."""
        if trial.position != self.n_ended_in_order:
            return
        while self.n_ended_in_order < len(self._trials) and self._trials[self.n_ended_in_order].has_ended:
            self.n_ended_in_order += 1

    def table(self, predictor: Predictor, burn_in: int) -> PredictionTable:
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
            training = [trial.config for trial in self._trials[:burn_in] if trial.reached_its_end]
            self._tables[key] = self._predictions.table(predictor, training)
        return self._tables[key]

    def table_at(self, predictor: Predictor, training: tuple[int, ...], horizon: int) -> PredictionTable:
        """Return the predictions of the score after ``horizon`` epochs, fitted on the trials ``training``.

        Raises
        ------
        LookupError
            If one of these trials has neither reached that epoch nor ended yet.
        """
        key = (predictor, training, horizon)
        if key not in self._tables:
            trials = [self._trials[position] for position in training]
            early = [
                trial.position for trial in trials if trial.trained_to < horizon and not trial.reached_its_end
            ]
            if early:
                raise LookupError(f"trial {early[0]} has not been trained for {horizon} epochs")
            configs = [trial.config for trial in trials]
            self._tables[key] = self._predictions.table(predictor, configs, horizon)
        return self._tables[key]
