"""Bad settings give one clear error, before anything is simulated where that is possible."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest

import simlab
from simlab.errors import CorpusError, SettingError, SimlabError, SimulationError, UnknownNameError
from simlab.policies import Decision, Never, Oracle, Policy, ThresholdRule
from simlab.predictors import SRM, LastSeenValue
from simlab.predictors.prediction import Prediction
from simlab.simulator import Replay, elapsed_times
from tests.simulator.toys import motley, replay, rows
from tests.synthetic import synthetic_corpus, synthetic_tables


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"orderings": 0}, "orderings must be 1 or more, not 0"),
        ({"workers": 0}, "workers must be 1 or more, not 0"),
        ({"workers": -1}, "workers must be 1 or more, not -1"),
        ({"level": 0}, r"level must lie in \(0, 1\), not 0"),
        ({"level": 1}, r"level must lie in \(0, 1\), not 1"),
        ({"level": float("nan")}, r"level must lie in \(0, 1\), not nan"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"n_jobs": 0}, "n_jobs must be 1 or more, or -1 for all cores, not 0"),
    ],
)
def test_bad_settings_of_a_simulation(settings, message):
    with pytest.raises(SettingError, match=message):
        simlab.simulate(motley(), Never(), **settings)


def test_no_policy():
    with pytest.raises(SettingError, match="no policy was given"):
        simlab.simulate(motley(), [])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": 0}, r"threshold must lie in \(0, 1\], not 0"),
        ({"threshold": 1.01}, r"threshold must lie in \(0, 1\], not 1.01"),
        ({"threshold": float("nan")}, r"threshold must lie in \(0, 1\], not nan"),
        ({"tolerance": -0.01}, "tolerance must be 0 or more, not -0.01"),
        ({"tolerance": float("nan")}, "tolerance must be 0 or more, not nan"),
        ({"tolerance": float("inf")}, "tolerance must be 0 or more, not inf"),
        ({"top_n": 0}, "top_n must be 1 or more, not 0"),
        ({"burn_in": -1}, "burn_in must be at least 0 for predictor 'last-seen', not -1"),
        ({"predictor": SRM(), "burn_in": 9}, "burn_in must be at least 10 for predictor 'srm', not 9"),
    ],
)
def test_bad_settings_of_a_rule(settings, message):
    with pytest.raises(SettingError, match=message):
        ThresholdRule(**{"predictor": LastSeenValue()} | settings)


def test_bad_burn_in_of_the_oracle():
    with pytest.raises(SettingError, match="burn_in must be 0 or more, not -1"):
        Oracle(burn_in=-1)


def test_fewer_configurations_than_the_burn_in():
    rule = ThresholdRule(predictor=LastSeenValue(), burn_in=31)
    with pytest.raises(
        SettingError, match=r"motley has 30 configurations, fewer .* 31 .*'last-seen'.* is 6\)"
    ):
        simlab.simulate(motley(), [Never(), rule])


def test_a_burn_in_of_all_configurations_is_a_baseline():
    rule = ThresholdRule(predictor=LastSeenValue(), burn_in=30)
    (run,) = simlab.simulate(motley(), rule, orderings=2).summaries
    assert run.speedup.mean == 1.0
    assert np.isnan(run.speedup_without_burn_in.mean)
    assert run.to_dict()["speedup_without_burn_in"] == {"mean": None, "low": None, "high": None}


def without_seconds():
    curves, configs, metric = synthetic_tables(8, 4)
    return simlab.Corpus.from_tables(curves.drop("seconds"), configs, metric, name="timeless")


def test_clock_of_seconds_without_seconds():
    with pytest.raises(CorpusError, match="timeless: no seconds were recorded; use the clock 'epochs'"):
        simlab.simulate(without_seconds(), Never(), clock="seconds")


def test_unknown_clock():
    with pytest.raises(UnknownNameError, match=r"unknown clock 'second'; did you mean 'seconds'\?"):
        simlab.simulate(motley(), Never(), clock="second")


def test_without_seconds_the_clock_counts_epochs():
    result = simlab.simulate(without_seconds(), Never(), orderings=1)
    assert result.provenance["clock"] == "epochs"
    assert result.trials["end"].max() == 32.0
    assert result.summaries[0].speedup_seconds is None
    assert "seconds" not in result.trials.columns


class Raising(Policy):
    name = "raising"

    def decide(self, view):
        if view.config_id == "config-0002" and view.epoch == 3:
            raise ZeroDivisionError("nothing to divide by")
        return Decision(stop=False, reason="fine")


def test_a_policy_that_raises_is_named_with_configuration_and_epoch():
    with pytest.raises(
        SimulationError,
        match=r"'raising' \(run 1\), ordering 0: the policy raised ZeroDivisionError on configuration "
        r"'config-0002' \(trial \d\) after epoch 3: nothing to divide by",
    ):
        simlab.simulate(synthetic_corpus(5, 6), [Never(), Raising()])


class Wordless(Policy):
    name = "wordless"

    def decide(self, view):
        return None


def test_a_policy_must_return_a_decision():
    with pytest.raises(SimlabError, match=r"answered None on configuration 'config-.*must return a Decision"):
        simlab.simulate(synthetic_corpus(5, 6), Wordless())


class Unsure(LastSeenValue):
    """Predicts NaN as mean or sigma."""

    def __init__(self, mean=np.nan, sigma=np.nan):
        self.mean = mean
        self.sigma = sigma

    def predict(self, prefixes):
        n = len(prefixes)
        return Prediction(mean=np.full(n, self.mean), sigma=np.full(n, self.sigma))


@pytest.mark.parametrize("predictor", [Unsure(), Unsure(mean=0.0), Unsure(sigma=0.1)], ids=str)
def test_a_prediction_of_nan_stops_nobody(predictor):
    rule = ThresholdRule(predictor=predictor, threshold=0.01, burn_in=3)
    trace = replay(synthetic_corpus(12, 4), rule)
    reasons = {decision.reason for *_, decision in rows(trace.decisions)}
    assert reasons == {"burn-in", "no model"}
    assert all(trial.outcome == "completed" for trial in trace.trials)


def test_a_burn_in_with_too_few_final_values():
    corpus = synthetic_corpus(14, 5, failed=6)
    rule = ThresholdRule(predictor=SRM(regressor="ols"), burn_in=10)
    with pytest.raises(SettingError, match=r"'srm' needs 10 curves .* holds \d: raise the burn-in"):
        simlab.simulate(corpus, rule)


def test_a_replay_needs_a_worker():
    corpus = motley()
    with pytest.raises(SettingError, match="workers must be 1 or more"):
        Replay(corpus, None, elapsed_times(corpus, "epochs"), workers=0)


def test_where_nothing_completes_there_is_no_regret():
    """The best configuration is stopped like every other."""
    corpus = synthetic_corpus(6, 4)
    result = simlab.simulate(corpus, Once(), orderings=2)
    (run,) = result.summaries
    assert run.recovery.successes == 0
    assert run.regret is None
    assert run.top_10_recall == 0.0
    assert result.per_ordering["regret"].null_count() == 2
    assert result.summary().select(pl.col("regret").is_null().all()).item()


@dataclasses.dataclass(frozen=True)
class Once(Policy):
    name = "once"

    def decide(self, view):
        return Decision(stop=True, reason="once is enough")
