"""Policies and short ways to run them, for the tests of everything around the simulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, repeat

import numpy as np

from simlab.policies import Decision, Policy
from simlab.predictors import LastSeenValue
from simlab.schedulers import Fifo
from simlab.searchers import RandomOrdering
from simlab.simulator import Replay, elapsed_times
from simlab.simulator.fleet import Fleet
from simlab.simulator.scenario_replay import ScenarioReplay
from simlab.testing.corpora import motley_corpus as motley
from simlab.testing.look_ahead import rows

__all__ = ["Nosy", "Patience", "StopAt", "given_fleet", "motley", "replay", "rows", "spent"]


def replay(
    corpus, policy, *, workers=1, clock="epochs", ordering=None, scheduler=None, scenario=None, fleet=None
):
    """Run one policy over one ordering (by default the corpus's own) and return the trace."""
    ordering = range(len(corpus)) if ordering is None else ordering
    scheduler = scheduler or Fifo(RandomOrdering(ordering), policy)
    elapsed, hindsight = elapsed_times(corpus, clock), policy.needs_hindsight
    if scenario is None:
        return Replay(corpus, scheduler, elapsed, workers=workers, hindsight=hindsight).run()
    fleet = fleet or Fleet.draw(scenario, workers, np.random.SeedSequence(0))
    return ScenarioReplay(corpus, scheduler, elapsed, scenario, fleet, hindsight=hindsight).run()


def given_fleet(failures, repair=0.0, slowness=None):
    """Return workers that fail at given moments, one list of them per worker."""
    gaps = [
        chain(np.diff([0, *times]) - [0, *[repair] * (len(times) - 1)], repeat(np.inf))
        if times
        else repeat(np.inf)
        for times in failures
    ]
    return Fleet(slowness or [1.0] * len(failures), gaps, repair)


def spent(trace):
    """Return the epochs that a run trained."""
    return sum(trial.epochs for trial in trace.trials)


@dataclass(frozen=True)
class StopAt(Policy):
    """Stops configuration c after epoch ``epochs[c]``."""

    name = "stop-at"
    epochs: tuple[int, ...]

    def decide(self, view):
        return Decision(stop=view.epoch >= self.epochs[int(view.config_id[-4:])], reason="stop at")


@dataclass(frozen=True)
class Patience(Policy):
    """Stops a trial that has not improved for ``patience`` epochs."""

    name = "patience"
    patience: int = 2

    def decide(self, view):
        waited = view.epoch - 1 - int(np.argmax(view.scores))
        return Decision(stop=waited >= self.patience, reason="no improvement")


@dataclass(frozen=True)
class Nosy(Policy):
    """Stops from the first trial on, and reads all that a view offers."""

    name = "nosy"
    margin: float = 0.2
    predictor: LastSeenValue = field(default_factory=LastSeenValue)

    def decide(self, view):
        known = view.n_ended_in_order
        mean, sigma, _ = view.predict(self.predictor, known)
        behind = view.nth_best(1 + known % 2) - view.scores[-1]
        stop = behind > self.margin + sigma / 10 or view.scores.min() + view.now / 1e4 < 0.15
        return Decision(stop, f"ended {known}, now {view.now:.6f}", mean, sigma, behind)
