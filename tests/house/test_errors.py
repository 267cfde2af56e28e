"""Errors survive the way from a worker process to the user."""

from __future__ import annotations

import pickle

import pytest

import simlab
from simlab.errors import CorpusError, SettingError, UnknownNameError
from simlab.policies import ThresholdRule
from simlab.predictors import SRM
from tests.synthetic import synthetic_corpus


@pytest.mark.parametrize(
    "error",
    [CorpusError("a.csv: bad"), SettingError("too small"), UnknownNameError("policy", "smr", ["srm"])],
)
def test_every_error_can_be_sent_between_processes(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)


def test_an_error_in_a_worker_reaches_the_user_as_it_is():
    rule = ThresholdRule(predictor=SRM(regressor="nusvr"), burn_in=12)
    with pytest.raises(UnknownNameError, match="did you mean 'nusvr-rbf'"):
        simlab.simulate(synthetic_corpus(), rule, orderings=2, n_jobs=2)
