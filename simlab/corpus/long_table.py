"""How a user's long table of past runs is read: its columns, its conventions, and errors in its own words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from simlab.corpus.schema import (
    AP_PREFIX,
    CENSORED,
    COMPLETED,
    DIVERGED,
    HP_PREFIX,
    curves_in_order,
    offenders,
)
from simlab.corpus.validation import Finding
from simlab.errors import CorpusError, SettingError, with_nearest
from simlab.metric import Direction, Metric

ShortRuns = Literal["censored", "completed"]
NanValues = Literal["error", "diverged"]


@dataclass(frozen=True, kw_only=True)
class LongTable:
    """What a user says of a long table; parameters as in :func:`simlab.corpus.tables.tables_from_frame`.

    Raises
    ------
    SettingError
        If the settings contradict each other.
    """

    config_id: str
    epoch: str
    value: str
    direction: Direction
    seconds: str | None = None
    cumulative_seconds: bool = False
    status: str | None = None
    hyperparameters: Sequence[str] = ()
    architecture: Sequence[str] = ()
    metric: str | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)
    worst: float | None = None
    first_epoch: int = 1
    skip_untrained: bool = False
    nan_values: NanValues = "error"
    short_runs: ShortRuns = "censored"
    source: str = "frame"

    def __post_init__(self) -> None:
        if self.skip_untrained and self.first_epoch != 1:
            raise SettingError(
                "epoch 0 is either the first epoch (first_epoch=0) or untrained (skip_untrained), not both"
            )

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

    def describe_metric(self) -> Metric:
        """Return the metric that the values are of."""
        name = self.metric or self.value
        return Metric(name=name, direction=self.direction, bounds=self.bounds, worst=self.worst)

    def read(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Read the table, or a block of whole runs of it.

        Returns
        -------
        curves : polars.DataFrame
            As in ``curves.parquet``.
        runs : polars.DataFrame
            One row per run, from which :meth:`configs` makes the other table.

        Raises
        ------
        CorpusError
            If a column is missing, holds what is no number, or varies within a run.
        """
        table = self._count_epochs(self._select(frame))
        if self.cumulative_seconds:
            passed = pl.col("seconds").shift(1, fill_value=0).over("config_id", order_by="epoch")
            table = table.with_columns(pl.col("seconds") - passed)
        if self.nan_values == "diverged":
            table = _cut_at_first_hole(table)
        else:
            table = table.with_columns(_cut=pl.lit(False))
        curves = table.filter(~pl.col("_cut") & ~pl.col("_untrained"))
        curves = curves.select("config_id", "epoch", "value", *(["seconds"] if self.seconds else []))
        return curves_in_order(curves), self._runs(table)

    def configs(self, runs: pl.DataFrame) -> pl.DataFrame:
        """Return the table of configurations: each run with its status and features."""
        ended = pl.when(pl.col("_last") == runs["_last"].max()).then(pl.lit(COMPLETED))
        inferred = ended.otherwise(pl.lit(CENSORED if self.short_runs == "censored" else COMPLETED))
        given = pl.col("status") if self.status else inferred
        status = pl.when(pl.col("_cut")).then(pl.lit(DIVERGED)).otherwise(given)
        reason = pl.when(pl.col("_cut")).then(pl.lit("non-finite value"))
        runs = runs.with_columns(status=status, reason=reason.otherwise(pl.lit(None, dtype=pl.String)))
        return runs.select("config_id", "status", "reason", *_features(runs)).sort("config_id")

    def in_its_words(self, problems: Sequence[Finding]) -> list[Finding]:
        """Name the user's own columns in findings, and the options of an import in their advice."""
        return [self._in_its_words(problem) for problem in problems]

    def _in_its_words(self, problem: Finding) -> Finding:
        advice = problem.advice
        if "first epoch" in problem.rule:
            advice = (
                "A table that counts from 0: first_epoch=0 (--first-epoch 0). A row 0 measured before "
                "training: skip_untrained (--skip-untrained)."
            )
        if problem.rule.startswith("values must be finite"):
            advice = (
                "Repair these runs, or end each before its first hole "
                "(nan_values='diverged', --nan diverged)."
            )
        if self.first_epoch == 0 and problem.column in ("epoch", "value", "seconds"):
            advice += " Epochs are counted from 1 here."
        column = self.names.get(problem.column, problem.column)
        return replace(problem, file="", column=column, advice=advice)

    def _select(self, table: pl.DataFrame) -> pl.DataFrame:
        """Rename the named columns to those of the data contract and give them its types."""
        names = self.names
        absent = [given for given in names.values() if given not in table.columns]
        if absent:
            listed = ", ".join(with_nearest(one, table.columns) for one in absent)
            raise CorpusError(f"{self.source}: no column {listed}. It has: {', '.join(table.columns)}")
        if table.is_empty():
            raise CorpusError(f"{self.source}: the table is empty. Record or export at least one run.")
        table = table.select(pl.col(given).alias(name) for name, given in names.items())
        texts = [name for name in ("config_id", "status") if name in names]
        numbers = [name for name in ("epoch", "value", "seconds") if name in names]
        return table.with_columns(
            *(pl.col(name).cast(pl.String) for name in texts),
            *(self._numbers(table, name) for name in numbers),
        )

    def _numbers(self, table: pl.DataFrame, name: str) -> pl.Series:
        """Return a column as floats; text is read too, since one 'nan' or 'inf' makes a CSV column text."""
        column = table[name]
        numbers = column.cast(pl.Float64, strict=False)
        wrong = column.filter(numbers.is_null() & column.is_not_null())
        if len(wrong):
            raise CorpusError(
                f"{self.source}, column '{self.names[name]}': must hold numbers ({len(wrong)} are none): "
                f"{offenders(wrong.to_list())}. Correct them or name another column."
            )
        return numbers

    def _count_epochs(self, table: pl.DataFrame) -> pl.DataFrame:
        """Count epochs as whole numbers from 1, and mark those before training."""
        epoch = pl.col("epoch")
        broken = table.filter(epoch != epoch.round())["epoch"]
        if len(broken):
            raise CorpusError(
                f"{self.source}, column '{self.epoch}': epochs must be whole numbers ({len(broken)} are "
                f"not): {offenders(broken.to_list())}. Name the column that counts epochs."
            )
        return table.with_columns(
            epoch.cast(pl.Int32, strict=False) + (1 - self.first_epoch),
            _untrained=(pl.lit(self.skip_untrained) & (epoch == 0)).fill_null(False),
        )

    def _runs(self, table: pl.DataFrame) -> pl.DataFrame:
        """One row per run: whether it was cut, its last epoch, and what must be constant within it."""
        constant = [*_features(table), *(["status"] if self.status else [])]
        grouped = table.group_by("config_id")
        for name in constant:
            count = grouped.agg(pl.col(name).n_unique().alias("n"))
            varying = count.filter(pl.col("n") > 1)["config_id"].sort()
            if len(varying):
                raise CorpusError(
                    f"{self.source}, column '{self.names[name]}': must be constant within a run, but varies "
                    f"in {len(varying)}: {offenders(varying.to_list())}. Keep one value per run."
                )
        return grouped.agg(
            pl.col("_cut").any(),
            pl.col("epoch").max().alias("_last"),
            *(pl.col(name).first() for name in constant),
        )


def _features(table: pl.DataFrame) -> list[str]:
    return [name for name in table.columns if name.startswith((AP_PREFIX, HP_PREFIX))]


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
