"""The prediction tables of one corpus, made when they are first asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simlab.corpus import Corpus
from simlab.predictions.last_seen_table import LastSeenTable
from simlab.predictions.store import PredictionStore
from simlab.predictions.table import PredictionTable

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor


class PredictionTables:
    """The prediction tables of one corpus, each made once and shared by every run that asks for it.

    Parameters
    ----------
    corpus : Corpus
    store : PredictionStore, optional
        Where predictions are looked for first, and kept; but for those of the last seen value, which cost
        nothing.
    """

    def __init__(self, corpus: Corpus, store: PredictionStore | None = None) -> None:
        self._corpus = corpus
        self._store = store
        self._tables: dict[tuple[object, ...], PredictionTable] = {}

    def table(
        self, predictor: Predictor, training: Sequence[int], horizon: int | None = None
    ) -> PredictionTable:
        """Return the table of a predictor fitted on some configurations, fitting it on first use."""
        key = (type(predictor), json.dumps(predictor.describe(), sort_keys=True), tuple(training), horizon)
        if key not in self._tables:
            self._tables[key] = self._make(predictor, training, horizon)
        return self._tables[key]

    def _make(self, predictor: Predictor, training: Sequence[int], horizon: int | None) -> PredictionTable:
        from simlab.predictors.last_seen_value import LastSeenValue  # by now; it takes most of a second

        if type(predictor) is LastSeenValue:  # one that is derived from it may predict something else
            return LastSeenTable(self._corpus, predictor, training, horizon)
        return PredictionTable(self._corpus, predictor, training, horizon, self._store)
