"""Any long table of past runs, turned into the two tables of a corpus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import narwhals as nw
import polars as pl
from narwhals.typing import IntoDataFrame

from simlab.corpus.schema import AP_PREFIX, CENSORED, COMPLETED, DIVERGED, HP_PREFIX, offenders
from simlab.corpus.validation import Finding, find_problems, refuse
from simlab.errors import CorpusError, SettingError, with_nearest
from simlab.metric import Direction, Metric

ShortRuns = Literal["censored", "completed"]
NanValues = Literal["error", "diverged"]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which columns of a user's table hold what; None or empty where the table has no such thing."""

    config_id: str
    epoch: str
    value: str
    seconds: str | None = None
    status: str | None = None
    hyperparameters: Sequence[str] = ()
    architecture: Sequence[str] = ()

    @property
    def names(self) -> dict[str, str]:
        """The name of every column in the data contract, with its name in the user's table."""
        single = {
            "config_id": self.config_id,
            "epoch": self.epoch,
            "value": self.value,
            "seconds": self.seconds,
            "status": self.status,
        }
        named = {name: given for name, given in single.items() if given is not None}
        named |= {AP_PREFIX + one.removeprefix(AP_PREFIX): one for one in self.architecture}
        return named | {HP_PREFIX + one.removeprefix(HP_PREFIX): one for one in self.hyperparameters}


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
    columns = Columns(
        config_id=config_id,
        epoch=epoch,
        value=value,
        seconds=seconds,
        status=status,
        hyperparameters=hyperparameters,
        architecture=architecture,
    )
    if skip_untrained and first_epoch != 1:
        raise SettingError(
            "epoch 0 is either the first epoch (first_epoch=0) or untrained (skip_untrained), not both"
        )
    described = Metric(name=metric or value, direction=direction, bounds=bounds, worst=worst)
    table = _select(nw.from_native(frame, eager_only=True).to_polars(), columns, source)
    table = _count_epochs(table, columns, first_epoch, skip_untrained, source)
    if cumulative_seconds:
        passed = pl.col("seconds").shift(1, fill_value=0).over("config_id", order_by="epoch")
        table = table.with_columns(pl.col("seconds") - passed)
    table = _cut_at_first_hole(table) if nan_values == "diverged" else table.with_columns(_cut=pl.lit(False))
    configs = _configs(table, columns, short_runs, source)
    curves = table.filter(~pl.col("_cut") & ~pl.col("_untrained")).sort("config_id", "epoch")
    curves = curves.select("config_id", "epoch", "value", *(["seconds"] if seconds else []))
    problems = find_problems(curves, configs, described)
    refuse([_in_words_of(columns, first_epoch, problem) for problem in problems], source=source)
    return curves, configs, described


def _select(table: pl.DataFrame, columns: Columns, source: str) -> pl.DataFrame:
    """Rename the named columns to those of the data contract and give them its types."""
    names = columns.names
    absent = [given for given in names.values() if given not in table.columns]
    if absent:
        listed = ", ".join(with_nearest(one, table.columns) for one in absent)
        raise CorpusError(f"{source}: no column {listed}. It has: {', '.join(table.columns)}")
    if table.is_empty():
        raise CorpusError(f"{source}: the table is empty. Record or export at least one run.")
    table = table.select(pl.col(given).alias(name) for name, given in names.items())
    texts = [name for name in ("config_id", "status") if name in names]
    numbers = [name for name in ("epoch", "value", "seconds") if name in names]
    return table.with_columns(
        *(pl.col(name).cast(pl.String) for name in texts),
        *(_numbers(table, name, names[name], source) for name in numbers),
    )


def _numbers(table: pl.DataFrame, name: str, given: str, source: str) -> pl.Series:
    """Return a column as floats; text is read too, since one 'nan' or 'inf' makes a whole CSV column text."""
    column = table[name]
    numbers = column.cast(pl.Float64, strict=False)
    wrong = column.filter(numbers.is_null() & column.is_not_null())
    if len(wrong):
        raise CorpusError(
            f"{source}, column '{given}': must hold numbers ({len(wrong)} are none): "
            f"{offenders(wrong.to_list())}. Correct them or name another column."
        )
    return numbers


def _count_epochs(
    table: pl.DataFrame, columns: Columns, first_epoch: int, skip_untrained: bool, source: str
) -> pl.DataFrame:
    """Count epochs as whole numbers from 1, and mark those before training."""
    epoch = pl.col("epoch")
    broken = table.filter(epoch != epoch.round())["epoch"]
    if len(broken):
        raise CorpusError(
            f"{source}, column '{columns.epoch}': epochs must be whole numbers ({len(broken)} are not): "
            f"{offenders(broken.to_list())}. Name the column that counts epochs."
        )
    return table.with_columns(
        epoch.cast(pl.Int32, strict=False) + (1 - first_epoch),
        _untrained=(pl.lit(skip_untrained) & (epoch == 0)).fill_null(False),
    )


def _in_words_of(columns: Columns, first_epoch: int, problem: Finding) -> Finding:
    """Name the user's own column in a finding, and the options of an import in its advice."""
    advice = problem.advice
    if "first epoch" in problem.rule:
        advice = (
            "A table that counts from 0: first_epoch=0 (--first-epoch 0). A row 0 measured before training: "
            "skip_untrained (--skip-untrained)."
        )
    if problem.rule.startswith("values must be finite"):
        advice = (
            "Repair these runs, or end each before its first hole (nan_values='diverged', --nan diverged)."
        )
    if first_epoch == 0 and problem.column in ("epoch", "value", "seconds"):
        advice += " Epochs are counted from 1 here."
    column = columns.names.get(problem.column, problem.column)
    return replace(problem, file="", column=column, advice=advice)


def _cut_at_first_hole(table: pl.DataFrame) -> pl.DataFrame:
    """Mark, in every run, the first non-finite value and all that follows it."""
    hole = pl.col("value").is_null() | ~pl.col("value").is_finite()
    first = (
        table.filter(hole & ~pl.col("_untrained"))
        .group_by("config_id")
        .agg(pl.col("epoch").min().alias("_hole"))
    )
    table = table.join(first, on="config_id", how="left")
    return table.with_columns(_cut=(pl.col("epoch") >= pl.col("_hole")).fill_null(False)).drop("_hole")


def _configs(table: pl.DataFrame, columns: Columns, short_runs: ShortRuns, source: str) -> pl.DataFrame:
    """One row per run: its status, and its features, which must be constant within the run."""
    features = [name for name in table.columns if name.startswith((AP_PREFIX, HP_PREFIX))]
    constant = [*features, *(["status"] if columns.status else [])]
    grouped = table.group_by("config_id")
    for name in constant:
        varying = grouped.agg(pl.col(name).n_unique().alias("n")).filter(pl.col("n") > 1)["config_id"].sort()
        if len(varying):
            raise CorpusError(
                f"{source}, column '{columns.names[name]}': must be constant within a run, but varies in "
                f"{len(varying)}: {offenders(varying.to_list())}. Keep one value per run."
            )
    runs = grouped.agg(
        pl.col("_cut").any(),
        pl.col("epoch").max().alias("_last"),
        *(pl.col(name).first() for name in constant),
    )
    longest = runs["_last"].max()
    ended = pl.when(pl.col("_last") == longest).then(pl.lit(COMPLETED))
    inferred = ended.otherwise(pl.lit(CENSORED if short_runs == "censored" else COMPLETED))
    given = pl.col("status") if columns.status else inferred
    status = pl.when(pl.col("_cut")).then(pl.lit(DIVERGED)).otherwise(given)
    reason = pl.when(pl.col("_cut")).then(pl.lit("non-finite value"))
    runs = runs.with_columns(status=status, reason=reason.otherwise(pl.lit(None, dtype=pl.String)))
    return runs.select("config_id", "status", "reason", *features).sort("config_id")
