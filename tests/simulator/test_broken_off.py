"""What raises inside a simulation is named with its place, and the orderings finished before are kept."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import simlab
from simlab.cli.app import app
from simlab.errors import PredictorError, SimulationError, SimulationInterrupted
from simlab.policies import Decision, Never, Policy, ThresholdRule
from simlab.predictions import PredictionTable
from simlab.predictors import LastSeenValue
from simlab.predictors.prediction import QUANTILE_LEVELS, Prediction
from simlab.schedulers import Fifo, InOrder
from simlab.searchers import RandomOrdering, Searcher, draw_orderings
from tests.synthetic import synthetic_corpus

CORPUS = synthetic_corpus(12, 4)


@dataclasses.dataclass(frozen=True)
class Sudden(Policy):
    """Raises in the ordering whose first trial is ``first``."""

    name = "sudden"
    first: str
    error: type[BaseException] = ZeroDivisionError

    def decide(self, view):
        if view.position == 0 and view.config_id == self.first:
            raise self.error("suddenly")
        return Decision(stop=False, reason="fine")


def first_of(ordering):
    drawn = [one[0] for one in draw_orderings(len(CORPUS), 4, 0)]
    assert drawn.count(drawn[ordering]) == 1
    return str(CORPUS.config_ids[drawn[ordering]])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_orderings_finished_before_are_kept(n_jobs):
    policies = [Never(), Sudden(first_of(2))]
    message = r"'sudden' \(run 1\), ordering 2: the policy raised ZeroDivisionError on .* '.*' \(trial 0\) "
    with pytest.raises(SimulationError, match=message + "after epoch 1: suddenly") as caught:
        simlab.simulate(CORPUS, policies, orderings=4, n_jobs=n_jobs)
    partial, whole = caught.value.partial, simlab.simulate(CORPUS, [Never(), Sudden("")], orderings=2)
    assert partial.trials.equals(whole.trials)
    assert partial.events.equals(whole.events)
    assert partial.provenance["orderings"] == 2
    assert partial.to_dict()["broken_off"] == str(caught.value)


def test_nothing_is_kept_where_nothing_had_finished():
    with pytest.raises(SimulationError, match="ordering 0") as caught:
        simlab.simulate(CORPUS, Sudden(first_of(0)), orderings=4)
    assert caught.value.partial is None


def test_an_interrupted_simulation_keeps_what_had_finished():
    with pytest.raises(KeyboardInterrupt) as caught:
        simlab.simulate(CORPUS, Sudden(first_of(3), KeyboardInterrupt), orderings=4)
    assert isinstance(caught.value, SimulationInterrupted)
    assert caught.value.partial.provenance["orderings"] == 3
    assert caught.value.partial.provenance["broken_off"] == "interrupted"


def test_the_command_line_writes_what_had_finished(monkeypatch, tmp_path):
    monkeypatch.setattr("simlab.load", lambda _: CORPUS, raising=False)
    broken = InOrder(Sudden(first_of(2)))
    monkeypatch.setattr("simlab.schedulers.build_strategies", lambda *_: [broken])
    output = tmp_path / "out.parquet"
    told = CliRunner().invoke(
        app, ["simulate", "any", "--orderings", "4", "--n-jobs", "1", "--no-cache", "-o", str(output)]
    )
    assert told.exit_code == 2
    assert "out.parquet: the 2 orderings finished before" in told.stderr
    assert "error: 'sudden' (run 0), ordering 2: the policy raised" in told.stderr
    assert simlab.SimulationResult.read(output).trials.height == 24


class Mute(Searcher):
    """A searcher that raises: when asked for the second proposal, or when told of the third end."""

    def __init__(self, asked):
        self.left, self.asked, self.heard = RandomOrdering(range(12)), asked, 0

    def propose(self):
        config = self.left.propose()
        if self.asked and config == 1:
            raise RuntimeError("out of ideas")
        return config

    def observe(self, config, score, *, is_final):
        self.heard += 1
        if self.heard == 3:
            raise RuntimeError("no ears")


@dataclasses.dataclass(frozen=True)
class Searching:
    asked: bool
    name = "searching"
    burn_in = 0
    needs_hindsight = False

    def settings(self):
        return {"burn_in": 0}

    def scheduler(self, ordering, seed):
        return Fifo(Mute(self.asked), Never())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (True, r"raised RuntimeError when asked for a job at 4, after 1 trials .*: out of ideas"),
        (False, r"raised RuntimeError when told that .* \(trial 2\) completed after epoch 4: no ears"),
    ],
)  # fmt: skip
def test_a_searcher_that_raises(asked, message):
    with pytest.raises(SimulationError, match=r"'searching' \(run 0\), ordering 0: the scheduler " + message):
        simlab.simulate(CORPUS, Searching(asked), clock="epochs")


class Off(LastSeenValue):
    """Predicts the same of every curve."""

    def __init__(self, mean=0.5, sigma=0.1, quantile=None, shape=None):
        self.mean = mean
        self.sigma = sigma
        self.quantile = quantile
        self.shape = shape

    def predict(self, prefixes):
        n = self.shape or len(prefixes)
        quantiles = None if self.quantile is None else np.full((n, len(QUANTILE_LEVELS)), self.quantile)
        return Prediction(np.full(n, self.mean), np.full(n, self.sigma), quantiles)


@pytest.mark.parametrize(
    ("predictor", "message"),
    [
        (Off(mean=np.inf), "made 9 impossible predictions after epoch 1; .* 'config-.*', has mean inf"),
        (Off(mean=-np.inf), "has mean -inf"),
        (Off(sigma=np.inf), "sigma inf"),
        (Off(sigma=-0.1), "sigma -0.1"),
        (Off(quantile=np.nan), "must be finite, sigma 0 or more, quantiles numbers"),
        (Off(shape=2), r"a mean and a sigma for each of \d+ curves after epoch 1, not for \(2,\)"),
    ],
)  # fmt: skip
def test_an_impossible_prediction_is_one_clear_error(predictor, message):
    with pytest.raises(PredictorError, match="predictor 'last-seen' .*" + message):
        PredictionTable(CORPUS, predictor, range(3)).at(1)
    rule = ThresholdRule(predictor=predictor, burn_in=3)
    with pytest.raises(SimulationError, match=r"'last-seen' \(run 0\), ordering 0: predictor 'last-seen' .*"):
        simlab.simulate(CORPUS, rule)


def test_nan_for_want_of_a_model_is_no_error():
    for predictor in (Off(mean=np.nan), Off(sigma=np.nan), Off(mean=np.nan, quantile=np.nan)):
        result = simlab.simulate(CORPUS, ThresholdRule(predictor=predictor, burn_in=3), orderings=1)
        assert set(result.decisions["reason"]) == {"burn-in", "no model"}


class Doubtful(Policy):
    """Knows no probability from epoch 2 on, and says NaN."""

    name = "doubtful"

    def decide(self, view):
        return Decision(False, "who knows", 0.5, 0.1, np.nan if view.epoch == 2 else 0.5)


def test_a_probability_of_nan_is_an_error():
    message = r"'doubtful' \(run 0\), ordering 0: a probability is NaN on .* after epoch 2 .*who kn"
    with pytest.raises(SimulationError, match=message):
        simlab.simulate(CORPUS, Doubtful())


def test_the_errors_are_json_able():
    with pytest.raises(SimulationError) as caught:
        simlab.simulate(CORPUS, Sudden(first_of(1)), orderings=4)
    json.dumps(caught.value.partial.to_dict(), allow_nan=False)
