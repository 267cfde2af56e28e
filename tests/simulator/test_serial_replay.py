"""The threshold rule in one loop writes down, to the last bit, what the event loop does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import simlab
from simlab.errors import SimulationError
from simlab.policies import ThresholdRule
from simlab.predictions import PredictionTables
from simlab.predictors import LastSeenValue
from simlab.predictors.prediction import QUANTILE_LEVELS, Prediction
from simlab.schedulers import Fifo
from simlab.searchers import RandomOrdering
from simlab.simulator import Replay, elapsed_times, ordering
from simlab.simulator.frames import decisions_frame, events_frame, trials_frame
from simlab.simulator.serial_replay import SerialReplay
from tests.simulator.toys import motley
from tests.synthetic import synthetic_corpus


class Sometimes(LastSeenValue):
    """Has no model of every third curve."""

    def predict(self, prefixes):
        made = super().predict(prefixes)
        unknown = prefixes.scores[:, 0] * 1e6 % 3 < 1
        return Prediction(np.where(unknown, np.nan, made.mean), made.sigma)


class Skewed(LastSeenValue):
    """Gives quantiles."""

    def predict(self, prefixes):
        made = super().predict(prefixes)
        spread = np.array(QUANTILE_LEVELS) ** 2
        return Prediction(made.mean, made.sigma, made.mean[:, None] + made.sigma[:, None] * spread)


class Certain(LastSeenValue):
    """Has no doubt."""

    def predict(self, prefixes):
        made = super().predict(prefixes)
        return Prediction(made.mean, np.zeros_like(made.sigma))


class Raising(LastSeenValue):
    """Raises from the second epoch on."""

    def predict(self, prefixes):
        if prefixes.scores.shape[1] > 1:
            raise RuntimeError("out of memory")
        return super().predict(prefixes)


def both(corpus, rule, order, clock="seconds"):
    """Return the frames of the event loop, and those of the one loop."""
    elapsed, tables = elapsed_times(corpus, clock), PredictionTables(corpus)
    loop = Replay(corpus, Fifo(RandomOrdering(order), rule), elapsed, predictions=tables)
    serial = SerialReplay(corpus, np.asarray(order), rule, elapsed, PredictionTables(corpus))
    return [
        (trials_frame(run, corpus), decisions_frame(run, corpus), events_frame(run, corpus))
        for run in (loop.run(), serial.run())
    ]


def equal(frames, others):
    return all(
        one.equals(other) and one.schema == other.schema for one, other in zip(frames, others, strict=True)
    )


@settings(max_examples=80)
@given(data=st.data())
def test_the_same_as_the_event_loop(data):
    draw = data.draw
    counts = {kind: draw(st.integers(0, 4), label=kind) for kind in ("diverged", "failed", "censored")}
    corpus = synthetic_corpus(
        30,
        draw(st.integers(2, 7)),
        draw(st.integers(0, 50)),
        ragged=draw(st.booleans()),
        direction=draw(st.sampled_from(["maximize", "minimize"])),
        **counts,
    )
    rule = ThresholdRule(
        predictor=draw(st.sampled_from([LastSeenValue(), Sometimes(), Skewed(), Certain()])),
        threshold=draw(st.sampled_from([0.2, 0.5, 0.9, 0.999, 1.0])),
        tolerance=draw(st.sampled_from([0.0, 0.05])),
        top_n=draw(st.sampled_from([1, 3, 12])),
        burn_in=draw(st.sampled_from([0, 1, 4, 10, 30])),
    )
    order = draw(st.permutations(range(30)))
    learned = np.isfinite(corpus.final_values[order[: rule.burn_in]]) & (
        corpus.status[order[: rule.burn_in]] != "censored"
    )
    assume(learned.sum() >= rule.predictor.min_training)
    loop, serial = both(corpus, rule, order, draw(st.sampled_from(["seconds", "epochs", 0.3])))
    assert equal(loop, serial)


def test_stops_are_among_what_is_compared():
    corpus = motley()
    rule = ThresholdRule(predictor=LastSeenValue(), threshold=0.95, burn_in=6)
    loop, serial = both(corpus, rule, np.random.default_rng(0).permutation(len(corpus)).tolist())
    assert equal(loop, serial)
    reasons = set(serial[1]["reason"])
    assert {"burn-in", "may beat the incumbent", "probably no better than the incumbent"} <= reasons
    assert {"stopped", "completed", "diverged", "censored", "failed"} <= set(serial[0]["outcome"])


@pytest.mark.parametrize("record", ["events", "decisions", "trials"])
def test_simulate_plays_it(monkeypatch, record):
    rules = [ThresholdRule(predictor=LastSeenValue(), threshold=t, burn_in=5) for t in (0.6, 0.9)]

    def simulated(**options):
        result = simlab.simulate(motley(), rules, orderings=3, record=record, **options)
        return [result.trials, *result.details.values()]

    serial = simulated()
    asked = []
    monkeypatch.setattr(ordering, "SerialReplay", lambda *_, **__: asked.append(1))
    assert not asked
    monkeypatch.setattr(ordering, "ThresholdRule", type(None))  # no rule is one
    assert equal(simulated(), serial)


class Lenient(ThresholdRule):
    """Judges in a way of its own, so it is no rule for the one loop."""

    def judge(self, view, predicted):
        return super().judge(view, predicted)._replace(stop=False)


def test_a_rule_derived_from_it_judges_for_itself():
    rule = Lenient(predictor=LastSeenValue(), threshold=0.5, burn_in=5)
    result = simlab.simulate(motley(), rule, orderings=2)
    assert not result.decisions["stop"].any()
    assert (result.decisions["probability"] > 0.5).any()


def test_a_predictor_that_raises_is_named_alike():
    corpus, order = motley(), range(len(motley()))
    rule = ThresholdRule(predictor=Raising(), threshold=0.99, burn_in=4)
    elapsed, said = elapsed_times(corpus, "epochs"), []
    for run in (
        Replay(corpus, Fifo(RandomOrdering(order), rule), elapsed),
        SerialReplay(corpus, np.array(order), rule, elapsed, PredictionTables(corpus)),
    ):
        with pytest.raises(
            SimulationError, match="the policy raised RuntimeError on configuration"
        ) as raised:
            run.run()
        said.append(str(raised.value))
        assert isinstance(raised.value.__cause__, RuntimeError)
    assert said[0] == said[1]
    assert "out of memory" in said[0]


def test_a_column_of_predictions_is_what_is_looked_up():
    corpus = motley()
    for predictor in (LastSeenValue(), Sometimes(), Skewed()):
        table = PredictionTables(corpus).table(predictor, range(5))
        column = table.column(2)
        for config in range(5, len(corpus)):
            if corpus.lengths[config] > 2:
                found = table.lookup(config, 2)
                assert np.array_equal([column.mean[config], column.sigma[config]], found[:2], equal_nan=True)
                assert found.quantiles is None or np.array_equal(column.quantiles[config], found.quantiles)
        assert math.isnan(column.mean[int(corpus.lengths.argmin())])
