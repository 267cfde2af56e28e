"""Predictions that need no table: the last seen value, with one sigma for each epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simlab.corpus import Corpus
from simlab.predictions.table import PredictionTable
from simlab.predictors.prediction import Predicted, Prediction

if TYPE_CHECKING:
    from simlab.predictors.last_seen_value import LastSeenValue


class LastSeenTable(PredictionTable):
    """What :class:`simlab.predictors.LastSeenValue` predicts, read off the corpus's own scores.

    A million curves of 100 epochs would be a hundred million entries. What is looked up of a curve that goes
    on is the same as in a :class:`PredictionTable`.

    Parameters
    ----------
    corpus, predictor, training, horizon
        As there.

    Examples
    --------
    >>> import simlab
    >>> from simlab.predictors import LastSeenValue
    >>> table = LastSeenTable(simlab.load("metaqnn-cifar10"), LastSeenValue(), range(100))
    >>> table.lookup(100, 5).mean == table.at(5).prediction.mean.item(0)
    True
    """

    def __init__(
        self, corpus: Corpus, predictor: LastSeenValue, training: Sequence[int], horizon: int | None = None
    ) -> None:
        super().__init__(corpus, predictor, training, horizon)
        self._made: dict[int, tuple[Callable[[int], float], float]] = {}  # scores, and their sigma

    def lookup(self, config: int, epoch: int) -> Predicted:
        """Return what is predicted of a configuration's score from its first ``epoch`` scores.

        Raises
        ------
        SettingError
            If the configuration is in the training set.
        """
        if config in self._training:
            self._refuse(config)
        if epoch not in self._made:
            self._made[epoch] = self._corpus.scores[:, epoch - 1].item, self.fitted.sigma(epoch)
        score, sigma = self._made[epoch]
        return Predicted(score(config), sigma)

    def column(self, epoch: int) -> Prediction:
        """Return what is predicted from the first ``epoch`` scores, one row for every configuration.

        The mean is NaN of one whose curve has ended before.
        """
        scores = self._corpus.scores[:, epoch - 1]
        return Prediction(scores, np.broadcast_to(self.fitted.sigma(epoch), scores.shape))
