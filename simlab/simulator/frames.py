"""The frames of one run: a row per trial, per decision and per event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus import Corpus
from simlab.errors import SimulationError
from simlab.simulator.costs import elapsed_times
from simlab.simulator.trace import Trace, Trial

Floats = npt.NDArray[np.float64]


def trials_frame(trace: Trace, corpus: Corpus, seconds: Floats | None = None) -> pl.DataFrame:
    """Return one row per trial: cost, outcome, and what it would have cost and reached in full.

    ``epochs`` and ``seconds`` are what was spent on it: epochs trained again count again. An epoch that was
    begun and not finished counts for neither.

    Parameters
    ----------
    trace : Trace
    corpus : Corpus
    seconds : ndarray, shape (N, T + 1), optional
        Recorded seconds after each number of epochs; by default they are added up anew.
    """
    trials = trace.trials
    config = np.array([trial.config for trial in trials], dtype=np.int64)
    reached = np.array([trial.epochs for trial in trials], dtype=np.int32)
    final = corpus.final_values[config]
    columns: dict[str, Any] = {
        "position": np.array([trial.position for trial in trials], dtype=np.int32),
        "config_id": _taken(corpus.config_ids, config),
        "status": _taken(corpus.status, config),
        "outcome": pl.Series([str(trial.outcome) for trial in trials], dtype=pl.String),
        "worker": np.array([trial.worker for trial in trials], dtype=np.int32),
        "start": np.array([trial.start for trial in trials]),
        "end": np.array([trial.end for trial in trials]),
        "epochs": np.array([trial.epochs_spent for trial in trials], dtype=np.int32),
        "epochs_recorded": corpus.lengths[config].astype(np.int32),
        "last_value": _nullable(
            np.where(reached > 0, corpus.values[config, np.maximum(reached, 1) - 1], np.nan)
        ),
        "final_value": _nullable(np.where(np.isfinite(final), final, np.nan)),
    }
    if corpus.has_seconds:
        seconds = elapsed_times(corpus, "seconds") if seconds is None else seconds
        columns["seconds"] = seconds[config, reached] + [_time_given_up(trial, seconds) for trial in trials]
        columns["seconds_recorded"] = seconds[config, -1]
    return pl.DataFrame(columns)


def decisions_frame(trace: Trace, corpus: Corpus) -> pl.DataFrame:
    """Return one row per decision, predictions in the units of the metric.

    Raises
    ------
    SimulationError
        If a probability is NaN: it can be compared with no threshold.
    """
    decisions = trace.decisions
    made = decisions.made
    predicted = pl.Series([decision.predicted for decision in made], dtype=pl.Float64)
    probability = pl.Series([decision.probability for decision in made], dtype=pl.Float64)
    if probability.is_nan().any():
        first = int(probability.is_nan().arg_max() or 0)
        raise SimulationError(
            f"a probability is NaN on configuration '{corpus.config_ids[decisions.config[first]]}' after "
            f"epoch {decisions.epoch[first]} (reason: {made[first].reason}): a policy must say None where it "
            f"knows nothing"
        )
    return pl.DataFrame(
        {
            "config_id": _taken(corpus.config_ids, decisions.config),
            "epoch": pl.Series(decisions.epoch, dtype=pl.Int32),
            "time": pl.Series(decisions.time, dtype=pl.Float64),
            "stop": np.array([decision.stop for decision in made], dtype=np.bool_),
            "reason": _words([decision.reason for decision in made]),
            "predicted": _nullable(corpus.metric.value(predicted.to_numpy())),
            "sigma": pl.Series([decision.sigma for decision in made], dtype=pl.Float64),
            "probability": probability,
        }
    )


def events_frame(trace: Trace, corpus: Corpus) -> pl.DataFrame:
    """Return one row per event, in order."""
    events = trace.events
    return pl.DataFrame(
        {
            "time": pl.Series(events.time, dtype=pl.Float64),
            "event": _words(events.event),
            "config_id": _taken(corpus.config_ids, events.config),
            "worker": pl.Series(events.worker, dtype=pl.Int32),
            "epoch": pl.Series(events.epoch, dtype=pl.Int32),
        }
    )


def _time_given_up(trial: Trial, seconds: Floats) -> float:
    of_trial = seconds[trial.config]
    return sum(float(of_trial[last] - of_trial[first]) for first, last in trial.given_up)


def _taken(names: npt.NDArray[np.str_], rows: Sequence[int] | npt.NDArray[np.int64]) -> pl.Series:
    """Return the names of some rows."""
    return pl.Series(names, dtype=pl.String).gather(np.asarray(rows, dtype=np.int64))


def _words(words: Sequence[str]) -> pl.Series:
    """Return few words that stand in many rows; faster than handing over each."""
    codes = {word: code for code, word in enumerate(dict.fromkeys(words))}
    return pl.Series(list(codes), dtype=pl.String).gather([codes[word] for word in words])


def _nullable(values: Floats) -> pl.Series:
    """Return values as a column that is null, not NaN, where nothing is known."""
    return pl.Series(values, nan_to_null=True)
