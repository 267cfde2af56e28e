"""How much of a simulation is kept changes nothing of what is kept."""

from __future__ import annotations

import math

import pytest
from typer.testing import CliRunner

import simlab
from simlab.cli.app import app
from simlab.errors import SettingError, SimulationError, UnknownNameError
from simlab.policies import PERCENTILE_PRESETS, Decision, Policy, ThresholdRule
from simlab.predictors import LastSeenValue
from simlab.schedulers import AsynchronousHalving
from simlab.simulator import Failures, Scenario, SimulationResult
from simlab.simulator.trace import EPOCH_ENDED, Trace
from tests.simulator.toys import motley, rows

STRATEGIES = [
    ThresholdRule(predictor=LastSeenValue(), threshold=0.9, burn_in=5),
    PERCENTILE_PRESETS["median-ray"],
    AsynchronousHalving(name="asha", max_epochs=6),
]
SCENARIOS = [None, Scenario(start_up=1, decision_cost=0.1, failures=Failures(rate=0.01, repair=2))]


def simulated(record, scenario=None, strategies=STRATEGIES):
    return simlab.simulate(
        motley(), strategies, orderings=2, workers=2, clock="epochs", scenario=scenario, record=record
    )


@pytest.mark.parametrize("scenario", SCENARIOS, ids=["plain", "scenario"])
def test_what_is_kept_is_the_same(scenario):
    everything, decisions, trials = (
        simulated(record, scenario) for record in ("events", "decisions", "trials")
    )
    assert decisions.trials.equals(everything.trials)
    assert decisions.decisions.equals(everything.decisions)
    assert trials.trials.equals(everything.trials)
    assert trials.summary().equals(everything.summary())
    assert everything.provenance | {"record": "trials"} == trials.provenance
    assert "record" not in everything.provenance


def test_what_was_not_kept_is_refused_in_one_sentence():
    with pytest.raises(SettingError, match=r"kept no events: simulate again with record='events' \(--record"):
        simulated("decisions").events  # noqa: B018
    with pytest.raises(SettingError, match="kept no decisions: simulate again with record='decisions'"):
        simulated("trials").decisions  # noqa: B018


def test_an_unknown_way_to_record():
    with pytest.raises(UnknownNameError, match="unknown record 'trial'; did you mean 'trials'"):
        simulated("trial")


def test_files_hold_what_was_kept_and_none_is_left_of_an_earlier_result(tmp_path):
    path = tmp_path / "out.parquet"
    assert len(simulated("events").write(path)) == 3
    result = simulated("decisions")
    assert [one.name for one in result.write(path)] == ["out.parquet", "out.decisions.parquet"]
    assert not (tmp_path / "out.events.parquet").exists()
    again = SimulationResult.read(path)
    assert again.decisions.equals(result.decisions)
    assert again.provenance == result.provenance
    with pytest.raises(SettingError, match="kept no events"):
        again.events  # noqa: B018
    simulated("trials").write(path)
    assert [one.name for one in tmp_path.iterdir()] == ["out.parquet"]
    assert SimulationResult.read(path).details == {}


class Nonsense(Policy):
    """Has a probability that is none."""

    name = "nonsense"

    def decide(self, view):
        return Decision(stop=False, reason="nonsense", probability=math.nan)


@pytest.mark.parametrize("record", ["events", "decisions", "trials"])
def test_nonsense_is_refused_whatever_is_kept(record):
    with pytest.raises(SimulationError, match="a probability is NaN on configuration"):
        simulated(record, strategies=[Nonsense()])


@pytest.mark.parametrize(
    ("record", "events", "decisions"), [("events", 1, 1), ("decisions", 0, 1), ("trials", 0, 0)]
)
def test_a_trace_holds_nothing_that_was_not_asked_for(record, events, decisions):
    trace = Trace(record)
    decision = Decision(stop=False, reason="no", probability=0.5)
    trace.note((1.0, EPOCH_ENDED, 3, 0, 1))
    trace.note_decision((3, 1, 1.0, *decision))
    assert rows(trace.events) == [(1.0, EPOCH_ENDED, 3, 0, 1)] * events
    assert rows(trace.decisions) == [(3, 1, 1.0, decision)] * decisions
    held = [value for value in vars(trace).values() if isinstance(value, list)]
    assert sum(map(len, held)) == 5 * events + 8 * decisions


def test_on_the_command_line(tmp_path):
    options = ["--policy", "never", "--orderings", "1", "--n-jobs", "1", "--record", "trials"]
    written = CliRunner().invoke(
        app, ["simulate", "metaqnn-cifar10", *options, "-o", str(tmp_path / "out.parquet")]
    )
    assert written.exit_code == 0, written.output
    assert [one.name for one in tmp_path.iterdir()] == ["out.parquet"]
