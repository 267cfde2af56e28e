"""Slow and failing workers, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import simlab
from simlab import Failures, Scenario, Stragglers
from simlab.errors import SettingError
from simlab.policies import Never
from simlab.schedulers import Job
from simlab.simulator.fleet import Fleet
from tests.simulator.toys import given_fleet, motley, replay, rows
from tests.simulator.two_jobs import TwoJobs
from tests.synthetic import synthetic_corpus


def test_a_slow_worker_by_hand():
    fleet = given_fleet([[], []], slowness=[1.0, 3.0])
    trace = replay(synthetic_corpus(3, 2), Never(), scenario=Scenario(start_up=1), fleet=fleet)
    assert [(trial.worker, trial.start, trial.end) for trial in trace.trials] == [
        (0, 0, 3),
        (1, 0, 7),
        (0, 3, 6),
    ]


def test_a_failure_by_hand():
    """It fails at 2.5, after two epochs; repaired at 6.5 it starts up again from its first."""
    fleet = given_fleet([[2.5]], repair=4)
    trace = replay(synthetic_corpus(1, 3), Never(), scenario=Scenario(start_up=0.25), fleet=fleet)
    assert [event[:2] + event[4:] for event in rows(trace.events)] == [
        (0, "started", 0), (1.25, "epoch ended", 1), (2.25, "epoch ended", 2), (2.5, "worker failed", 0),
        (6.5, "resumed", 0), (7.75, "epoch ended", 1), (8.75, "epoch ended", 2), (9.75, "epoch ended", 3),
        (9.75, "completed", 3),
    ]  # fmt: skip
    (trial,) = trace.trials
    assert (trial.epochs, trial.epochs_spent, trial.epochs_lost) == (3, 5, 2)


def test_a_failure_spares_what_a_checkpoint_holds():
    fleet = given_fleet([[3.5]], repair=1)
    trace = replay(
        synthetic_corpus(1, 6), Never(), scheduler=TwoJobs(), scenario=Scenario(resume=0.125), fleet=fleet
    )
    assert [event[:2] + event[4:] for event in rows(trace.events)][2:] == [
        (2, "epoch ended", 2), (2, "paused", 2), (2, "resumed", 2), (3.125, "epoch ended", 3),
        (3.5, "worker failed", 2), (4.5, "resumed", 2), (5.625, "epoch ended", 3), (6.625, "epoch ended", 4),
        (6.625, "paused", 4),
    ]  # fmt: skip
    assert (trace.trials[0].epochs_spent, trace.trials[0].epochs_lost) == (5, 1)


def test_a_failure_at_the_end_of_an_epoch_strikes_after_it():
    trace = replay(synthetic_corpus(1, 2), Never(), scenario=Scenario(), fleet=given_fleet([[1.0]], repair=1))
    assert [event[:2] for event in rows(trace.events)] == [
        (0, "started"), (1, "epoch ended"), (1, "worker failed"), (2, "resumed"),
        (3, "epoch ended"), (4, "epoch ended"), (4, "completed"),
    ]  # fmt: skip


def test_a_worker_that_fails_while_it_waits_takes_no_job_until_it_is_repaired():
    """Worker 1 is idle from 1 on, away from 2 to 5; the job that is free at 3 goes to worker 0."""

    class Late(TwoJobs):
        def __init__(self):
            super().__init__()
            self.jobs = [Job(0, 3), Job(1, 1)]

        def next_job(self):
            return self.jobs.pop(0) if self.jobs else None

        def job_ended(self, end):
            if end.trial == 0:
                self.jobs = [Job(2), Job(3)]

    fleet = given_fleet([[], [2.0]], repair=3)
    trace = replay(synthetic_corpus(4, 4), Never(), scheduler=Late(), scenario=Scenario(), fleet=fleet)
    assert [(trial.worker, trial.start) for trial in trace.trials] == [(0, 0), (1, 0), (0, 3), (1, 5)]


def test_a_run_ends_though_workers_keep_failing():
    """When nothing is left to do, no repair is waited for."""
    scenario = Scenario(failures=Failures(rate=0.2, repair=50))
    trace = replay(motley(), Never(), workers=8, scenario=scenario)
    assert all(trial.outcome for trial in trace.trials)
    assert len(trace.trials) == 30
    assert any(trial.epochs_lost for trial in trace.trials)


def test_a_job_that_never_gets_through_is_an_error():
    with pytest.raises(
        SettingError, match=r"1000 workers failed on configuration 'config-.*lower the failure"
    ):
        replay(synthetic_corpus(1, 6), Never(), scenario=Scenario(failures=Failures(rate=20)))


def test_workers_depend_on_seed_and_number_alone():
    scenario = Scenario(stragglers=Stragglers(share=0.5, factor=4), failures=Failures(rate=0.1, repair=2))
    few, many = (Fleet.draw(scenario, n, np.random.SeedSequence(3)) for n in (2, 5))
    assert (many.slowness[:2], many.fails_at[:2]) == (few.slowness, few.fails_at)
    only_failing = Fleet.draw(Scenario(failures=scenario.failures), 2, np.random.SeedSequence(3))
    assert only_failing.fails_at == few.fails_at
    slow = Fleet.draw(scenario, 2000, np.random.SeedSequence(0))
    assert np.mean([factor == 4 for factor in slow.slowness]) == pytest.approx(0.5, abs=0.04)
    assert np.mean(slow.fails_at) == pytest.approx(10, rel=0.1)


def test_lost_epochs_are_counted_and_paid():
    scenario = Scenario(failures=Failures(rate=0.05, repair=1))
    result = simlab.simulate(motley(), Never(), workers=3, clock="epochs", scenario=scenario, orderings=3)
    trials = result.trials
    assert (trials["epochs"] == trials["epochs_recorded"] + trials["epochs_lost"]).all()
    assert trials["epochs_lost"].sum() > 0
    once = trials["epochs_lost"] == 0
    exact = trials.filter(once)
    assert exact["seconds"].to_numpy() == pytest.approx(exact["seconds_recorded"].to_numpy())
    assert (trials.filter(~once)["seconds"] > trials.filter(~once)["seconds_recorded"]).all()
    assert result.summaries[0].speedup.mean < 1
