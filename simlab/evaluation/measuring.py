"""The measures of a study of predictors: for each training set, and over all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from simlab.corpus.schema import COMPLETED
from simlab.evaluation.accuracy import r_squared
from simlab.evaluation.calibration import coverage
from simlab.measures.intervals import t_interval

_KEYS = ("predictor", "name", "fraction", "epoch")
_COUNTS = ("n", "n_diverged", "n_no_model", "n_ended", "n_no_final")


def _r_squared(rows: pl.DataFrame) -> float:
    return r_squared(rows["truth"].to_numpy(), rows["predicted"].to_numpy())


def _root_mean_square(rows: pl.DataFrame) -> float:
    if rows.is_empty():
        return float("nan")
    return float(np.sqrt(np.mean((rows["truth"] - rows["predicted"]).to_numpy() ** 2)))


def _rank_correlation(rows: pl.DataFrame) -> float:
    if len(rows) < 2 or min(rows[column].n_unique() for column in ("truth", "predicted")) < 2:
        return float("nan")
    return float(np.corrcoef(rows["truth"].rank().to_numpy(), rows["predicted"].rank().to_numpy())[0, 1])


#: Measures over the configurations that were predicted, by name.
_MEASURES: dict[str, Callable[[pl.DataFrame], float]] = {
    "r2": _r_squared,
    "r2_completed": lambda rows: _r_squared(rows.filter(pl.col("status") == COMPLETED)),
    "rmse": _root_mean_square,
    "rank_correlation": _rank_correlation,
    "coverage_50": lambda rows: coverage(rows["integral"].to_numpy(), 0.5),
    "coverage_90": lambda rows: coverage(rows["integral"].to_numpy(), 0.9),
}


def measure_repeats(predictions: pl.DataFrame) -> pl.DataFrame:
    """Measure every predictor at every fraction on every split.

    Parameters
    ----------
    predictions : polars.DataFrame
        As in :class:`simlab.evaluation.PredictionStudy`.

    Returns
    -------
    polars.DataFrame
        ``predictor, name, fraction, epoch, repeat``; the counts ``n`` (predicted), ``n_diverged`` (of those),
        ``n_no_model`` (the predictor gave none), ``n_ended`` (the curve was over by this epoch),
        ``n_no_final`` (censored or failed); and over the ``n``: ``r2``, ``r2_completed`` (diverged ones left
        out), ``rmse`` in the metric's unit, ``rank_correlation`` (Spearman), ``coverage_50`` and
        ``coverage_90``.
    """
    keys = (*_KEYS, "repeat")
    groups = predictions.group_by(keys, maintain_order=True)
    return pl.DataFrame([dict(zip(keys, key, strict=True)) | _measure(rows) for key, rows in groups])


def _measure(rows: pl.DataFrame) -> dict[str, float | int]:
    known = rows.filter(pl.col("truth").is_finite())
    running = known.filter(pl.col("predicted").is_not_null())
    predicted = running.filter(pl.col("predicted").is_finite() & pl.col("sigma").is_not_nan())
    counts = {
        "n": len(predicted),
        "n_diverged": len(predicted.filter(pl.col("status") != COMPLETED)),
        "n_no_model": len(running) - len(predicted),
        "n_ended": len(known) - len(running),
        "n_no_final": len(rows) - len(known),
    }
    return counts | {name: measure(predicted) for name, measure in _MEASURES.items()}


def summarise_repeats(per_repeat: pl.DataFrame, level: float) -> pl.DataFrame:
    """Summarise over the splits.

    Parameters
    ----------
    per_repeat : polars.DataFrame
        From :func:`measure_repeats`.
    level : float
        Confidence level of the t intervals.

    Returns
    -------
    polars.DataFrame
        One row per predictor and fraction: each measure's mean with ``_low`` and ``_high``, NaN where one
        split has none, and the mean of each count.
    """
    rows = []
    for key, group in per_repeat.group_by(*_KEYS, maintain_order=True):
        row = dict(zip(_KEYS, key, strict=True)) | {"repeats": len(group)}
        row |= {name: float(np.mean(group[name].to_numpy())) for name in _COUNTS}
        for name in _MEASURES:
            interval = t_interval(group[name].to_numpy(), level)
            row |= {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
        rows.append(row)
    return pl.DataFrame(rows)
