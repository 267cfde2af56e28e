"""Trials that pause, resume and are promoted: a synchronous successive halving written on the protocol."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.errors import SettingError, SimlabError
from simlab.policies import Decision, Never
from simlab.predictors import LastSeenValue
from simlab.schedulers import Job, Outcome, Scheduler
from simlab.simulator import elapsed_times
from simlab.simulator.frames import trials_frame
from tests.simulator.toys import StopAt, motley, replay, rows
from tests.synthetic import synthetic_corpus


class Halving(Scheduler):
    """Trains everything for one epoch, then the better half for 2, the better half of these for 4, ..."""

    def __init__(self, corpus, policy, rungs=(1, 2, 4, 8)):
        self.policy, self.rungs = policy, list(rungs)
        self.todo = list(range(len(corpus)))
        self.running, self.reached, self.heard, self.trials = set(), {}, [], {}

    def next_job(self):
        if not self.todo and not self.running and self.reached and len(self.rungs) > 1:
            self.rungs.pop(0)
            ranked = sorted(self.reached, key=lambda config: (-self.reached[config], config))
            self.todo, self.reached = ranked[: max(1, len(ranked) // 2)], {}
        if not self.todo:
            return None
        config = self.todo.pop(0)
        self.running.add(config)
        resumed = self.trials.get(config)
        self.trials.setdefault(config, len(self.trials))
        return Job(config, until=self.rungs[0], trial=resumed)

    def after_epoch(self, view):
        return self.policy.decide(view)

    def job_ended(self, end):
        self.running.remove(end.config)
        self.heard.append((end.config, end.outcome, end.score, end.decision))
        if end.outcome == Outcome.PAUSED:
            self.reached[end.config] = end.score


def halving(corpus, policy=None, workers=1, clock="epochs"):
    policy = policy or Never()
    scheduler = Halving(corpus, policy)
    return scheduler, replay(corpus, policy, workers=workers, clock=clock, scheduler=scheduler)


def survivors(corpus):
    """Return the epochs that successive halving trains each configuration for, written independently."""
    alive, epochs = np.arange(len(corpus)), np.zeros(len(corpus), dtype=int)
    for rung in (1, 2, 4, 8):
        epochs[alive] = rung
        ranked = alive[np.lexsort((alive, -corpus.scores[alive, rung - 1]))]
        alive = ranked[: max(1, len(ranked) // 2)]
    return epochs


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("clock", ["epochs", "seconds"])
def test_successive_halving_trains_the_right_ones_for_the_right_time(workers, clock):
    corpus = synthetic_corpus(16, 8, seed=3)
    scheduler, trace = halving(corpus, workers=workers, clock=clock)
    expected = survivors(corpus)
    by_config = {trial.config: trial for trial in trace.trials}
    assert [by_config[config].epochs for config in range(16)] == expected.tolist()
    assert [config for config in by_config if by_config[config].outcome == "completed"] == np.flatnonzero(
        expected == 8
    ).tolist()
    assert sum(trial.outcome == "paused" for trial in trace.trials) == 14
    assert len(trace.trials) == 16  # a resumed trial is the same trial

    elapsed = elapsed_times(corpus, clock)
    cost = np.array([elapsed[config, epochs] for config, epochs in enumerate(expected)])
    frame = trials_frame(trace, corpus)
    assert frame["epochs"].sum() == expected.sum() == 16 + 8 + 4 * 2 + 2 * 4
    if clock == "seconds":
        assert frame["seconds"].sum() == pytest.approx(cost.sum())
    makespan = max(trial.end for trial in trace.trials)
    assert makespan >= max(cost.max(), cost.sum() / workers) - 1e-9
    if workers == 1:  # each epoch is paid once: a resumed trial goes on from its checkpoint
        assert makespan == pytest.approx(cost.sum())
    scores = {config: score for config, outcome, score, _ in scheduler.heard if outcome == "paused"}
    assert scores == {
        config: corpus.scores[config, max(rung for rung in (1, 2, 4) if rung <= expected[config]) - 1]
        for config in scores
    }


@pytest.mark.parametrize("workers", [1, 3])
def test_events_of_a_resumed_trial(workers):
    corpus = synthetic_corpus(8, 8, seed=1)
    _, trace = halving(corpus, workers=workers, clock="seconds")
    best = int(np.argmax(survivors(corpus)))
    own = [event for event in rows(trace.events) if event[2] == best]
    kinds = [event[1] for event in own]
    assert kinds == [
        "started", "epoch ended", "paused",
        "resumed", "epoch ended", "paused",
        "resumed", "epoch ended", "epoch ended", "paused",
        "resumed", *["epoch ended"] * 4, "completed",
    ]  # fmt: skip
    times = [event[0] for event in rows(trace.events)]
    assert times == sorted(times)
    seconds = corpus.series["seconds"][best]
    for job in np.split(np.arange(len(own)), [3, 6, 10]):
        at = [own[index][0] for index in job]
        first = own[job[0]][4]
        n_epochs = len(job) - 2
        assert at[1:-1] == pytest.approx((at[0] + np.cumsum(seconds[first : first + n_epochs])).tolist())
        assert at[-1] == at[-2]
        assert len({own[index][3] for index in job}) == 1  # one worker


def test_no_worker_runs_two_trials_at_once():
    corpus = synthetic_corpus(16, 8, seed=2)
    _, trace = halving(corpus, workers=3, clock="seconds")
    busy = {}
    for _, event, config, worker, _ in rows(trace.events):
        if event in ("started", "resumed"):
            assert worker not in busy
            busy[worker] = config
        else:
            assert busy[worker] == config
            if event != "epoch ended":
                del busy[worker]
    assert not busy


def test_idle_workers_ask_in_the_order_of_their_numbers():
    corpus = synthetic_corpus(16, 8, seed=2)
    _, trace = halving(corpus, workers=3, clock="seconds")
    asked = {}
    for time, event, _, worker, _ in rows(trace.events):
        if event in ("started", "resumed"):
            asked.setdefault(time, []).append(worker)
    together = [workers for workers in asked.values() if len(workers) > 1]
    assert len(together) >= 3  # the start and the ends of rungs
    assert all(workers == sorted(workers) for workers in together)


def test_a_policy_stops_trials_within_their_rungs():
    corpus = motley(16, 8, seed=1)
    scheduler, trace = halving(corpus, StopAt((9, 3) * 8), workers=2)
    outcomes = {trial.config: (trial.outcome, trial.epochs) for trial in trace.trials}
    stopped = {config for config, (outcome, _) in outcomes.items() if outcome == "stopped"}
    assert stopped
    assert all(outcomes[config] == ("stopped", 3) and config % 2 == 1 for config in stopped)
    assert all(
        (decision is not None) == (outcome == "stopped") for _, outcome, _, decision in scheduler.heard
    )


def test_paused_trials_are_counted():
    corpus = synthetic_corpus(8, 8)
    _, trace = halving(corpus)
    assert trials_frame(trace, corpus)["outcome"].value_counts().sort("outcome").rows() == [
        ("completed", 1),
        ("paused", 7),
    ]


class Fixed(Scheduler):
    """Hands out a list of jobs, one at a time."""

    def __init__(self, *jobs):
        self.jobs = list(jobs)

    def next_job(self):
        return self.jobs.pop(0) if self.jobs else None

    def after_epoch(self, view):
        return Decision(stop=view.config_id == "config-0003", reason="three")


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        ([Job(0), Job(0, trial=0)], "it has 'config-0000' and is completed, not paused"),
        ([Job(1, until=2), Job(2, trial=0)], "with configuration 'config-0002': it has 'config-0001' and is"),
        ([Job(1, until=2), Job(1, until=2, trial=0)], "beyond the 2 epochs already trained, not to 2"),
        ([Job(1, until=2), Job(1, until=1, trial=0)], "beyond the 2 epochs already trained, not to 1"),
        ([Job(1, until=0)], "beyond the 0 epochs already trained, not to 0"),
    ],
)
def test_impossible_jobs(jobs, message):
    with pytest.raises(SettingError, match=message):
        replay(synthetic_corpus(4, 5), Never(), scheduler=Fixed(*jobs))


def test_a_running_trial_cannot_be_resumed():
    with pytest.raises(SettingError, match="is running, not paused"):
        replay(synthetic_corpus(4, 5), Never(), scheduler=Fixed(Job(0), Job(0, trial=0)), workers=2)


def test_a_configuration_may_be_tried_again_as_another_trial():
    trace = replay(synthetic_corpus(4, 5), Never(), scheduler=Fixed(Job(0), Job(0, until=2), Job(0)))
    assert [(trial.config, trial.outcome, trial.epochs) for trial in trace.trials] == [
        (0, "completed", 5),
        (0, "paused", 2),
        (0, "completed", 5),
    ]


def test_a_stopped_trial_may_be_resumed():
    trace = replay(synthetic_corpus(4, 5), Never(), scheduler=Fixed(Job(3), Job(3, until=3, trial=0)))
    assert [event[1] for event in rows(trace.events)] == [
        "started", "epoch ended", "stopped", "resumed", "epoch ended", "stopped",
    ]  # fmt: skip


def test_a_trial_trained_anew_pays_twice():
    corpus = synthetic_corpus(4, 5)
    trace = replay(corpus, Never(), scheduler=Fixed(Job(0, until=2), Job(0, trial=0, anew=True)))
    assert [event[1] for event in rows(trace.events)] == [
        "started", "epoch ended", "epoch ended", "paused", "restarted", *["epoch ended"] * 5, "completed",
    ]  # fmt: skip
    row = trials_frame(trace, corpus).row(0, named=True)
    assert (row["epochs"], row["last_value"], row["end"]) == (7, corpus.values[0, 4], 7.0)
    seconds = corpus.series["seconds"][0]
    assert row["seconds"] == pytest.approx(seconds.sum() + seconds[:2].sum())


def test_a_job_longer_than_the_curve_ends_with_the_curve():
    trace = replay(synthetic_corpus(4, 5), Never(), scheduler=Fixed(Job(0, until=99), Job(1, until=5)))
    assert [(trial.outcome, trial.epochs) for trial in trace.trials] == [("completed", 5)] * 2


def test_a_pause_may_be_the_end():
    trace = replay(
        synthetic_corpus(4, 5), Never(), scheduler=Fixed(Job(0, until=3), Job(1, until=1), Job(0, trial=0))
    )
    assert [(trial.outcome, trial.epochs, trial.end) for trial in trace.trials] == [
        ("completed", 5, 6.0),
        ("paused", 1, 4.0),
    ]


class Learns(Fixed):
    """Asks once, after two epochs of the third trial, for a model of the first one after three epochs."""

    def after_epoch(self, view):
        if view.position == 2 and view.epoch == 2:
            self.predicted = view.predict_at(LastSeenValue(), (0,), 3)
        return Decision(stop=False, reason="")


def test_what_was_seen_of_a_trial_is_not_forgotten_when_it_is_trained_again():
    scheduler = Learns(Job(0, until=3), Job(2, until=2), Job(1), Job(0, trial=0, anew=True))
    corpus = synthetic_corpus(4, 8)
    trace = replay(corpus, Never(), scheduler=scheduler, workers=2)
    assert [event[:2] for event in rows(trace.events) if event[1] == "restarted"] == [(3.0, "restarted")]
    assert scheduler.predicted.mean == corpus.scores[1, 1]  # asked at 4.0, when it was at epoch 1 again


def test_no_model_is_fitted_on_a_trial_that_was_not_trained_so_far():
    scheduler = Learns(Job(0, until=2), Job(2, until=2), Job(1))
    with pytest.raises(SimlabError, match="trial 0 has not been trained for 3 epochs"):
        replay(synthetic_corpus(4, 8), Never(), scheduler=scheduler, workers=2)
