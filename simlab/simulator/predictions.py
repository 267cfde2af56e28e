"""Predictions of one ordering, made in batch and shared by every policy that asks for the same ones.

A prediction depends on the training set and on a trial's own prefix, never on the incumbent. So the
predictions for all configurations at one epoch are made in one call when the first of them is needed, from
prefixes of exactly that length, and then looked up while decisions are made in sequence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
from sklearn.base import clone

from simlab.corpus import Corpus
from simlab.errors import SettingError
from simlab.predictors.predictor import Predicted, Predictor


class PredictionTable:
    """One fitted predictor and what it predicts for each configuration after each epoch.

    Parameters
    ----------
    corpus : Corpus
    predictor : Predictor
        Unfitted; a clone of it is fitted.
    training : sequence of int
        Configurations on which it is fitted: trained to their end, or to the horizon.
    horizon : int, optional
        Epoch whose score is predicted, instead of the final one.

    Raises
    ------
    SettingError
        If fewer of them have a final value than the predictor needs.
    """

    def __init__(
        self, corpus: Corpus, predictor: Predictor, training: Sequence[int], horizon: int | None = None
    ) -> None:
        observed = corpus.training_set(training, horizon)
        if len(observed) < predictor.min_training:
            raise SettingError(
                f"'{predictor.name}' needs {predictor.min_training} curves with a final value to learn from, "
                f"but the burn-in of one ordering holds {len(observed)}: raise the burn-in"
            )
        self.fitted = clone(predictor).fit(observed)
        self._corpus = corpus
        self._training = frozenset(training)
        self._columns: dict[int, list[Predicted]] = {}

    def lookup(self, config: int, epoch: int) -> Predicted:
        """Return what is predicted of a configuration's score from its first ``epoch`` scores.

        Raises
        ------
        SettingError
            If the configuration is in the training set.
        """
        if config in self._training:
            config_id = self._corpus.config_ids[config]
            raise SettingError(f"configuration '{config_id}' is in the training set of '{self.fitted.name}'")
        if epoch not in self._columns:
            self._columns[epoch] = self._predict_all(epoch)
        return self._columns[epoch][config]

    def _predict_all(self, epoch: int) -> list[Predicted]:
        """Predict every configuration that goes on after ``epoch``."""
        rows = np.flatnonzero(self._corpus.lengths > epoch)
        prediction = self.fitted.predict(self._corpus.prefixes(rows, epoch))
        quantiles = [None] * len(rows) if prediction.quantiles is None else prediction.quantiles
        column = [Predicted(math.nan, math.nan)] * len(self._corpus)
        each = zip(rows.tolist(), prediction.mean.tolist(), prediction.sigma.tolist(), quantiles, strict=True)
        for row, mean, sigma, own in each:
            column[row] = Predicted(mean, sigma, own)
        return column


class PredictionTables:
    """The prediction tables of one corpus and ordering, shared by every run that asks for the same ones.

    Parameters
    ----------
    corpus : Corpus
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._tables: dict[tuple[object, ...], PredictionTable] = {}

    def table(
        self, predictor: Predictor, training: Sequence[int], horizon: int | None = None
    ) -> PredictionTable:
        """Return the table of a predictor fitted on some configurations, fitting it on first use."""
        key = (type(predictor), json.dumps(predictor.describe(), sort_keys=True), tuple(training), horizon)
        if key not in self._tables:
            self._tables[key] = PredictionTable(self._corpus, predictor, training, horizon)
        return self._tables[key]
