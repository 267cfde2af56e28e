"""From finished curves to the corpus tables, and back where a complete recording is to grow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from generators.parts import FinishedCurve, Parts
from generators.space import SearchSpace
from simlab.corpus import read_tables, write_corpus

RECORD_COLUMNS = ("value", "seconds", "train_loss", "valid_loss")
COMPLETED = "completed"


def consolidate(space: SearchSpace, recipe: Any, parts: Parts, out: Path) -> bool:
    """Write the corpus tables from all finished curves; return whether they were written.

    They are not before a curve has completed: a corpus without one would break the data contract.
    """
    curves = parts.read()
    if all(curve.status != COMPLETED for curve in curves):
        return False
    metadata = {
        "name": space.name,
        "title": f"{space.title} (recipe: {recipe.name})",
        "description": space.explain(recipe),
        "license": "CC-BY-4.0",
        "epochs": recipe.epochs,
        **(parts.pins() or {}),
    }
    write_corpus(out, curves_table(curves), configs_table(curves), space.metric, metadata)
    return True


def curves_table(curves: list[FinishedCurve]) -> pl.DataFrame:
    """Return the long table with one row per epoch."""
    rows = [
        {"config_id": curve.config_id, "epoch": epoch, **record}
        for curve in curves
        for epoch, record in enumerate(curve.epochs, start=1)
    ]
    return pl.DataFrame(rows, schema_overrides={"epoch": pl.Int32}, infer_schema_length=None)


def configs_table(curves: list[FinishedCurve]) -> pl.DataFrame:
    """Return the table with one row per configuration."""
    rows = [
        {
            "config_id": curve.config_id,
            "status": curve.status,
            "reason": curve.reason,
            "seed": curve.seed,
            **curve.columns,
            "architecture": curve.architecture,
        }
        for curve in curves
    ]
    types = {"reason": pl.String, "seed": pl.Int64}
    return pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None)


def unpack(out: Path, parts: Parts) -> None:
    """Turn the corpus tables back into finished curves."""
    curves, configs, _, _ = read_tables(out)
    records = curves.sort("config_id", "epoch").select("config_id", *RECORD_COLUMNS)
    epochs = records.partition_by("config_id", as_dict=True, include_key=False)
    features = [name for name in configs.columns if name.startswith(("ap_", "hp_"))]
    for row in configs.iter_rows(named=True):
        own = epochs.get((row["config_id"],))
        curve = FinishedCurve(
            **{name: row[name] for name in ("config_id", "status", "reason", "seed", "architecture")},
            columns={name: row[name] for name in features},
            epochs=[] if own is None else own.to_dicts(),
        )
        parts.write(curve)
