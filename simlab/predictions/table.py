"""Predictions for a whole corpus, made in batch and shared by everyone who asks for the same ones.

A prediction depends on the training set and on a trial's own prefix, never on the incumbent. So the
predictions for all configurations at one epoch are made in one call when the first of them is needed, from
prefixes of exactly that length, and then looked up while decisions are made in sequence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import numpy.typing as npt

from simlab.corpus import Corpus
from simlab.errors import PredictorError, SettingError
from simlab.predictions.shipped import find_shipped
from simlab.predictions.store import PredictionStore
from simlab.predictors.prediction import Predicted, Prediction

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class EpochPredictions:
    """What is predicted from prefixes of one length.

    Attributes
    ----------
    configs : ndarray of int, shape (n,)
        Positions of the configurations in the corpus: those that go on after this epoch.
    prediction : Prediction
        Of these n.
    """

    configs: Integers
    prediction: Prediction


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
    store : PredictionStore, optional
        Where predictions are looked for first, and kept; those that come with a shipped corpus before.

    Raises
    ------
    SettingError
        If fewer of them have a final value than the predictor needs.
    PredictorError
        When it is asked, if the predictor says something that is no distribution.

    Examples
    --------
    >>> import simlab
    >>> from simlab.predictors import LastSeenValue
    >>> table = PredictionTable(simlab.load("metaqnn-cifar10"), LastSeenValue(), range(100))
    >>> len(table.at(5).configs), round(table.lookup(100, 5).mean, 3)
    (900, 0.29)
    """

    def __init__(
        self,
        corpus: Corpus,
        predictor: Predictor,
        training: Sequence[int],
        horizon: int | None = None,
        store: PredictionStore | None = None,
    ) -> None:
        from sklearn.base import (
            clone,  # takes most of a second, which a run without predictions need not wait
        )

        observed = corpus.training_set(training, horizon)
        if len(observed) < predictor.min_training:
            raise SettingError(
                f"'{predictor.name}' needs {predictor.min_training} curves with a final value to learn from, "
                f"but the burn-in of one ordering holds {len(observed)}: raise the burn-in"
            )
        self.fitted = clone(predictor).fit(observed)
        self._corpus = corpus
        self._training = frozenset(training)
        self._store = store
        self._key = store.key(corpus, predictor, training, horizon) if store else None
        self._shipped = find_shipped(corpus, predictor) if horizon is None else None
        self._epochs: dict[int, EpochPredictions] = {}
        self._columns: dict[int, list[Predicted]] = {}

    def at(self, epoch: int) -> EpochPredictions:
        """Return the predictions from the first ``epoch`` scores of every configuration that goes on.

        A configuration in the training set is not among them, unless the predictor learns nothing.
        """
        if epoch not in self._epochs:
            goes_on = self._corpus.lengths > epoch
            if self.fitted.learns:
                goes_on[list(self._training)] = False
            configs = np.flatnonzero(goes_on)
            self._epochs[epoch] = EpochPredictions(configs, self._predict(configs, epoch))
        return self._epochs[epoch]

    def lookup(self, config: int, epoch: int) -> Predicted:
        """Return what is predicted of a configuration's score from its first ``epoch`` scores.

        Raises
        ------
        SettingError
            If the configuration is in the training set.
        """
        if config in self._training:
            self._refuse(config)
        if epoch not in self._columns:
            self._columns[epoch] = self._column(self.at(epoch))
        return self._columns[epoch][config]

    def column(self, epoch: int) -> Prediction:
        """Return what is predicted from the first ``epoch`` scores, one row for every configuration.

        The mean is NaN of one in the training set, unless the predictor learns nothing, or whose curve has
        ended by then.
        """
        made = self.at(epoch)
        mean, sigma = np.full((2, len(self._corpus)), np.nan)
        mean[made.configs], sigma[made.configs] = made.prediction.mean, made.prediction.sigma
        if made.prediction.quantiles is None:
            return Prediction(mean, sigma)
        quantiles = np.full((len(self._corpus), made.prediction.quantiles.shape[1]), np.nan)
        quantiles[made.configs] = made.prediction.quantiles
        return Prediction(mean, sigma, quantiles)

    def _refuse(self, config: int) -> NoReturn:
        config_id = self._corpus.config_ids[config]
        raise SettingError(f"configuration '{config_id}' is in the training set of '{self.fitted.name}'")

    def _predict(self, configs: Integers, epoch: int) -> Prediction:
        def compute() -> Prediction:
            made: Prediction = self.fitted.predict(self._corpus.prefixes(configs, epoch))
            _check(made, self._corpus.config_ids[configs], epoch, self.fitted.name)
            return made

        ids = self._corpus.config_ids[configs]
        shipped = self._shipped.at(epoch, ids) if self._shipped else None
        if shipped is not None:
            return shipped
        if self._store is None or self._key is None:
            return compute()
        return self._store.fetch(self._key, epoch, ids, compute)

    def _column(self, made: EpochPredictions) -> list[Predicted]:
        """Lay the predictions out by configuration, as Python numbers: they are looked up one by one."""
        prediction = made.prediction
        quantiles = [None] * len(made.configs) if prediction.quantiles is None else prediction.quantiles
        column = [Predicted(math.nan, math.nan)] * len(self._corpus)
        means, sigmas = prediction.mean.tolist(), prediction.sigma.tolist()
        for config, mean, sigma, own in zip(made.configs.tolist(), means, sigmas, quantiles, strict=True):
            column[config] = Predicted(mean, sigma, own)
        return column


def _check(made: Prediction, ids: npt.NDArray[np.str_], epoch: int, name: str) -> None:
    """Raise PredictorError unless each prediction is a distribution, or NaN where there is no model."""
    if made.mean.shape != ids.shape or made.sigma.shape != ids.shape:
        raise PredictorError(
            f"predictor '{name}' must predict a mean and a sigma for each of {len(ids)} curves after epoch "
            f"{epoch}, not for {made.mean.shape} and {made.sigma.shape}"
        )
    bad = np.isinf(made.mean) | np.isinf(made.sigma) | (made.sigma < 0)
    if made.quantiles is not None:
        known = ~(np.isnan(made.mean) | np.isnan(made.sigma))
        bad |= known & np.isnan(made.quantiles).any(axis=1)
    if bad.any():
        first = int(bad.argmax())
        raise PredictorError(
            f"predictor '{name}' made {bad.sum()} impossible predictions after epoch {epoch}; the first, of "
            f"configuration '{ids[first]}', has mean {made.mean[first]} and sigma {made.sigma[first]}. Both "
            f"must be finite, sigma 0 or more, quantiles numbers; without a model the mean is NaN"
        )
