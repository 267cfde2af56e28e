"""The baseline that needs no model: the final score will be the last score seen."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.predictors.prediction import Prediction
from simlab.predictors.predictor import Predictor


class LastSeenValue(Predictor):
    """Predicts the last observed score (Li et al. 2017; paper, Section 3.3.1).

    Its sigma at epoch t is the root mean square of ``y_T - y_t`` over the training curves that reach t. Where
    there is none, sigma is 0: a hard rule that compares the last score itself.

    Attributes
    ----------
    training_ : TrainingSet

    References
    ----------
    Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar. Hyperband. ICLR 2017.

    Examples
    --------
    >>> from simlab.corpus import FeatureMatrix
    >>> nothing = FeatureMatrix((), np.empty((2, 0)))
    >>> training = TrainingSet(np.array([[0.1, 0.4], [0.2, 0.6]]), np.array([2, 2]), np.array([0.4, 0.6]),
    ...                        nothing, nothing)
    >>> prediction = LastSeenValue().fit(training).predict(training.prefixes(1))
    >>> prediction.mean, prediction.sigma.round(4)
    (array([0.1, 0.2]), array([0.3536, 0.3536]))
    """

    name: ClassVar[str] = "last-seen"

    def fit(self, training: TrainingSet) -> Self:
        """Keep the curves to measure sigma on; there may be none."""
        self.training_ = training
        return self

    def predict(self, prefixes: Prefixes) -> Prediction:
        """Predict the last score of each prefix."""
        sigma = self.sigma(prefixes.epoch)
        return Prediction(mean=prefixes.scores[:, -1].copy(), sigma=np.full(len(prefixes), sigma))

    def sigma(self, epoch: int) -> float:
        """Return the root mean square by which the training curves went on from their score at ``epoch``."""
        check_is_fitted(self)
        known = self.training_.reaching(epoch)
        misses = known.targets - known.scores[:, epoch - 1]
        return float(np.sqrt(np.mean(misses**2))) if len(known) else 0.0
