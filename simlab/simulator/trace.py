"""The record of one run: what happened to each trial, each decision, each event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from simlab.corpus import Corpus
from simlab.policies import Decision
from simlab.schedulers import Outcome
from simlab.simulator.costs import elapsed_times

#: What can happen, besides a trial leaving its worker (see :class:`simlab.schedulers.Outcome`).
STARTED, RESUMED, RESTARTED, EPOCH_ENDED = "started", "resumed", "restarted", "epoch ended"


@dataclass(slots=True)
class Trial:
    """One configuration in one run.

    Attributes
    ----------
    config, position : int
        Index of the configuration, and place in the order of starting.
    start, end : float
        Simulated time at which it first started and last left its worker.
    epochs : int
        Epochs reached so far.
    given_up : list of int
        Epochs it had reached each time it was trained again from its first.
    worker : int
        Worker that trains it, or trained it last.
    job_start : float
        Simulated time at which its present job, or the last one, started.
    trained : float
        Time it had trained before that job.
    until : int or None
        Epoch at which that job pauses.
    outcome : str
        Empty while it runs.
    """

    config: int
    position: int
    start: float
    worker: int
    job_start: float = 0.0
    trained: float = 0.0
    until: int | None = None
    end: float = float("nan")
    epochs: int = 0
    given_up: list[int] = field(default_factory=list)
    outcome: str = ""

    @property
    def epochs_spent(self) -> int:
        """Epochs trained, those that were trained again included."""
        return self.epochs + sum(self.given_up)

    @property
    def trained_to(self) -> int:
        """Epoch it was ever trained to: what has been seen of its curve."""
        return max(self.epochs, *self.given_up, 0)

    @property
    def has_ended(self) -> bool:
        """Whether it neither runs nor can be resumed."""
        return self.outcome not in ("", Outcome.PAUSED)

    @property
    def reached_its_end(self) -> bool:
        """Whether it has ended and nobody stopped it."""
        return self.has_ended and self.outcome != Outcome.STOPPED


@dataclass
class Decisions:
    """Every decision of a run, in order; columns, because a long run holds millions."""

    config: list[int] = field(default_factory=list)
    epoch: list[int] = field(default_factory=list)
    time: list[float] = field(default_factory=list)
    made: list[Decision] = field(default_factory=list)

    def add(self, config: int, epoch: int, time: float, decision: Decision) -> None:
        """Write one down."""
        self.config.append(config)
        self.epoch.append(epoch)
        self.time.append(time)
        self.made.append(decision)


@dataclass
class Events:
    """Every event of a run, in order; columns, because a long run holds millions."""

    time: list[float] = field(default_factory=list)
    event: list[str] = field(default_factory=list)
    config: list[int] = field(default_factory=list)
    worker: list[int] = field(default_factory=list)
    epoch: list[int] = field(default_factory=list)

    def add(self, time: float, event: str, trial: Trial) -> None:
        """Write one down."""
        self.time.append(time)
        self.event.append(event)
        self.config.append(trial.config)
        self.worker.append(trial.worker)
        self.epoch.append(trial.epochs)


@dataclass
class Trace:
    """Everything one run wrote down."""

    trials: list[Trial] = field(default_factory=list)
    decisions: Decisions = field(default_factory=Decisions)
    events: Events = field(default_factory=Events)


def trials_frame(trace: Trace, corpus: Corpus) -> pl.DataFrame:
    """Return one row per trial: cost, outcome, and what it would have cost and reached in full.

    ``epochs`` and ``seconds`` are what was spent on it: epochs trained again count again.
    """
    trials = trace.trials
    config = np.array([trial.config for trial in trials], dtype=np.int64)
    reached = np.array([trial.epochs for trial in trials], dtype=np.int32)
    columns: dict[str, Any] = {
        "position": np.array([trial.position for trial in trials], dtype=np.int32),
        "config_id": pl.Series(corpus.config_ids[config], dtype=pl.String),
        "status": pl.Series(corpus.status[config], dtype=pl.String),
        "outcome": pl.Series([str(trial.outcome) for trial in trials], dtype=pl.String),
        "worker": np.array([trial.worker for trial in trials], dtype=np.int32),
        "start": np.array([trial.start for trial in trials]),
        "end": np.array([trial.end for trial in trials]),
        "epochs": np.array([trial.epochs_spent for trial in trials], dtype=np.int32),
        "epochs_recorded": corpus.lengths[config].astype(np.int32),
        "last_value": _nullable(corpus.values[config, np.maximum(reached, 1) - 1], reached > 0),
        "final_value": _nullable(corpus.final_values[config], np.isfinite(corpus.final_values[config])),
    }
    if corpus.has_seconds:
        elapsed = elapsed_times(corpus, "seconds")
        again = [float(elapsed[trial.config, trial.given_up].sum()) for trial in trials]
        columns["seconds"] = elapsed[config, reached] + again
        columns["seconds_recorded"] = elapsed[config, -1]
    return pl.DataFrame(columns)


def decisions_frame(trace: Trace, corpus: Corpus) -> pl.DataFrame:
    """Return one row per decision, predictions in the units of the metric."""
    made = trace.decisions.made
    scores = pl.Series([decision.predicted for decision in made], dtype=pl.Float64)
    return pl.DataFrame(
        {
            "config_id": _ids(corpus, trace.decisions.config),
            "epoch": pl.Series(trace.decisions.epoch, dtype=pl.Int32),
            "time": pl.Series(trace.decisions.time, dtype=pl.Float64),
            "stop": pl.Series([decision.stop for decision in made], dtype=pl.Boolean),
            "reason": pl.Series([decision.reason for decision in made], dtype=pl.String),
            "predicted": pl.Series(corpus.metric.value(scores.to_numpy())).fill_nan(None),
            "sigma": pl.Series([decision.sigma for decision in made], dtype=pl.Float64),
            "probability": pl.Series([decision.probability for decision in made], dtype=pl.Float64),
        }
    )


def events_frame(trace: Trace, corpus: Corpus) -> pl.DataFrame:
    """Return one row per event, in order."""
    events = trace.events
    return pl.DataFrame(
        {
            "time": pl.Series(events.time, dtype=pl.Float64),
            "event": pl.Series(events.event, dtype=pl.String),
            "config_id": _ids(corpus, events.config),
            "worker": pl.Series(events.worker, dtype=pl.Int32),
            "epoch": pl.Series(events.epoch, dtype=pl.Int32),
        }
    )


def _ids(corpus: Corpus, configs: list[int]) -> pl.Series:
    return pl.Series(corpus.config_ids[np.array(configs, dtype=np.int64)], dtype=pl.String)


def _nullable(values: Any, known: Any) -> pl.Series:
    """Return values as a column that is null, not NaN, where nothing is known."""
    return pl.Series(np.where(known, values, np.nan)).fill_nan(None)
