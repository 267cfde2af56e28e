"""Anytime performance: the best value so far, against what was spent to find it.

The incumbent of a run is a step function of epochs spent, of compute spent, and of simulated time. It is read
from the frames of a simulation, in the order of their events.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import polars as pl

from simlab.errors import UnknownNameError
from simlab.measures.intervals import t_quantile
from simlab.metric import Metric

Spent = Literal["epochs", "compute", "time"]

#: Events that end an epoch, and that end a training.
_EPOCH_ENDED: Final = "epoch ended"
_COMPLETED: Final = "completed"
_KEYS: Final = ("run", "ordering")


def incumbent_steps(
    events: pl.DataFrame, trials: pl.DataFrame, metric: Metric, curves: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the steps of the incumbent of every run on every ordering.

    Parameters
    ----------
    events, trials : polars.DataFrame
        As in :class:`simlab.SimulationResult`.
    metric : Metric
        Says which of two values is better.
    curves : polars.DataFrame, optional
        ``config_id, epoch, value`` of the corpus. With it the incumbent is the best value seen after any
        epoch; without, the best final value of a completed trial.

    Returns
    -------
    polars.DataFrame
        ``run, ordering, epochs, compute, time, value``: what had been spent, on all workers together, when
        the incumbent changed, and the incumbent from then on. Compute and time are in units of the simulated
        clock. One row for the start (value null) and one for the end of each run stand there in any case. Of
        several changes at one time only the last is left.

    Examples
    --------
    >>> events = pl.DataFrame(
    ...     {
    ...         "run": [0] * 6,
    ...         "ordering": [0] * 6,
    ...         "time": [0.0, 2.0, 2.0, 2.0, 5.0, 5.0],
    ...         "event": ["started", "epoch ended", "completed"] * 2,
    ...         "config_id": ["a", "a", "a", "b", "b", "b"],
    ...         "worker": [0] * 6,
    ...         "epoch": [0, 1, 1] * 2,
    ...     }
    ... )
    >>> trials = pl.DataFrame({"config_id": ["a", "b"], "final_value": [0.5, 0.7]})
    >>> metric = Metric(name="accuracy", direction="maximize", bounds=(0.0, 1.0))
    >>> incumbent_steps(events, trials, metric).rows()
    [(0, 0, 0, 0.0, 0.0, None), (0, 0, 1, 2.0, 2.0, 0.5), (0, 0, 2, 5.0, 5.0, 0.7)]
    """
    if curves is None:
        final = trials.select("config_id", "final_value").unique("config_id")
        told = events.join(final, on="config_id", how="left", maintain_order="left")
        value = pl.when(pl.col("event") == _COMPLETED).then("final_value")
    else:
        seen = curves.select("config_id", "epoch", pl.col("value").alias("seen"))
        told = events.cast({"epoch": seen.schema["epoch"]}).join(
            seen, on=["config_id", "epoch"], how="left", maintain_order="left"
        )
        value = pl.when(pl.col("event") == _EPOCH_ENDED).then("seen")
    best = value.cum_max() if metric.direction == "maximize" else value.cum_min()
    steps = told.select(
        *_KEYS,
        *_spent(),
        best.over(_KEYS).fill_null(strategy="forward").over(_KEYS).alias("value"),
    )
    return _changes(steps)


def _spent() -> list[pl.Expr]:
    """Return what all workers had spent at each event: epochs, time of training, and simulated time.

    A worker trains one trial at a time, so an epoch took the time since the event before it on its worker.
    """
    ended = pl.col("event") == _EPOCH_ENDED
    since = pl.col("time") - pl.col("time").shift(1).over(*_KEYS, "worker")
    duration = pl.when(ended).then(since).otherwise(0.0)
    return [
        ended.cast(pl.Int64).cum_sum().over(_KEYS).alias("epochs"),
        duration.cum_sum().over(_KEYS).alias("compute"),
        pl.col("time"),
    ]


def _changes(steps: pl.DataFrame) -> pl.DataFrame:
    """Keep the first and the last row of every run and ordering, and those at which the value changes."""
    last_then = steps.unique([*_KEYS, "epochs", "time"], keep="last", maintain_order=True)
    changes = pl.col("value").ne_missing(pl.col("value").shift(1).over(_KEYS))
    place = pl.int_range(pl.len()).over(_KEYS)
    is_end = place == pl.len().over(_KEYS) - 1
    return last_then.filter(changes | (place == 0) | is_end)


def incumbent_at(steps: pl.DataFrame, grid: Sequence[float], spent: Spent = "epochs") -> pl.DataFrame:
    """Evaluate the step functions on a grid.

    Parameters
    ----------
    steps : polars.DataFrame
        As :func:`incumbent_steps` returns them.
    grid : sequence of float
        What was spent. After a run has ended its incumbent stays what it was.
    spent : {"epochs", "compute", "time"}
        What the grid is in.

    Returns
    -------
    polars.DataFrame
        ``run, ordering``, the grid under the name of ``spent``, ``value`` (null before there is an
        incumbent).

    Raises
    ------
    UnknownNameError
        For another name.

    Examples
    --------
    >>> steps = pl.DataFrame({"run": 0, "ordering": 0, "epochs": [0, 1, 3], "value": [None, 0.5, 0.7]})
    >>> incumbent_at(steps, [0, 2, 9])["value"].to_list()
    [None, 0.5, 0.7]
    """
    if spent not in ("epochs", "compute", "time"):
        raise UnknownNameError("unit of what was spent", spent, ["epochs", "compute", "time"])
    points = pl.DataFrame({spent: pl.Series(sorted(grid), dtype=pl.Float64)})
    asked = steps.select(_KEYS).unique(maintain_order=True).join(points, how="cross").sort(spent, *_KEYS)
    known = steps.select(*_KEYS, pl.col(spent).cast(pl.Float64), "value").sort(spent, maintain_order=True)
    found = asked.join_asof(known, on=spent, by=list(_KEYS), strategy="backward", check_sortedness=False)
    return found.sort(*_KEYS, spent)


def mean_incumbent(at: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """Average step functions over the orderings.

    Parameters
    ----------
    at : polars.DataFrame
        As :func:`incumbent_at` returns it.
    level : float
        Of the t interval over the orderings.

    Returns
    -------
    polars.DataFrame
        ``run``, the grid, ``mean, low, high`` (bounds null for one ordering). A point at which some ordering
        has no incumbent yet is left out: a mean over the others would not be over the same orderings.

    Examples
    --------
    >>> at = pl.DataFrame({"run": 0, "ordering": [0, 1, 0, 1], "epochs": [1.0, 1.0, 2.0, 2.0],
    ...                    "value": [None, 0.4, 0.5, 0.7]})
    >>> mean_incumbent(at).select("epochs", "mean", pl.col("low").round(2)).rows()
    [(2.0, 0.6, -0.67)]
    """
    (spent,) = set(at.columns) - {*_KEYS, "value"}
    n, value = pl.len(), pl.col("value")
    averaged = (
        at.group_by("run", spent, maintain_order=True)
        .agg(n=n, known=value.count(), mean=value.mean(), error=value.std(ddof=1) / n.sqrt())
        .filter(pl.col("known") == pl.col("n"))
    )
    orderings = at["ordering"].n_unique()
    reach = t_quantile(orderings, level) * pl.col("error")
    mean = pl.col("mean")
    return averaged.select("run", spent, "mean", low=mean - reach, high=mean + reach).sort("run", spent)
