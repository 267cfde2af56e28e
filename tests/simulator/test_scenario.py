"""Scenarios by hand: delays and costly decisions; all parts together, and bad input."""

from __future__ import annotations

import json
import math

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import simlab
from simlab import Budget, Failures, Scenario, Stragglers
from simlab.cli.app import app
from simlab.errors import CorpusError, SettingError
from simlab.policies import PERCENTILE_PRESETS, Never, ThresholdRule
from simlab.predictors import LastSeenValue
from simlab.schedulers import ASHA, Halving, Hyperband, make_brackets
from simlab.searchers import RandomOrdering
from tests.simulator.test_look_ahead import COMBINED_RULES, RANKING_RULES, RULES, SCHEDULERS
from tests.simulator.test_settings import without_seconds
from tests.simulator.toys import Nosy, Patience, StopAt, motley, replay, rows
from tests.simulator.two_jobs import TwoJobs, told
from tests.synthetic import synthetic_corpus

# --- Delays -----------------------------------------------------------------------------


def test_delays_by_hand():
    delays = Scenario(start_up=3, resume=10, checkpoint=100)
    trace = replay(synthetic_corpus(1, 6), Never(), scheduler=TwoJobs(), scenario=delays)
    assert [(time, event) for time, event, _ in told(trace)] == [
        (0, "started"), (4, "epoch ended"), (5, "epoch ended"), (105, "paused"),
        (105, "resumed"), (116, "epoch ended"), (117, "epoch ended"), (217, "paused"),
    ]  # fmt: skip
    assert trace.trials[0].end == 217


def test_a_trial_that_is_trained_anew_starts_up_again():
    trace = replay(
        synthetic_corpus(1, 6), Never(), scheduler=TwoJobs(anew=True), scenario=Scenario(start_up=3)
    )
    assert [(time, event) for time, event, _ in told(trace)][2:6] == [
        (5, "epoch ended"), (5, "paused"), (5, "restarted"), (9, "epoch ended"),
    ]  # fmt: skip


@pytest.mark.parametrize("clock", ["epochs", 2, 2.0])
def test_on_a_clock_of_whole_units_all_times_are_whole(clock):
    scenario = Scenario(
        start_up=2, resume=1, checkpoint=3, decision_cost=1, stragglers=Stragglers(share=0.5, factor=3)
    )
    halving = Halving(name="halving", brackets=make_brackets(8, 2))
    rules = [Patience(1), Nosy(), halving]
    result = simlab.simulate(motley(), rules, workers=3, clock=clock, scenario=scenario, orderings=2)
    times = result.events["time"].to_numpy()
    assert (times == np.round(times)).all()


# --- Decisions -----------------------------------------------------------------------------


def test_a_decision_keeps_its_worker_busy_by_hand():
    """Patience reads the scores, so each of its answers costs; the last epoch of a curve asks nobody."""
    corpus = synthetic_corpus(2, 4)
    trace = replay(corpus, Patience(99), scenario=Scenario(decision_cost=0.5))
    assert [time for time, event, _ in told(trace) if event == "epoch ended"] == [
        1, 2.5, 4, 5.5, 6.5, 8, 9.5, 11,
    ]  # fmt: skip
    assert [row[2] for row in rows(trace.decisions)] == [1, 2.5, 4, 6.5, 8, 9.5]  # when it was asked


def test_a_stop_takes_effect_when_the_decision_is_made():
    corpus = synthetic_corpus(2, 4)
    profile = Scenario(decision_cost=[10, 20, 30])
    trace = replay(corpus, Patience(0), scenario=profile)  # improved at once or not: it stops after epoch 1
    assert told(trace) == [
        (0, "started", 0), (1, "epoch ended", 0), (11, "stopped", 0),
        (11, "started", 1), (12, "epoch ended", 1), (22, "stopped", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("policy", [Never(), StopAt((2,) * 30)], ids=lambda policy: policy.name)
def test_an_answer_without_looking_is_free(policy):
    plain = replay(motley(), policy, workers=2)
    costly = replay(motley(), policy, workers=2, scenario=Scenario(decision_cost=7))
    assert rows(costly.events) == rows(plain.events)


def test_a_burn_in_is_free_and_what_follows_is_not():
    rule = ThresholdRule(predictor=LastSeenValue(), threshold=1.0, burn_in=4)
    trace = replay(synthetic_corpus(6, 5), rule, scenario=Scenario(decision_cost=2))
    assert trace.trials[3].end == 20
    lasted = [trial.end - trial.start for trial in trace.trials[4:]]
    decided = [min(trial.epochs, 4) for trial in trace.trials[4:]]
    assert lasted == [trial.epochs + 2 * n for trial, n in zip(trace.trials[4:], decided, strict=True)]


# --- Beside the plain simulator -----------------------------------------------------------------------------


def played(corpus, policy, scheduler, scenario, workers=3):
    made = scheduler and SCHEDULERS[scheduler](RandomOrdering(range(len(corpus))))
    return replay(corpus, policy, workers=workers, clock="seconds", scheduler=made, scenario=scenario)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    ("policy", "scheduler"),
    [(policy, None) for policy in RULES + RANKING_RULES + COMBINED_RULES]
    + [(Never(), one) for one in SCHEDULERS],
)
def test_the_default_scenario_is_the_plain_simulator(policy, scheduler, workers):
    plain = played(motley(), policy, scheduler, None, workers)
    default = played(motley(), policy, scheduler, Scenario(), workers)
    assert rows(default.events) == rows(plain.events)
    assert rows(default.decisions) == rows(plain.decisions)
    assert default.trials == plain.trials


FULL = Scenario(
    start_up=1.5,
    resume=0.5,
    checkpoint=0.25,
    decision_cost=[0.5 * epoch for epoch in range(8)],
    failures=Failures(rate=0.01, repair=3),
    stragglers=Stragglers(share=0.3, factor=2),
    budget=Budget(epochs=130, time=900),
)


@pytest.mark.parametrize("scheduler", [None, *SCHEDULERS])
@pytest.mark.parametrize("workers", [1, 4])
def test_events_of_a_full_scenario_are_consistent(scheduler, workers):
    trace = played(motley(), Nosy() if scheduler is None else Never(), scheduler, FULL, workers)
    busy, epochs = {}, {}
    times = [event[0] for event in rows(trace.events)]
    assert times == sorted(times)
    for _, event, config, worker, epoch in rows(trace.events):
        if event == "started":
            assert config not in epochs
            epochs[config] = 0
        if event in ("started", "resumed", "restarted"):
            assert busy.setdefault(worker, config) == config
        assert busy[worker] == config
        if event == "epoch ended":
            epochs[config] += 1
        elif event in ("worker failed", "restarted"):
            assert epoch <= epochs[config]
            epochs[config] = epoch
        assert epochs[config] == epoch
        if event in ("completed", "diverged", "censored", "failed", "stopped", "paused", "unfinished"):
            del busy[worker]
    assert not busy


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_scenario_gives_the_same_bytes_for_any_number_of_jobs(n_jobs, tmp_path):
    strategies = [Never(), Nosy(), Halving(name="halving", brackets=make_brackets(8, 2))]

    def written(n_jobs, name):
        result = simlab.simulate(
            motley(), strategies, workers=3, seed=4, orderings=3, scenario=FULL, n_jobs=n_jobs
        )
        return [path.read_bytes() for path in result.write(tmp_path / name / "out.parquet")]

    assert written(n_jobs, "here") == written(1, "there")


def test_every_policy_meets_the_same_workers():
    scenario = Scenario(failures=Failures(rate=0.01, repair=10), stragglers=Stragglers(share=0.5, factor=2))
    result = simlab.simulate(
        motley(), [Never(), StopAt((99,) * 30)], workers=4, orderings=2, scenario=scenario
    )
    first, second = (result.events.filter(pl.col("run") == run).drop("run", "policy") for run in (0, 1))
    assert first.filter(pl.col("event") == "worker failed").height > 0
    assert first.equals(second)


def test_the_scenario_stands_in_the_provenance():
    result = simlab.simulate(motley(), Never(), orderings=1, scenario=FULL)
    assert result.provenance["scenario"] == json.loads(json.dumps(FULL.describe()))
    assert result.provenance["scenario"]["budget"] == {"epochs": 130, "time": 900}
    for scenario in (None, Scenario()):
        assert "scenario" not in simlab.simulate(motley(), Never(), orderings=1, scenario=scenario).provenance


# --- Bad input -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Budget, "a budget is given in epochs, seconds or time"),
        (lambda: Budget(epochs=0), "a budget in epochs must be a whole number of 1 or more, not 0"),
        (lambda: Budget(epochs=1.5), "whole number of 1 or more, not 1.5"),
        (lambda: Budget(epochs=math.nan), "whole number of 1 or more, not nan"),
        (lambda: Budget(epochs=math.inf), "whole number of 1 or more, not inf"),
        (lambda: Budget(seconds=0), "a budget in seconds must be finite and larger than 0, not 0"),
        (lambda: Budget(time=-1), "a budget in time must be finite and larger than 0, not -1"),
        (lambda: Budget(time=math.nan), "larger than 0, not nan"),
        (lambda: Failures(rate=0), "a failure rate must be finite and larger than 0, not 0"),
        (lambda: Failures(rate=1, repair=-1), "a repair must be finite and 0 or more, not -1"),
        (lambda: Stragglers(share=1.1, factor=2), r"share of slow workers must lie in \[0, 1\], not 1.1"),
        (lambda: Stragglers(share=0.5, factor=0.5), "factor of slow workers must be finite and at least 1"),
        (lambda: Scenario(start_up=-1), "start_up must be finite and 0 or more, not -1"),
        (lambda: Scenario(resume=math.nan), "resume must be finite and 0 or more, not nan"),
        (lambda: Scenario(checkpoint=math.inf), "checkpoint must be finite and 0 or more, not inf"),
        (lambda: Scenario(decision_cost=-0.1), "decision_cost must be finite and 0 or more, not -0.1"),
        (
            lambda: Scenario(decision_cost=[0, math.nan]),
            "decision_cost must be finite and 0 or more, not nan",
        ),
    ],
)
def test_impossible_scenarios(make, message):
    with pytest.raises(SettingError, match=message):
        make()


def test_a_profile_must_hold_every_decision():
    with pytest.raises(SettingError, match=r"decision_cost holds 3 costs, but on motley .* each of 7 epochs"):
        simlab.simulate(motley(), Never(), scenario=Scenario(decision_cost=np.ones(3)))
    simlab.simulate(motley(), Never(), orderings=1, scenario=Scenario(decision_cost=np.ones(7)))


def test_a_budget_in_seconds_needs_seconds():
    with pytest.raises(CorpusError, match="timeless: no seconds were recorded; give the budget in epochs or"):
        simlab.simulate(without_seconds(), Never(), scenario=Scenario(budget=Budget(seconds=5)))


@pytest.mark.parametrize(("max_epochs", "eta"), [(0, 3), (-1, 3), (9, 1), (9, 0)])
def test_impossible_budgets_of_hyperband_and_asha(max_epochs, eta):
    with pytest.raises(SettingError, match=r"max_epochs|eta"):
        Hyperband(RandomOrdering(range(3)), make_brackets(max_epochs, eta))
    with pytest.raises(SettingError, match=r"max_epochs|eta"):
        ASHA(RandomOrdering(range(3)), max_epochs, eta=eta)


def test_more_workers_than_trials():
    corpus = synthetic_corpus(3, 4)
    trace = replay(corpus, Never(), workers=50, scenario=Scenario(start_up=1))
    assert [trial.end for trial in trace.trials] == [5, 5, 5]
    assert simlab.simulate(corpus, PERCENTILE_PRESETS["median-vizier"], workers=50).trials.height == 30


def test_the_command_line_asks_for_every_part_of_a_scenario(monkeypatch):
    monkeypatch.setattr("simlab.load", lambda _: motley(), raising=False)
    options = {
        "--budget": 40,
        "--budget-in": "epochs",
        "--start-up": 1,
        "--resume-delay": 2,
        "--checkpoint-delay": 3,
        "--decision-cost": 0.5,
        "--failure-rate": 0.001,
        "--repair": 4,
        "--slow-share": 0.5,
        "--slow-factor": 3,
    }
    command = ["simulate", "any", "--policy", "never", "--orderings", "2", "--n-jobs", "1", "--json"]
    told = CliRunner().invoke(app, [*command, *(str(part) for pair in options.items() for part in pair)])
    assert told.exit_code == 0, told.stderr
    answer = json.loads(told.stdout)
    assert answer["scenario"] == {
        "start_up": 1, "resume": 2, "checkpoint": 3, "decision_cost": 0.5,
        "failures": {"rate": 0.001, "repair": 4}, "stragglers": {"share": 0.5, "factor": 3},
        "budget": {"epochs": 40},
    }  # fmt: skip
    assert answer["runs"][0]["epochs_spent"] <= 40
    refused = CliRunner().invoke(app, [*command, "--budget", "0.5"])
    assert refused.exit_code == 2
    assert "a budget in epochs must be a whole number of 1 or more, not 0.5" in refused.stderr
