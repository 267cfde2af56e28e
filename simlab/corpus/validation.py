"""The rules of the data contract, checked on the two tables of a corpus.

Every check returns findings and goes on, so that one pass reports all that is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from simlab.corpus.schema import (
    AP_PREFIX,
    CENSORED,
    COMPLETED,
    CONFIG_COLUMNS,
    CONFIGS_FILE,
    CURVE_COLUMNS,
    CURVES_FILE,
    DIVERGED,
    HP_PREFIX,
    STATUSES,
    feature_columns,
    offenders,
)
from simlab.errors import CorpusError
from simlab.metric import Metric

#: Offenders of a rule that are named.
_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One broken rule: where, which, how often, by whom, and what to do about it."""

    file: str
    column: str
    rule: str
    count: int
    first: tuple[str, ...]
    advice: str

    def __str__(self) -> str:
        where = ", ".join(filter(None, [self.file, self.column and f"column '{self.column}'"]))
        who = f": {offenders(self.first, len(self.first))}" if self.first else ""
        more = f", and {self.count - len(self.first)} more" if 0 < len(self.first) < self.count else ""
        times = f" ({self.count}x)" if self.count > 1 else ""
        return f"{where}: {self.rule}{times}{who}{more}. {self.advice}"


def _finding(
    file: str, column: str, rule: str, ids: Sequence[object] | pl.Series, advice: str
) -> Iterator[Finding]:
    if len(ids):
        yield Finding(file, column, rule, len(ids), tuple(str(one) for one in ids[:_SHOWN]), advice)


def find_problems(curves: pl.DataFrame, configs: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Check both tables of a corpus against the data contract.

    Parameters
    ----------
    curves : polars.DataFrame
        Long table, one row per (config_id, epoch).
    configs : polars.DataFrame
        One row per configuration.
    metric : Metric
        Gives the bounds, and whether diverged runs have a declared worst value.

    Returns
    -------
    list of Finding
        Everything that is wrong; empty for a valid corpus.

    Examples
    --------
    >>> curves = pl.DataFrame({"config_id": ["a", "a"], "epoch": [1, 3], "value": [0.1, 1.5]})
    >>> configs = pl.DataFrame({"config_id": ["a"], "status": ["completed"], "reason": [None]})
    >>> accuracy = Metric(name="accuracy", direction="maximize", bounds=(0, 1))
    >>> for finding in find_problems(curves, configs, accuracy):
    ...     print(finding.column, "|", finding.rule)
    epoch | epochs must run 1, 2, 3, ... without a gap
    value | values must lie within (0.0, 1.0)
    """
    return unreadable(curves, configs) or [
        *curve_problems(curves, configs, metric),
        *config_problems(configs, curves["config_id"].unique(), metric),
    ]


def unreadable(curves: pl.DataFrame, configs: pl.DataFrame) -> list[Finding]:
    """Return what keeps the other rules from being checked: missing columns, wrong types, no row."""
    problems = [*_column_problems(CURVES_FILE, curves), *_column_problems(CONFIGS_FILE, configs)]
    if not problems and configs.is_empty():
        return [Finding(CONFIGS_FILE, "", "the corpus is empty", 1, (), "Record or import at least one run.")]
    return problems


def curve_problems(
    curves: pl.DataFrame, configs: pl.DataFrame, metric: Metric, first_row: int = 1
) -> list[Finding]:
    """Check the rows of whole runs, of all of them or of a block that starts at ``first_row``."""
    keys = [] if _count_up(curves) else [*_key_problems(curves, first_row), *_epoch_problems(curves)]
    return [
        *keys,
        *_orphans(curves, configs),
        *_value_problems(curves, metric),
        *_seconds_problems(curves),
    ]


def config_problems(configs: pl.DataFrame, begun: pl.Series, metric: Metric) -> list[Finding]:
    """Check the table of configurations; ``begun`` are the ids of those that have an epoch."""
    return [
        *_config_id_problems(configs),
        *_status_problems(configs, begun, metric),
        *_feature_problems(configs),
    ]


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """Make one finding of those of the same rule, from different blocks of one table."""
    merged: dict[tuple[str, str, str], Finding] = {}
    for one in findings:
        key = (one.file, one.column, one.rule)
        if key in merged:
            before = merged[key]
            first = (*before.first, *one.first)[:_SHOWN]
            one = replace(before, count=before.count + one.count, first=first)  # noqa: PLW2901
        merged[key] = one
    return list(merged.values())


def refuse(problems: Sequence[Finding], *, source: str) -> None:
    """Raise one CorpusError that lists all findings, if there are any."""
    if len(problems) == 1:
        raise CorpusError(f"{source}: {problems[0]}")
    if problems:
        raise CorpusError("\n  ".join([f"{source}: {len(problems)} problems", *map(str, problems)]))


_KINDS: dict[str, Callable[[pl.DataType], bool]] = {
    "text": lambda dtype: dtype == pl.String,
    "whole numbers": lambda dtype: dtype.is_integer(),
    "numbers": lambda dtype: dtype.is_numeric(),
    "text or nothing": lambda dtype: dtype in (pl.String, pl.Null),
}


def _column_problems(file: str, frame: pl.DataFrame) -> Iterator[Finding]:
    """Report columns that are missing, or hold what the other rules cannot be checked on."""
    required = CURVE_COLUMNS if file == CURVES_FILE else CONFIG_COLUMNS
    optional = {"seconds": "numbers"} if file == CURVES_FILE else {}
    has = f"The file has: {', '.join(frame.columns)}."
    for column, kind in (required | optional).items():
        if column not in frame.columns:
            if column in required:
                yield Finding(file, column, "required column is missing", 1, (), has)
        elif not _KINDS[kind](frame.schema[column]):
            advice = "Convert the column."
            yield Finding(file, column, f"must hold {kind}, not {frame.schema[column]}", 1, (), advice)


def _missing(file: str, frame: pl.DataFrame, column: str, first_row: int = 1) -> Iterator[Finding]:
    rows = [f"row {row + first_row}" for row in frame[column].is_null().arg_true()]
    yield from _finding(file, column, "must be given", rows, "Fill it in.")


def _count_up(curves: pl.DataFrame) -> bool:
    """Return whether each run's rows stand together and count 1, 2, 3, ...: then no key can be wrong."""
    run = curves["config_id"].rle_id().to_numpy()
    begins = np.diff(run, prepend=-1) != 0
    if (
        curves["config_id"].null_count()
        or curves["config_id"].filter(pl.Series(begins)).is_duplicated().any()
    ):
        return False
    expected = np.arange(curves.height) - np.flatnonzero(begins)[run] + 1
    return np.array_equal(curves["epoch"].to_numpy(), expected)


def _key_problems(curves: pl.DataFrame, first_row: int) -> Iterator[Finding]:
    file = CURVES_FILE
    yield from _missing(file, curves, "config_id", first_row)
    yield from _missing(file, curves, "epoch", first_row)
    repeated = (
        curves.group_by("config_id", "epoch").len().filter(pl.col("len") > 1).sort("config_id", "epoch")
    )
    pairs = [f"({config}, {epoch})" for config, epoch, _ in repeated.iter_rows()]
    yield from _finding(file, "epoch", "duplicate (config_id, epoch)", pairs, "Keep one row of each.")


def _orphans(curves: pl.DataFrame, configs: pl.DataFrame) -> Iterator[Finding]:
    ids = curves["config_id"].drop_nulls().unique().to_frame()
    orphans = ids.join(configs, on="config_id", how="anti")["config_id"].sort()
    yield from _finding(
        CURVES_FILE, "config_id", f"not in {CONFIGS_FILE}", orphans, "Add a row for each configuration."
    )


def _config_id_problems(configs: pl.DataFrame) -> Iterator[Finding]:
    yield from _missing(CONFIGS_FILE, configs, "config_id")
    twice = configs.filter(pl.col("config_id").is_duplicated())["config_id"].unique().sort()
    yield from _finding(CONFIGS_FILE, "config_id", "duplicate config_id", twice, "Keep one row of each.")


def _epoch_problems(curves: pl.DataFrame) -> Iterator[Finding]:
    epoch = pl.col("epoch")
    keys = curves.drop_nulls(["config_id", "epoch"]).unique(["config_id", "epoch"])
    epochs = (
        keys.group_by("config_id").agg(first=epoch.min(), last=epoch.max(), rows=pl.len()).sort("config_id")
    )
    late = epochs.filter(pl.col("first") != 1)
    yield from _finding(
        CURVES_FILE,
        "epoch",
        "the first epoch must be 1 (= after one epoch of training)",
        [f"{config} starts at {first}" for config, first in late.select("config_id", "first").iter_rows()],
        "Shift or complete the epochs.",
    )
    gaps = epochs.filter((pl.col("first") == 1) & (pl.col("last") != pl.col("rows")))
    yield from _finding(
        CURVES_FILE,
        "epoch",
        "epochs must run 1, 2, 3, ... without a gap",
        [f"{config} lacks {last - rows} of {last}" for config, _, last, rows in gaps.iter_rows()],
        "Complete these runs or leave them out.",
    )


def _value_problems(curves: pl.DataFrame, metric: Metric) -> Iterator[Finding]:
    value = pl.col("value")
    yield from _finding(
        CURVES_FILE,
        "value",
        "values must be finite numbers",
        _by_run(curves.filter(value.is_null() | ~value.is_finite()), "value"),
        "A diverged run ends at its last finite value, status 'diverged'; repair or leave out the others.",
    )
    low, high = metric.bounds
    yield from _finding(
        CURVES_FILE,
        "value",
        f"values must lie within ({low}, {high})",
        _by_run(curves.filter(value.is_finite() & ((value < low) | (value > high))), "value"),
        "Correct the values, or declare the metric's true bounds.",
    )


def _seconds_problems(curves: pl.DataFrame) -> Iterator[Finding]:
    if "seconds" not in curves.columns:
        return
    seconds = pl.col("seconds")
    yield from _finding(
        CURVES_FILE,
        "seconds",
        "seconds must be finite and not negative",
        _by_run(curves.filter(seconds.is_null() | ~seconds.is_finite() | (seconds < 0)), "seconds"),
        "Correct or drop the column.",
    )


def _by_run(rows: pl.DataFrame, column: str) -> list[str]:
    """Describe the offending rows, one entry per run."""
    rows = (
        rows.sort("config_id", "epoch")
        .group_by("config_id", maintain_order=True)
        .agg(pl.col("epoch", column).first(), others=pl.len() - 1)
    )
    return [
        f"{config} at epoch {epoch} ({value})" + (f" and {others} others" if others else "")
        for config, epoch, value, others in rows.iter_rows()
    ]


def _status_problems(configs: pl.DataFrame, begun: pl.Series, metric: Metric) -> Iterator[Finding]:
    file, status = CONFIGS_FILE, pl.col("status")
    unknown = configs.filter(status.is_null() | ~status.is_in(STATUSES))
    yield from _finding(
        file,
        "status",
        f"status must be one of {', '.join(STATUSES)}",
        [f"{config} ({given})" for config, given in unknown.select("config_id", "status").iter_rows()],
        "Correct the status.",
    )
    needy = configs.filter(status.is_in([COMPLETED, CENSORED]))
    empty = needy.join(begun.to_frame("config_id"), on="config_id", how="anti")["config_id"]
    yield from _finding(
        file,
        "status",
        "a completed or censored run needs at least one epoch",
        empty,
        "Add its rows or correct its status.",
    )
    if COMPLETED not in configs["status"]:
        yield Finding(
            file,
            "status",
            "no run is completed",
            configs.height,
            (),
            "Nothing can be recovered without a completed run.",
        )
    diverged = configs.filter(status == DIVERGED)["config_id"]
    if metric.worst is None:
        yield from _finding(
            file,
            "status",
            "diverged runs need the metric's worst value",
            diverged,
            "Declare it: chance accuracy for a classifier, the vocabulary size for a perplexity (--worst).",
        )


def _feature_problems(configs: pl.DataFrame) -> Iterator[Finding]:
    for column in feature_columns(configs, AP_PREFIX) + feature_columns(configs, HP_PREFIX):
        if not (configs[column].dtype.is_numeric() or configs[column].dtype == pl.Boolean):
            advice = "Encode it as a number, or rename the column without its prefix."
            yield Finding(
                CONFIGS_FILE, column, "ap_ and hp_ columns must be numbers", configs.height, (), advice
            )
            continue
        numbers = configs[column].cast(pl.Float64).fill_null(math.nan)
        holes = configs.filter(~numbers.is_finite())["config_id"]
        yield from _finding(CONFIGS_FILE, column, "features must be finite", holes, "Fill them in.")
