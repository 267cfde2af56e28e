"""Names and types of the columns of a corpus, and the statuses of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

SCHEMA_VERSION: Final = 1

CURVES_FILE: Final = "curves.parquet"
CONFIGS_FILE: Final = "configs.parquet"
CARD_FILE: Final = "README.md"
CROISSANT_FILE: Final = "croissant.json"

COMPLETED: Final = "completed"  #: trained to its own end
DIVERGED: Final = "diverged"  #: became non-finite; its rows end at the last finite value
CENSORED: Final = "censored"  #: stopped by someone while still running: its final value is unknown
FAILED: Final = "failed"  #: raised or ran out of memory: it has no final value
STATUSES: Final = (COMPLETED, DIVERGED, CENSORED, FAILED)

#: Required columns of each table and what they hold.
CURVE_COLUMNS: Final = {"config_id": "text", "epoch": "whole numbers", "value": "numbers"}
CONFIG_COLUMNS: Final = {"config_id": "text", "status": "text", "reason": "text or nothing"}

AP_PREFIX: Final = "ap_"  # architecture parameters
HP_PREFIX: Final = "hp_"  # hyperparameters


def feature_columns(configs: pl.DataFrame, prefix: str) -> list[str]:
    """Return the columns of ``configs`` that hold one feature set, in file order."""
    return [column for column in configs.columns if column.startswith(prefix)]


def series_columns(curves: pl.DataFrame) -> list[str]:
    """Return the recorded series of ``curves``: every numeric column but the two keys."""
    keys = ("config_id", "epoch")
    return [column for column in curves.columns if column not in keys and curves[column].dtype.is_numeric()]


def in_file_order(curves: pl.DataFrame, configs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both tables with the rows, columns and types in which they stand in a corpus folder."""
    return curves_in_order(curves), configs_in_order(configs)


def curves_in_order(curves: pl.DataFrame) -> pl.DataFrame:
    """Return the long table as it stands in a corpus folder; costs little where it is in order already."""
    config_id, epoch = pl.col("config_id"), pl.col("epoch")
    goes_on = (config_id == config_id.shift()) & (epoch > epoch.shift())
    ascends = (goes_on | (config_id > config_id.shift())).fill_null(False)
    if not curves.select(ascends.slice(1).all()).item():
        curves = curves.sort("config_id", "epoch")
    return curves.cast({"epoch": pl.Int32}).select(*CURVE_COLUMNS, pl.exclude(*CURVE_COLUMNS))


def configs_in_order(configs: pl.DataFrame) -> pl.DataFrame:
    """Return the table of configurations as it stands in a corpus folder."""
    configs = configs.sort("config_id").cast({"reason": pl.String})
    return configs.select(*CONFIG_COLUMNS, pl.exclude(*CONFIG_COLUMNS))


def offenders(ids: Sequence[object], limit: int = 5) -> str:
    """Write the first few offenders of a rule, and how many more there are.

    Examples
    --------
    >>> offenders(["a", "b", "c"], limit=2)
    'a, b, and 1 more'
    """
    shown = ", ".join(str(one) for one in ids[:limit])
    return shown if len(ids) <= limit else f"{shown}, and {len(ids) - limit} more"
