"""Any long table of past runs, turned into the two tables of a corpus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from simlab.corpus.blocks import on_its_own, whole_runs
from simlab.corpus.long_table import LongTable, NanValues, ShortRuns
from simlab.corpus.matrices import Matrices
from simlab.corpus.validation import (
    Finding,
    config_problems,
    curve_problems,
    find_problems,
    merge,
    refuse,
)
from simlab.metric import Direction, Metric

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame


def tables_from_frame(
    frame: IntoDataFrame,
    *,
    config_id: str,
    epoch: str,
    value: str,
    direction: Direction,
    seconds: str | None = None,
    cumulative_seconds: bool = False,
    status: str | None = None,
    hyperparameters: Sequence[str] = (),
    architecture: Sequence[str] = (),
    metric: str | None = None,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    worst: float | None = None,
    first_epoch: int = 1,
    skip_untrained: bool = False,
    nan_values: NanValues = "error",
    short_runs: ShortRuns = "censored",
    source: str = "frame",
) -> tuple[pl.DataFrame, pl.DataFrame, Metric]:
    """Turn a long table of runs into the tables of the data contract.

    Parameters
    ----------
    frame : any eager data frame (pandas, Polars, PyArrow, ...)
        One row per run and epoch, in any order.
    config_id, epoch, value : str
        Columns that identify the run, count its epochs and hold the metric.
    direction : {"maximize", "minimize"}
    seconds : str, optional
        Column with the seconds each epoch took.
    cumulative_seconds : bool
        Whether that column counts from the start of the run instead.
    status : str, optional
        Column with each run's status. Without it, ``short_runs`` says what those shorter than the
        longest are.
    hyperparameters, architecture : sequence of str
        Numeric columns, constant within a run, that become the HP and AP features.
    metric : str, optional
        Readable name of the metric; by default the column's name.
    bounds : (float, float)
    worst : float, optional
        Value that stands for a diverged run; needed when there are any.
    first_epoch : int
        Number of the first epoch in the table; ``0`` shifts a table that counts from zero.
    skip_untrained : bool
        Leave out epoch 0, measured before training. Excludes ``first_epoch=0``.
    nan_values : {"error", "diverged"}
        ``"diverged"`` ends a run before its first non-finite value and marks it diverged.
    short_runs : {"censored", "completed"}
        What a run that ended early is: stopped by somebody (its final value is unknown), or finished.
    source : str
        What error messages call the table.

    Returns
    -------
    curves, configs : polars.DataFrame
    metric : Metric

    Raises
    ------
    CorpusError
        Naming the table, the column, the rule, the count and the first offenders.
    SettingError
        If the settings contradict each other.

    Examples
    --------
    >>> frame = pl.DataFrame({"run": ["a", "a", "b"], "epoch": [1, 2, 1], "loss": [0.9, 0.4, 0.8]})
    >>> curves, configs, metric = tables_from_frame(
    ...     frame, config_id="run", epoch="epoch", value="loss", direction="minimize")
    >>> configs.select("config_id", "status").rows()
    [('a', 'completed'), ('b', 'censored')]
    """
    import narwhals as nw

    table = LongTable(
        config_id=config_id,
        epoch=epoch,
        value=value,
        direction=direction,
        seconds=seconds,
        cumulative_seconds=cumulative_seconds,
        status=status,
        hyperparameters=hyperparameters,
        architecture=architecture,
        metric=metric,
        bounds=bounds,
        worst=worst,
        first_epoch=first_epoch,
        skip_untrained=skip_untrained,
        nan_values=nan_values,
        short_runs=short_runs,
        source=source,
    )
    curves, runs = table.read(nw.from_native(frame, eager_only=True).to_polars())
    configs = table.configs(runs)
    described = table.describe_metric()
    refuse(table.in_its_words(find_problems(curves, configs, described)), source=source)
    return curves, configs, described


def matrices_from_parquet(path: Path, **settings: Any) -> tuple[list[Matrices], pl.DataFrame, Metric]:
    """Turn a long table in a Parquet file into matrices, block by block.

    Parameters
    ----------
    path : path
    **settings
        As in :func:`tables_from_frame`.

    Returns
    -------
    matrices : list of Matrices
    configs : polars.DataFrame
    metric : Metric

    Raises
    ------
    CorpusError
        As :func:`tables_from_frame`, or if the file cannot be read, or the rows of a run stand apart in a
        table of several blocks.
    """
    table = LongTable(**{"source": str(path)} | settings)
    metric = table.describe_metric()
    matrices: list[Matrices] = []
    problems: list[Finding] = []
    runs: list[pl.DataFrame] = []
    begun: list[pl.Series] = []
    rows = 0
    for block in whole_runs(path, table.config_id, list(table.names.values())):
        curves, of_block = table.read(block)
        problems += curve_problems(curves, of_block, metric, rows + 1)
        if not problems:
            matrices.append(Matrices.of(curves))
        runs.append(of_block.select(on_its_own(column) for column in of_block))
        begun.append(on_its_own(curves["config_id"].unique()))
        rows += block.height
    configs = table.configs(pl.concat(runs))
    problems += config_problems(configs, pl.concat(begun), metric)
    refuse(table.in_its_words(merge(problems)), source=table.source)
    return matrices, configs, metric
