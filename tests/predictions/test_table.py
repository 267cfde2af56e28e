"""Predictions come in batch, from the right training set, and are shared by equal predictors only."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.errors import SettingError
from simlab.policies import Decision, Policy, ThresholdRule
from simlab.predictions import PredictionStore, PredictionTable, PredictionTables
from simlab.predictors import SRM, LastSeenValue
from simlab.predictors.prediction import Prediction
from tests.simulator.toys import motley, replay, rows
from tests.synthetic import synthetic_corpus


class Constant(LastSeenValue):
    """Predicts one number; shares its name and its settings with LastSeenValue."""

    def predict(self, prefixes):
        return Prediction(np.full(len(prefixes), 0.25), np.zeros(len(prefixes)))


@pytest.mark.parametrize("predictor", [LastSeenValue(), SRM(regressor="ols"), SRM(search=2)], ids=str)
def test_a_table_holds_what_the_predictor_says_of_each_prefix(predictor):
    corpus = motley()
    training = list(range(20))
    table = PredictionTable(corpus, predictor, training)
    for config in range(20, 30):
        for epoch in range(1, corpus.lengths[config]):
            alone = table.fitted.predict(corpus.prefixes([config], epoch))
            expected = alone.mean[0], alone.sigma[0]
            assert table.lookup(config, epoch)[:2] == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_no_configuration_is_predicted_by_a_model_that_was_trained_on_it():
    table = PredictionTable(synthetic_corpus(6, 4), LastSeenValue(), [0, 1])
    with pytest.raises(SettingError, match="configuration 'config-0001' is in the training set"):
        table.lookup(1, 1)


def test_the_user_s_predictor_is_not_fitted_itself():
    predictor = LastSeenValue()
    PredictionTable(synthetic_corpus(6, 4), predictor, [0, 1])
    assert not hasattr(predictor, "training_")


def test_tables_are_shared_by_equal_predictors_only():
    tables = PredictionTables(synthetic_corpus(25, 5))
    training = list(range(15))
    table = tables.table(SRM(regressor="ols"), training)
    assert tables.table(SRM(regressor="ols"), training) is table
    assert tables.table(SRM(regressor="ols", random_state=1), training) is not table
    assert tables.table(SRM(regressor="ols"), training[:-1]) is not table
    last, constant = (tables.table(one, training) for one in (LastSeenValue(), Constant()))
    assert constant.lookup(20, 1) == (0.25, 0.0, None)
    assert last is not constant


class Forgetful(Policy):
    """Makes a predictor anew for each question."""

    name = "forgetful"

    def decide(self, view):
        n = view.n_ended_in_order
        spread = view.predict(LastSeenValue(), n).sigma
        mean, sigma, _ = view.predict(Constant(), n)
        return Decision(stop=False, reason=f"{spread}", predicted=mean, sigma=sigma)


def test_predictors_that_live_shortly_are_not_mistaken_for_each_other():
    trace = replay(synthetic_corpus(6, 5), Forgetful())
    assert {(made.predicted, made.sigma) for *_, made in rows(trace.decisions)} == {(0.25, 0.0)}


class Targets(LastSeenValue):
    """Predicts the number of training curves."""

    def predict(self, prefixes):
        return Prediction(np.full(len(prefixes), float(len(self.training_))), np.zeros(len(prefixes)))


class StopsSecond(Policy):
    """Stops the second trial, and asks for a model of the first three."""

    name = "stops-second"

    def decide(self, view):
        known = min(view.n_ended_in_order, 3)
        mean, sigma, _ = view.predict(Targets(), known)
        return Decision(view.position == 1, "second", mean, sigma)


def test_a_stopped_trial_teaches_nothing_about_final_values():
    trace = replay(synthetic_corpus(5, 3), StopsSecond())
    learned = [(trace_row[0], trace_row[3].predicted) for trace_row in rows(trace.decisions)]
    assert learned == [(0, 0), (0, 0), (1, 1), (2, 1), (2, 1), (3, 2), (3, 2), (4, 2), (4, 2)]


def test_diverged_and_failed_trials_in_the_burn_in():
    """A diverged one has the worst value as its target; censored and failed ones have none."""
    corpus = motley()
    kinds = corpus.status
    ordering = np.concatenate(
        [np.flatnonzero(kinds == kind) for kind in ("diverged", "censored", "failed", "completed")]
    )
    rule = ThresholdRule(predictor=Targets(), threshold=0.5, burn_in=10)
    trace = replay(corpus, rule, ordering=ordering)
    predicted = {made.predicted for *_, made in rows(trace.decisions)} - {None}
    assert predicted == {3.0}


@pytest.mark.parametrize("horizon", [None, 6])
def test_last_seen_values_are_looked_up_without_a_table(horizon):
    corpus, training = motley(), list(range(20))
    light = PredictionTables(corpus).table(LastSeenValue(), training, horizon)
    table = PredictionTable(corpus, LastSeenValue(), training, horizon)
    for config in range(20, len(corpus)):
        for epoch in range(1, corpus.lengths[config]):
            assert light.lookup(config, epoch) == table.lookup(config, epoch)
    assert not light._columns
    assert not light._epochs
    with pytest.raises(SettingError, match="is in the training set of 'last-seen'"):
        light.lookup(1, 1)


def test_what_costs_nothing_is_not_kept(tmp_path):
    store, corpus = PredictionStore(tmp_path), motley()
    tables = PredictionTables(corpus, store)
    tables.table(LastSeenValue(), range(20)).lookup(25, 1)
    assert store.tables() == []
    tables.table(SRM(regressor="ols"), range(20)).lookup(25, 1)
    assert len(store.tables()) == 1
