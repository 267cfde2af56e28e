"""The record of one run: what happened to each trial, each decision, each event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from simlab.corpus import Corpus
from simlab.policies import Decision

#: What can happen, besides a trial leaving its worker (see :class:`simlab.schedulers.Outcome`).
STARTED, RESUMED, EPOCH_ENDED = "started", "resumed", "epoch ended"


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
        Epochs finished so far.
    worker : int
        Worker that trains it, or trained it last.
    until : int or None
        Epoch at which its present job ends.
    outcome : str
        Empty while it runs.
    """

    config: int
    position: int
    start: float
    worker: int
    until: int | None = None
    end: float = float("nan")
    epochs: int = 0
    outcome: str = ""


@dataclass
class Trace:
    """Everything one run wrote down, in the order in which it happened."""

    trials: list[Trial] = field(default_factory=list)
    decisions: list[tuple[int, int, float, Decision]] = field(default_factory=list)  # config, epoch, time
    events: list[tuple[float, str, int, int, int]] = field(default_factory=list)  # time, event, config, worker, epoch


def trials_frame(trace: Trace, corpus: Corpus) -> pl.DataFrame:
    """Return one row per trial: what it cost, how it ended, and what it would have cost and reached in full."""
    trials = trace.trials
    config = np.array([trial.config for trial in trials], dtype=np.int64)
    epochs = np.array([trial.epochs for trial in trials], dtype=np.int32)
    columns: dict[str, Any] = {
        "position": np.array([trial.position for trial in trials], dtype=np.int32),
        "config_id": pl.Series(corpus.config_ids[config], dtype=pl.String),
        "status": pl.Series(corpus.status[config], dtype=pl.String),
        "outcome": pl.Series([str(trial.outcome) for trial in trials], dtype=pl.String),
        "worker": np.array([trial.worker for trial in trials], dtype=np.int32),
        "start": np.array([trial.start for trial in trials]),
        "end": np.array([trial.end for trial in trials]),
        "epochs": epochs,
        "epochs_recorded": corpus.lengths[config].astype(np.int32),
        "last_value": _nullable(corpus.values[config, np.maximum(epochs, 1) - 1], epochs > 0),
        "final_value": _nullable(corpus.final_values[config], np.isfinite(corpus.final_values[config])),
    }
    if corpus.has_seconds:
        running = np.cumsum(np.nan_to_num(corpus.series["seconds"]), axis=1)
        padded = np.concatenate([np.zeros((len(corpus), 1)), running], axis=1)
        columns["seconds"] = padded[config, epochs]
        columns["seconds_recorded"] = padded[config, corpus.lengths[config]]
    return pl.DataFrame(columns)


def decisions_frame(trace: Trace, corpus: Corpus) -> pl.DataFrame:
    """Return one row per decision, predictions in the units of the metric."""
    rows = trace.decisions
    predicted = [decision.predicted for *_, decision in rows]
    values = [None if score is None else corpus.metric.value(score) for score in predicted]
    return pl.DataFrame(
        {
            "config_id": _ids(corpus, [row[0] for row in rows]),
            "epoch": pl.Series([row[1] for row in rows], dtype=pl.Int32),
            "time": pl.Series([row[2] for row in rows], dtype=pl.Float64),
            "stop": pl.Series([row[3].stop for row in rows], dtype=pl.Boolean),
            "reason": pl.Series([row[3].reason for row in rows], dtype=pl.String),
            "predicted": pl.Series(values, dtype=pl.Float64),
            "sigma": pl.Series([row[3].sigma for row in rows], dtype=pl.Float64),
            "probability": pl.Series([row[3].probability for row in rows], dtype=pl.Float64),
        }
    )


def events_frame(trace: Trace, corpus: Corpus) -> pl.DataFrame:
    """Return one row per event, in order."""
    rows = trace.events
    return pl.DataFrame(
        {
            "time": pl.Series([row[0] for row in rows], dtype=pl.Float64),
            "event": pl.Series([row[1] for row in rows], dtype=pl.String),
            "config_id": _ids(corpus, [row[2] for row in rows]),
            "worker": pl.Series([row[3] for row in rows], dtype=pl.Int32),
            "epoch": pl.Series([row[4] for row in rows], dtype=pl.Int32),
        }
    )


def _ids(corpus: Corpus, configs: list[int]) -> pl.Series:
    return pl.Series(corpus.config_ids[np.array(configs, dtype=np.int64)], dtype=pl.String)


def _nullable(values: Any, known: Any) -> pl.Series:
    """Return values as a column that is null, not NaN, where nothing is known."""
    return pl.Series(np.where(known, values, np.nan)).fill_nan(None)
