from __future__ import annotations

import numpy as np
import pytest

from simlab.corpus import FeatureMatrix, Prefixes
from simlab.errors import CorpusError, SettingError, UnknownNameError
from simlab.predictors.features import FEATURE_SETS, feature_matrix, time_series

AP = FeatureMatrix(("ap_n_weights", "ap_n_layers"), np.array([[1e4, 3.0], [2e4, 5.0]]))
HP = FeatureMatrix(("hp_learning_rate",), np.array([[0.1], [0.01]]))
NOTHING = FeatureMatrix((), np.empty((2, 0)))
SCORES = np.array([[1.0, 3.0, 4.0, 4.5], [2.0, 2.0, 8.0, 6.0]])


@pytest.mark.parametrize(
    ("epoch", "table"),
    [
        (1, [[1], [2]]),
        (2, [[1, 3, 2], [2, 2, 0]]),
        (3, [[1, 3, 4, 2, 1, -1], [2, 2, 8, 0, 6, 6]]),
        (4, [[1, 3, 4, 4.5, 2, 1, 0.5, -1, -0.5], [2, 2, 8, 6, 0, 6, -2, 6, -8]]),
    ],
)
def test_time_series_is_values_first_and_second_differences(epoch, table):
    np.testing.assert_array_equal(time_series(SCORES[:, :epoch]), table)


def test_sets_stand_side_by_side_in_a_fixed_order():
    prefixes = Prefixes(SCORES[:, :2], AP, HP)
    everything = [[1, 3, 2, 1e4, 3, 0.1], [2, 2, 0, 2e4, 5, 0.01]]
    np.testing.assert_array_equal(feature_matrix(prefixes), everything)
    np.testing.assert_array_equal(feature_matrix(prefixes, ("hp", "ap", "ts")), everything)
    np.testing.assert_array_equal(feature_matrix(prefixes, ("hp",)), HP.matrix)
    np.testing.assert_array_equal(feature_matrix(prefixes, ("ap", "ts")), np.array(everything)[:, :5])
    assert FEATURE_SETS == ("ts", "ap", "hp")


def test_an_unknown_set_is_named():
    with pytest.raises(UnknownNameError, match="unknown feature set 'sp'"):
        feature_matrix(Prefixes(SCORES, AP, HP), ("ts", "sp"))


def test_no_set_at_all_is_an_error():
    with pytest.raises(SettingError, match="at least one feature set"):
        feature_matrix(Prefixes(SCORES, AP, HP), ())


def test_a_missing_set_is_an_error_only_where_nothing_is_left():
    prefixes = Prefixes(SCORES, AP, NOTHING)
    assert feature_matrix(prefixes).shape == (2, 11)
    with pytest.raises(SettingError, match="the corpus has no hp_ columns"):
        feature_matrix(prefixes, ("hp",))


def test_features_that_are_not_finite_are_never_imputed():
    broken = FeatureMatrix(AP.names, np.array([[1.0, 2.0], [1.0, np.nan]]))
    with pytest.raises(CorpusError, match=r"1 of 2 prefixes of 4 epochs .* row 1"):
        feature_matrix(Prefixes(SCORES, broken, HP))
