"""From finished curves to the corpus tables, and back where a complete recording is to grow."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from generators.disk import drafts_of
from generators.parts import FinishedCurve, Parts
from generators.space import SearchSpace
from simlab.corpus import read_tables, write_corpus

RECORD_COLUMNS = ("value", "seconds", "train_loss", "valid_loss")
COMPLETED = "completed"
BATCH = 500  # curves


def consolidate(
    space: SearchSpace, recipe: Any, parts: Parts, out: Path, *, with_charts: bool = False
) -> bool:
    """Write the corpus tables from all finished curves; return whether they were written.

    They are not before a curve has completed: a corpus without one would break the data contract. The card
    gets its charts where they are asked for.
    """
    curves, configs = tables_of(parts.read())
    if configs.is_empty() or COMPLETED not in configs["status"]:
        return False
    metadata = {**describe_corpus(space, recipe), **(parts.pins() or {})}
    draft = parts.folder / ".tables"
    with drafts_of(out, draft):
        write_corpus(draft, curves, configs, space.metric(recipe), metadata)
        if with_charts:
            from simlab.charts.card_charts import refresh_card

            refresh_card(draft)
    return True


def describe_corpus(space: SearchSpace, recipe: Any) -> dict[str, Any]:
    """Return the part of a corpus' metadata that follows from space and recipe: what its card says first."""
    return {
        "name": space.name,
        "title": f"{space.title} (recipe: {recipe.name})",
        "description": space.explain(recipe),
        "license": "CC-BY-4.0",
        "epochs": recipe.epochs,
        "log_scaled": list(space.log_scaled),
    }


def tables_of(curves: Iterable[FinishedCurve]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both tables; only a few of the curves are in memory as Python objects at a time."""
    remaining = iter(curves)
    batches = [(curves_table([]), configs_table([]))]
    while batch := list(islice(remaining, BATCH)):
        batches.append((curves_table(batch), configs_table(batch)))
    epochs, rows = zip(*batches, strict=True)
    # relaxed: a number may be whole throughout one batch and not in another
    return pl.concat(epochs, how="diagonal_relaxed"), pl.concat(rows, how="diagonal_relaxed")


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
