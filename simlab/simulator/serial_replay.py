"""One trial after the other under the threshold rule, without the machinery of simultaneous events.

With one worker nothing happens between two epochs of a trial: whether it stops depends on what is predicted
of it and on the incumbent, which changes with trials that complete. So trials are played in one loop, and
when each event took place is computed for all of them at once. What comes out is what
:class:`simlab.simulator.Replay` writes down, to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappush, heappushpop

import numpy as np
import polars as pl

from simlab.corpus import Corpus
from simlab.errors import SimlabError
from simlab.policies import ThresholdRule
from simlab.policies.predictive import BURN_IN, NO_MODEL
from simlab.policies.threshold import MAY_BEAT, NO_BETTER, NO_INCUMBENT
from simlab.predictions import PredictionTable, PredictionTables
from simlab.predictors.prediction import level_of, probability_below
from simlab.schedulers import Outcome
from simlab.simulator.columns import DecisionColumns, Events, Floats, Integers, TrialColumns
from simlab.simulator.replay import policy_raised
from simlab.simulator.trace import EPOCH_ENDED, STARTED, Record

#: All that can happen to a trial here.
_WORDS = (
    STARTED,
    EPOCH_ENDED,
    *map(str, (Outcome.COMPLETED, Outcome.DIVERGED, Outcome.CENSORED, Outcome.FAILED, Outcome.STOPPED)),
)
_PLACES = {word: place for place, word in enumerate(_WORDS)}
#: Why it goes on, and why it stops.
_REASONS = (BURN_IN.reason, NO_MODEL.reason, NO_INCUMBENT, MAY_BEAT, NO_BETTER)
_WAITS, _NO_MODEL, _NO_INCUMBENT, _MAY_BEAT, _NO_BETTER = range(len(_REASONS))
#: Where the mean and the sigma of a configuration are found, and the quantiles of all of them.
_Column = tuple[Callable[[int], float], Callable[[int], float], Floats | None]


class SerialReplay:
    """One run of the threshold rule over one ordering of a corpus, on one worker.

    Parameters
    ----------
    corpus : Corpus
    ordering : ndarray of int, shape (N,)
    rule : ThresholdRule
    elapsed : ndarray, shape (N, T + 1)
        Training time after each number of epochs, 0 after none.
    predictions : PredictionTables
        Shared by the runs of one ordering.
    record : {"events", "decisions", "trials"}
        With ``"trials"`` no decision is kept.

    Raises
    ------
    SimulationError
        While it runs: if the predictor raises.

    Examples
    --------
    >>> from simlab.predictors import LastSeenValue
    >>> from simlab.simulator.costs import elapsed_times
    >>> from simlab.testing.corpora import synthetic_corpus
    >>> corpus, rule = synthetic_corpus(), ThresholdRule(predictor=LastSeenValue(), burn_in=10)
    >>> elapsed, predictions = elapsed_times(corpus, "epochs"), PredictionTables(corpus)
    >>> run = SerialReplay(corpus, np.arange(40), rule, elapsed, predictions).run()
    >>> run.trial_columns.outcome.value_counts().sort("count").rows()
    [('completed', 12), ('stopped', 28)]
    """

    def __init__(
        self,
        corpus: Corpus,
        ordering: Integers,
        rule: ThresholdRule,
        elapsed: Floats,
        predictions: PredictionTables,
        *,
        record: Record = "events",
    ) -> None:
        self._corpus = corpus
        self._ordering = ordering
        self._rule = rule
        self._elapsed = elapsed
        self._predictions = predictions
        self._keeps_decisions = record != "trials"
        self._columns: dict[int, _Column] = {}
        self._told: list[float] = []  # mean, sigma, probability and reason of one decision after the other
        self._table: PredictionTable | None = None
        self._best: list[float] = []  # a heap of the best final scores, as many as the rule asks for
        self._bound = -math.inf  # what a trial must probably beat

    def run(self) -> SerialRun:
        """Play every trial and return what happened."""
        corpus, burn_in = self._corpus, self._rule.burn_in
        trained = corpus.lengths[self._ordering].tolist()
        completes = (corpus.status == Outcome.COMPLETED).tolist()
        final_scores = corpus.final_scores.tolist()
        for position, config in enumerate(self._ordering.tolist()):
            length = trained[position]
            if position >= burn_in and length > 1:
                trained[position] = self._train(config, position, length)
            if completes[config] and trained[position] == length:
                self._complete(final_scores[config])
            if not self._keeps_decisions:
                self._told.clear()
        told = self._told if self._keeps_decisions else None
        return SerialRun(corpus, self._ordering, np.array(trained, np.int64), self._elapsed, told)

    def _train(self, config: int, position: int, length: int) -> int:
        """Return the epoch after which a trial stops, or its length."""
        epoch = 0
        try:
            for epoch in range(1, length):
                if self._stops(config, epoch):
                    return epoch
        except SimlabError:
            raise
        except Exception as error:
            raise policy_raised(error, self._corpus.config_ids[config], position, epoch) from error
        return length

    def _stops(self, config: int, epoch: int) -> bool:
        """Decide as :meth:`ThresholdRule.judge` does, and note it."""
        mean_of, sigma_of, quantiles = self._columns.get(epoch) or self._column(epoch)
        mean, sigma, bound = mean_of(config), sigma_of(config), self._bound
        if math.isnan(mean) or math.isnan(sigma):
            self._told.extend((math.nan, math.nan, math.nan, _NO_MODEL))
            return False
        if bound == -math.inf:
            self._told.extend((mean, sigma, math.nan, _NO_INCUMBENT))
            return False
        if quantiles is None:
            probability = probability_below(bound, mean, sigma)
        else:
            probability = level_of(bound, quantiles[config])
        stops = probability >= self._rule.threshold
        self._told.extend((mean, sigma, probability, _NO_BETTER if stops else _MAY_BEAT))
        return stops

    def _column(self, epoch: int) -> _Column:
        if self._table is None:
            training = self._ordering[: self._rule.burn_in].tolist()
            self._table = self._predictions.table(self._rule.predictor, training)
        made = self._table.column(epoch)
        self._columns[epoch] = made.mean.item, made.sigma.item, made.quantiles
        return self._columns[epoch]

    def _complete(self, score: float) -> None:
        """Count a trial that has completed among the best."""
        if len(self._best) < self._rule.top_n:
            heappush(self._best, score)
        else:
            heappushpop(self._best, score)
        if len(self._best) == self._rule.top_n:
            self._bound = self._best[0] - self._rule.tolerance


@dataclass(frozen=True, eq=False)
class SerialRun:
    """What happened in one run, as columns; implements :class:`simlab.simulator.columns.RunColumns`.

    Parameters
    ----------
    corpus : Corpus
    config, epochs : ndarray of int, shape (N,)
        Configuration of each trial in the order of starting, and the epochs it was trained for.
    elapsed : ndarray, shape (N, T + 1)
    told : list of float, optional
        Mean, sigma, probability and place of the reason, of one decision after the other; none was kept
        where it is missing.
    """

    corpus: Corpus
    config: Integers
    epochs: Integers
    elapsed: Floats
    told: list[float] | None

    @property
    def trial_columns(self) -> TrialColumns:
        """Every trial."""
        nothing = np.zeros(len(self.config), np.int64)
        return TrialColumns(
            config=self.config,
            outcome=_words(_WORDS, self._outcomes),
            worker=nothing,
            start=self._times[:-1],
            end=self._times[1:],
            epochs=self.epochs,
            given_up={},
            epochs_lost=nothing,
        )

    @property
    def decision_columns(self) -> DecisionColumns:
        """Every decision that was kept: one after each epoch but the last one of a curve."""
        if self.told is None:
            return DecisionColumns([], [], [], [], [], [], [], [])
        trial, place = _count_up(np.minimum(self.epochs, np.maximum(self.corpus.lengths[self.config] - 1, 0)))
        columns = np.full((4, len(trial)), np.nan)
        columns[3] = _WAITS
        judged = len(self.told) // 4  # the burn-in comes first, and is not judged
        if judged:
            columns[:, -judged:] = np.array(self.told).reshape(-1, 4).T
        predicted, sigma, probability, reason = columns
        return DecisionColumns(
            config=self.config[trial],
            epoch=place + 1,
            time=self._after(trial, place + 1),
            stop=reason == _NO_BETTER,
            reason=_words(_REASONS, reason),
            predicted=predicted,
            sigma=sigma,
            probability=probability,
        )

    @property
    def events(self) -> Events:
        """Every event: each trial starts, ends its epochs, and leaves its worker."""
        trial, place = _count_up(self.epochs + 2)
        leaves = place > self.epochs[trial]
        epoch = place - leaves
        event = np.where(leaves, self._outcomes[trial], np.minimum(place, 1))
        return Events(
            time=self._after(trial, epoch),
            event=_words(_WORDS, event),
            config=self.config[trial],
            worker=np.zeros(len(trial), np.int64),
            epoch=epoch,
        )

    @cached_property
    def _times(self) -> Floats:
        """When each trial starts, and the last one ends, shape (N + 1,); added up one after the other."""
        return np.concatenate([[0.0], np.cumsum(self.elapsed[self.config, self.epochs])])

    def _after(self, trial: Integers, epoch: Integers) -> Floats:
        """Return when trials have trained for some epochs."""
        when: Floats = self._times[trial] + self.elapsed[self.config[trial], epoch]
        return when

    @cached_property
    def _outcomes(self) -> Integers:
        """How each trial ended, as its place among the words."""
        ended = np.array([_PLACES[status] for status in self.corpus.status[self.config].tolist()])
        stopped = self.epochs < self.corpus.lengths[self.config]
        return np.where(stopped, _PLACES[str(Outcome.STOPPED)], ended)


def _count_up(counts: Integers) -> tuple[Integers, Integers]:
    """Return the number of each trial as often as it counts, and 0, 1, ... beside it.

    Examples
    --------
    >>> _count_up(np.array([2, 0, 1]))
    (array([0, 0, 2]), array([0, 1, 0]))
    """
    trial = np.repeat(np.arange(len(counts)), counts)
    begins = np.cumsum(counts) - counts
    return trial, np.arange(len(trial)) - begins[trial]


def _words(words: Sequence[str], places: Integers | Floats) -> pl.Series:
    """Return the words at some places."""
    return pl.Series(words, dtype=pl.String)[pl.Series(places.astype(np.uint32))]
