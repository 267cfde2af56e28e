"""The frames of one run: a row per trial, per decision and per event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus import Corpus
from simlab.simulator.columns import Integers, RunColumns
from simlab.simulator.costs import elapsed_times

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
    config = np.asarray(trials.config, dtype=np.int64)
    reached = np.asarray(trials.epochs, dtype=np.int32)
    given_up = trials.given_up.items()
    spent = reached.copy()
    for position, stretches in given_up:
        spent[position] += sum(last - first for first, last in stretches)
    final = corpus.final_values[config]
    row = _row_numbers(config)
    columns: dict[str, Any] = {
        "position": np.arange(len(config), dtype=np.int32),
        "config_id": corpus.configs["config_id"][row],
        "status": corpus.configs["status"][row],
        "outcome": pl.Series(trials.outcome, dtype=pl.String),
        "worker": _integers(trials.worker),
        "start": pl.Series(trials.start, dtype=pl.Float64),
        "end": pl.Series(trials.end, dtype=pl.Float64),
        "epochs": spent,
        "epochs_recorded": _integers(corpus.lengths[config]),
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
    return _frame(columns)


def decisions_frame(run: RunColumns, corpus: Corpus) -> pl.DataFrame:
    """Return one row per decision, predictions in the units of the metric."""
    decisions = run.decision_columns
    predicted = _numbers(decisions.predicted)
    return _frame(
        {
            "config_id": corpus.configs["config_id"][_row_numbers(decisions.config)],
            "epoch": _integers(decisions.epoch),
            "time": pl.Series(decisions.time, dtype=pl.Float64),
            "stop": np.fromiter(decisions.stop, np.bool_, len(predicted)),
            "reason": pl.Series(decisions.reason, dtype=pl.String),
            "predicted": _nullable(corpus.metric.value(predicted.to_numpy())),
            "sigma": _numbers(decisions.sigma),
            "probability": _numbers(decisions.probability),
        }
    )


def events_frame(run: RunColumns, corpus: Corpus) -> pl.DataFrame:
    """Return one row per event, in order."""
    events = run.events
    return _frame(
        {
            "time": pl.Series(events.time, dtype=pl.Float64),
            "event": pl.Series(events.event, dtype=pl.String),
            "config_id": corpus.configs["config_id"][_row_numbers(events.config)],
            "worker": _integers(events.worker),
            "epoch": _integers(events.epoch),
        }
    )


def _frame(columns: Mapping[str, pl.Series | npt.NDArray[Any]]) -> pl.DataFrame:
    """Return a frame; given arrays, Polars would start a pool of threads to copy them."""
    return pl.DataFrame({name: pl.Series(column) for name, column in columns.items()})


def _row_numbers(configs: Sequence[int] | Integers) -> pl.Series:
    """Return what Polars takes rows by as they are."""
    if isinstance(configs, np.ndarray):
        return pl.Series(configs.astype(np.uint32))
    return pl.Series(configs, dtype=pl.UInt32)


def _integers(numbers: Sequence[int] | Integers) -> pl.Series:
    if isinstance(numbers, np.ndarray):
        return pl.Series(numbers.astype(np.int32))  # in a tenth of the time that Polars takes
    return pl.Series(numbers, dtype=pl.Int32)


def _numbers(values: Sequence[float | None] | Floats) -> pl.Series:
    """Return numbers, null where there is None, or NaN in an array."""
    return _nullable(values) if isinstance(values, np.ndarray) else pl.Series(values, dtype=pl.Float64)


def _nullable(values: Floats) -> pl.Series:
    """Return values as a column that is null, not NaN, where nothing is known."""
    return pl.Series(values, nan_to_null=True)
