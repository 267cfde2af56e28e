"""The protocol of every predictor: learn from finished curves, predict final scores from prefixes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.predictors.prediction import Prediction


class Predictor(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn ships no types
    """Predicts final scores from the first t scores of a curve.

    Follows scikit-learn's conventions: keyword-only parameters stored unchanged by ``__init__``,
    ``get_params``, ``clone``, fitted attributes with a trailing underscore. A predictor sees scores (larger
    is better), never values, and only what it is handed: a :class:`TrainingSet` to fit, :class:`Prefixes` to
    predict.
    """

    name: ClassVar[str]
    #: Fewest fully observed curves the predictor can work with.
    min_training: ClassVar[int] = 0
    #: Fewest observed epochs it predicts from; earlier there is no model.
    min_epochs: ClassVar[int] = 1
    #: Whether it learns from finished curves: without, it needs no burn-in.
    learns: ClassVar[bool] = True
    #: Whether a prediction depends on the other prefixes handed over with it. Such a predictor cannot be
    #: replayed as a stopping rule, since curves that have not begun would be seen.
    transductive: ClassVar[bool] = False

    @abstractmethod
    def fit(self, training: TrainingSet) -> Self:
        """Learn from fully observed curves; called once the burn-in has ended.

        Parameters
        ----------
        training : TrainingSet
            May be empty where ``min_training`` is 0.
        """

    @abstractmethod
    def predict(self, prefixes: Prefixes) -> Prediction:
        """Predict the final scores of all given curves at once.

        Parameters
        ----------
        prefixes : Prefixes
            The first t scores of n curves, t >= 1. Row i of the result depends on row i only, unless the
            predictor is ``transductive``.

        Returns
        -------
        Prediction
        """

    def describe(self) -> dict[str, Any]:
        """Return the JSON-able settings that stand in the output beside the results."""
        return {"predictor": self.name} | dict(self.get_params(deep=False))
