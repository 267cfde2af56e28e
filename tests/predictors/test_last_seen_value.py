from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from simlab.corpus import FeatureMatrix, Prefixes, TrainingSet
from simlab.predictors import LastSeenValue


def nothing(n):
    return FeatureMatrix((), np.empty((n, 0)))


def prefixes(scores):
    return Prefixes(np.array(scores), nothing(len(scores)), nothing(len(scores)))


TRAINING = TrainingSet(
    scores=np.array([[1.0, 2.0, 4.0], [2.0, 5.0, 5.0], [3.0, np.nan, np.nan]]),
    lengths=np.array([3, 3, 1]),
    targets=np.array([4.0, 5.0, 0.0]),
    architecture=nothing(3),
    hyperparameters=nothing(3),
)


def test_by_hand():
    predictor = LastSeenValue().fit(TRAINING)
    first = predictor.predict(prefixes([[7.0], [8.0]]))
    np.testing.assert_array_equal(first.mean, [7.0, 8.0])
    np.testing.assert_allclose(first.sigma, np.sqrt((3**2 + 3**2 + 3**2) / 3))
    second = predictor.predict(prefixes([[7.0, 9.0]]))  # the third curve does not reach epoch 2
    np.testing.assert_array_equal(second.mean, [9.0])
    np.testing.assert_allclose(second.sigma, np.sqrt((2**2 + 0**2) / 2))


def test_without_training_curves_it_is_a_hard_rule():
    empty = TrainingSet(np.empty((0, 3)), np.empty(0, dtype=np.int64), np.empty(0), nothing(0), nothing(0))
    prediction = LastSeenValue().fit(empty).predict(prefixes([[1.0, 2.0]]))
    assert prediction.mean.tolist() == [2.0]
    assert prediction.sigma.tolist() == [0.0]


def test_predicting_before_fitting_is_an_error():
    with pytest.raises(NotFittedError):
        LastSeenValue().predict(prefixes([[1.0]]))
