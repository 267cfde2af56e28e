"""What every named scheduler must do; one added to the registry is found and tested by itself."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

import simlab
from simlab.policies import Decision, Never, PolicySettings
from simlab.schedulers import SCHEDULERS, HalvingSettings, build_strategies
from simlab.schedulers.scheduler import Outcome
from tests.simulator.toys import motley, replay, rows

POLICIES = PolicySettings(thresholds=(0.7,), burn_in=5)
SETTINGS = {
    "continue": HalvingSettings(max_epochs=8, eta=2),
    "retrain": HalvingSettings(max_epochs=7, eta=2, min_epochs=2, cost="retrain"),
}
STRATEGIES = {
    f"{name} {cost}": strategy
    for cost, settings in SETTINGS.items()
    for name in SCHEDULERS
    for strategy in build_strategies([name], ["last-seen"], POLICIES, settings)
}
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
any_workers = pytest.mark.parametrize("workers", [1, 4, 16])
ORDERING = np.random.default_rng(3).permutation(30)


def play(strategy, *, workers, clock="seconds", seed=1):
    scheduler = strategy.scheduler(ORDERING, np.random.SeedSequence(5))
    return replay(motley(seed=seed), Never(), workers=workers, clock=clock, scheduler=scheduler)


@every_strategy
def test_settings_are_json_able_and_hold_the_burn_in(strategy):
    settings = strategy.settings()
    assert json.loads(json.dumps(settings, allow_nan=False)) == settings
    assert settings["burn_in"] == strategy.burn_in
    assert not strategy.needs_hindsight


@every_strategy
@any_workers
@pytest.mark.parametrize("clock", ["epochs", "seconds"])
def test_a_run_repeats_itself_and_leaves_nothing_behind(strategy, workers, clock):
    before = pickle.dumps(strategy)
    first = play(strategy, workers=workers, clock=clock)
    play(strategy, workers=workers, seed=2)
    again = play(strategy, workers=workers, clock=clock)
    assert pickle.dumps(strategy) == before
    assert rows(again.events) == rows(first.events)
    assert rows(again.decisions) == rows(first.decisions)


@every_strategy
@any_workers
def test_every_trial_ends_and_no_worker_trains_two(strategy, workers):
    trace, lengths = play(strategy, workers=workers), motley(seed=1).lengths
    assert all(trial.outcome in set(Outcome) for trial in trace.trials)
    assert all(trial.epochs <= lengths[trial.config] for trial in trace.trials)
    proposed = [trial.config for trial in trace.trials][:30]
    assert proposed == ORDERING[: len(proposed)].tolist()  # in the order of the searcher
    busy = {}
    for _, event, config, worker, _ in rows(trace.events):
        if event in ("started", "resumed", "restarted"):
            assert busy.setdefault(worker, config) == config
            assert len(busy) <= workers
        assert busy[worker] == config
        if event in set(Outcome):
            del busy[worker]
    assert not busy


@every_strategy
@any_workers
def test_every_epoch_is_paid(strategy, workers):
    trace = play(strategy, workers=workers)
    ended = [event for event in rows(trace.events) if event[1] == "epoch ended"]
    assert sum(trial.epochs_spent for trial in trace.trials) == len(ended)
    times = [event[0] for event in rows(trace.events)]
    assert times == sorted(times)
    assert max(trial.end for trial in trace.trials) == times[-1]


@every_strategy
def test_every_decision_explains_itself(strategy):
    for *_, decision in rows(play(strategy, workers=4).decisions):
        assert type(decision) is Decision
        assert type(decision.stop) is bool
        assert decision.reason


@any_workers
def test_the_same_result_for_any_number_of_jobs(workers):
    once, again = (
        simlab.simulate(motley(), list(STRATEGIES.values()), orderings=3, workers=workers, n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    for table in ("trials", "decisions", "events"):
        assert getattr(once, table).equals(getattr(again, table))
    assert once.per_ordering.equals(again.per_ordering)
