"""One trial after the other under the threshold rule, without the machinery of simultaneous events.

With one worker nothing happens between two epochs of a trial: whether it stops depends on what is predicted
of it and on the incumbent, which changes with trials that complete. So trials are played in one loop, and
when each event took place is computed for all of them at once. What comes out is what
:class:`simlab.simulator.Replay` writes down, to the last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from heapq import heappush, heappushpop
from itertools import repeat

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus import Corpus
from simlab.errors import SimlabError
from simlab.policies import Decision, ThresholdRule
from simlab.policies.predictive import BURN_IN, NO_MODEL
from simlab.predictions import PredictionTable, PredictionTables
from simlab.schedulers import Outcome
from simlab.simulator.costs import Floats
from simlab.simulator.replay import policy_raised
from simlab.simulator.trace import EPOCH_ENDED, STARTED, Decisions, Events, Record, TrialColumns

Integers = npt.NDArray[np.int64]
#: All that can happen to a trial here.
_WORDS = (
    STARTED,
    EPOCH_ENDED,
    *map(str, (Outcome.COMPLETED, Outcome.DIVERGED, Outcome.CENSORED, Outcome.FAILED, Outcome.STOPPED)),
)


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
        self._made: list[Decision] = []
        self._best: list[float] = []  # a heap of the best final scores, as many as the rule asks for

    def run(self) -> SerialRun:
        """Play every trial and return what happened."""
        lengths = self._corpus.lengths[self._ordering]
        trained = lengths.tolist()
        burn_in = self._rule.burn_in
        if self._keeps_decisions:
            self._made.extend(repeat(BURN_IN, int(np.maximum(lengths[:burn_in] - 1, 0).sum())))
        completes = (self._corpus.status == Outcome.COMPLETED).tolist()
        final_scores = self._corpus.final_scores.tolist()
        for position, config in enumerate(self._ordering.tolist()):
            length = trained[position]
            if position >= burn_in and length > 1:
                trained[position] = self._train(config, position, length)
            if completes[config] and trained[position] == length:
                self._complete(final_scores[config])
        return SerialRun(self._corpus, self._ordering, np.array(trained, np.int64), self._elapsed, self._made)

    def _train(self, config: int, position: int, length: int) -> int:
        """Return the epoch after which a trial stops, or its length."""
        rule, incumbent = self._rule, self._best[0] if len(self._best) == self._rule.top_n else -math.inf
        made: list[Decision] = []
        epochs = length
        try:
            lookup = self._table.lookup
            for epoch in range(1, length):
                predicted = lookup(config, epoch)
                decision = rule.compare(predicted, incumbent) if predicted.is_known else NO_MODEL
                made.append(decision)
                if decision.stop:
                    epochs = epoch
                    break
        except SimlabError:
            raise
        except Exception as error:
            raise policy_raised(error, self._corpus.config_ids[config], position, len(made) + 1) from error
        if self._keeps_decisions:
            self._made.extend(made)
        return epochs

    @cached_property
    def _table(self) -> PredictionTable:
        return self._predictions.table(self._rule.predictor, self._ordering[: self._rule.burn_in].tolist())

    def _complete(self, score: float) -> None:
        if len(self._best) < self._rule.top_n:
            heappush(self._best, score)
        else:
            heappushpop(self._best, score)


@dataclass(frozen=True, eq=False)
class SerialRun:
    """What happened in one run, as columns; implements :class:`simlab.simulator.trace.RunColumns`.

    Parameters
    ----------
    corpus : Corpus
    config, epochs : ndarray of int, shape (N,)
        Configuration of each trial in the order of starting, and the epochs it was trained for.
    elapsed : ndarray, shape (N, T + 1)
    made : list of Decision
        All decisions in order, or none.
    """

    corpus: Corpus
    config: Integers
    epochs: Integers
    elapsed: Floats
    made: list[Decision]

    @property
    def trial_columns(self) -> TrialColumns:
        """Every trial."""
        nothing = np.zeros(len(self.config), np.int64)
        return TrialColumns(
            config=self.config,
            outcome=_words(self._outcomes),
            worker=nothing,
            start=self._times[:-1],
            end=self._times[1:],
            epochs=self.epochs,
            given_up={},
            epochs_lost=nothing,
        )

    @property
    def decisions(self) -> Decisions:
        """Every decision that was kept: one after each epoch but the last one of a curve."""
        if not self.made:
            return Decisions([], [], [], [])
        asked = np.minimum(self.epochs, np.maximum(self.corpus.lengths[self.config] - 1, 0))
        trial, place = _count_up(asked)
        return Decisions(self.config[trial], place + 1, self._after(trial, place + 1), self.made)

    @property
    def events(self) -> Events:
        """Every event: each trial starts, ends its epochs, and leaves its worker."""
        trial, place = _count_up(self.epochs + 2)
        leaves = place > self.epochs[trial]
        epoch = place - leaves
        event = np.where(leaves, self._outcomes[trial], np.minimum(place, 1))
        return Events(
            time=self._after(trial, epoch),
            event=_words(event),
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
        ended = np.array([_WORDS.index(status) for status in self.corpus.status[self.config].tolist()])
        stopped = self.epochs < self.corpus.lengths[self.config]
        return np.where(stopped, _WORDS.index(Outcome.STOPPED), ended)


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


def _words(places: Integers) -> pl.Series:
    return pl.Series(_WORDS, dtype=pl.String)[pl.Series(places, dtype=pl.UInt32)]
