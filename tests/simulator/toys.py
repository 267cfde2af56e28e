"""Policies and short ways to run them, for the tests of everything around the simulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl

from simlab.corpus import Corpus
from simlab.corpus.schema import FAILED
from simlab.policies import Decision, Policy
from simlab.predictors import LastSeenValue
from simlab.schedulers import Fifo
from simlab.searchers import RandomOrdering
from simlab.simulator import Replay, elapsed_times
from tests.synthetic import synthetic_tables


@cache
def motley(n=30, epochs=8, seed=0, *, direction="maximize", ragged=True):
    """Build a corpus of every kind of curve; one run failed before its first epoch."""
    curves, configs, metric = synthetic_tables(
        n, epochs, seed, diverged=3, failed=4, censored=3, ragged=ragged, direction=direction
    )
    failed = configs.filter(pl.col("status") == FAILED)["config_id"][0]
    metadata = {"data": {"validation": 1000}}
    curves = curves.filter(pl.col("config_id") != failed)
    return Corpus.from_tables(curves, configs, metric, name="motley", metadata=metadata)


def replay(corpus, policy, *, workers=1, clock="epochs", ordering=None, scheduler=None):
    """Run one policy over one ordering (by default the corpus's own) and return the trace."""
    ordering = range(len(corpus)) if ordering is None else ordering
    scheduler = scheduler or Fifo(RandomOrdering(ordering), policy)
    elapsed = elapsed_times(corpus, clock)
    return Replay(corpus, scheduler, elapsed, workers=workers, hindsight=policy.needs_hindsight).run()


def rows(columns):
    """Return the decisions or events of a trace row by row."""
    return list(zip(*vars(columns).values(), strict=True))


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
