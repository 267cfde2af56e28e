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
from simlab.simulator.trace import Integers, RunColumns

Floats = npt.NDArray[np.float64]


def trials_frame(run: RunColumns, corpus: Corpus, seconds: Floats | None = None) -> pl.DataFrame:
    """Return one row per trial: cost, outcome, and what it would have cost and reached in full.

    ``epochs`` and ``seconds`` are what was spent on it: epochs trained again count again. An epoch that was
    begun and not finished counts for neither.

    Parameters
    ----------
    run : RunColumns
    corpus : Corpus
    seconds : ndarray, shape (N, T + 1), optional
        Recorded seconds after each number of epochs; by default they are added up anew.
    """
    trials = run.trial_columns
    config = np.array(trials.config, dtype=np.int64)
    row = pl.Series(trials.config, dtype=pl.UInt32)
    reached = np.array(trials.epochs, dtype=np.int32)
    given_up = trials.given_up.items()
    spent = reached.copy()
    for position, stretches in given_up:
        spent[position] += sum(last - first for first, last in stretches)
    final = corpus.final_values[config]
    columns: dict[str, Any] = {
        "position": np.arange(len(config), dtype=np.int32),
        "config_id": corpus.configs["config_id"][row],
        "status": corpus.configs["status"][row],
        "outcome": pl.Series(trials.outcome, dtype=pl.String),
        "worker": pl.Series(trials.worker, dtype=pl.Int32),
        "start": pl.Series(trials.start, dtype=pl.Float64),
        "end": pl.Series(trials.end, dtype=pl.Float64),
        "epochs": spent,
        "epochs_recorded": corpus.lengths[config].astype(np.int32),
        "last_value": _nullable(
            np.where(reached > 0, corpus.values[config, np.maximum(reached, 1) - 1], np.nan)
        ),
        "final_value": _nullable(np.where(np.isfinite(final), final, np.nan)),
    }
    if corpus.has_seconds:
        elapsed = elapsed_times(corpus, "seconds") if seconds is None else seconds
        spent_seconds = elapsed[config, reached]
        for position, stretches in given_up:
            of_trial = elapsed[config[position]]
            spent_seconds[position] += sum(
                float(of_trial[last] - of_trial[first]) for first, last in stretches
            )
        columns["seconds"] = spent_seconds
        columns["seconds_recorded"] = elapsed[config, -1]
    return pl.DataFrame(columns)


def decisions_frame(run: RunColumns, corpus: Corpus) -> pl.DataFrame:
    """Return one row per decision, predictions in the units of the metric.

    Raises
    ------
    SimulationError
        If a probability is NaN: it can be compared with no threshold.
    """
    decisions = run.decisions
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
            "config_id": _config_ids(corpus, decisions.config),
            "epoch": pl.Series(decisions.epoch, dtype=pl.Int32),
            "time": pl.Series(decisions.time, dtype=pl.Float64),
            "stop": np.fromiter([decision.stop for decision in made], np.bool_, len(made)),
            "reason": pl.Series([decision.reason for decision in made], dtype=pl.String),
            "predicted": _nullable(corpus.metric.value(predicted.to_numpy())),
            "sigma": pl.Series([decision.sigma for decision in made], dtype=pl.Float64),
            "probability": probability,
        }
    )


def events_frame(run: RunColumns, corpus: Corpus) -> pl.DataFrame:
    """Return one row per event, in order."""
    events = run.events
    return pl.DataFrame(
        {
            "time": pl.Series(events.time, dtype=pl.Float64),
            "event": pl.Series(events.event, dtype=pl.String),
            "config_id": _config_ids(corpus, events.config),
            "worker": pl.Series(events.worker, dtype=pl.Int32),
            "epoch": pl.Series(events.epoch, dtype=pl.Int32),
        }
    )


def _config_ids(corpus: Corpus, rows: Sequence[int] | Integers) -> pl.Series:
    return corpus.configs["config_id"][pl.Series(rows, dtype=pl.UInt32)]


def _nullable(values: Floats) -> pl.Series:
    """Return values as a column that is null, not NaN, where nothing is known."""
    return pl.Series(values, nan_to_null=True)
