"""``simlab cache``: what the store of predictions holds, and how to empty it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli.output import print_json, print_table

if TYPE_CHECKING:
    from simlab.predictions.store import StoredTable

app = typer.Typer(
    no_args_is_help=True,
    help="Predictions kept on disk, so that each is made once. SIMLAB_CACHE names another folder.",
)


@app.command("list")
def list_tables(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """List the tables, the one used last first."""
    from simlab.predictions.store import PredictionStore

    store = PredictionStore()
    tables = store.tables()
    if as_json:
        print_json({"folder": str(store.folder), "tables": [_to_dict(table) for table in tables]})
        return
    if tables:
        header = ["table", "corpus", "predictor", "trained on", "horizon", "epochs", "kB", "used"]
        print_table(header, [_row(table) for table in tables])
    total = sum(table.size for table in tables)
    typer.echo(
        f"{len(tables)} tables, {total / 1e6:.1f} MB of at most {store.max_bytes / 1e6:,.0f}: {store.folder}"
    )


@app.command()
def clear() -> None:
    """Remove all tables."""
    from simlab.predictions.store import PredictionStore

    store = PredictionStore()
    count, size = store.clear()
    typer.echo(f"removed {count} tables, {size / 1e6:.1f} MB: {store.folder}")


def _row(table: StoredTable) -> list[object]:
    told = table.description
    return [
        table.name[:8],
        told["corpus"],
        " ".join(filter(None, [told["predictor"]["predictor"], told["predictor"].get("regressor")])),
        told["n_training"],
        told["horizon"] or "end",
        table.epochs,
        round(table.size / 1e3),
        f"{table.used:%Y-%m-%d %H:%M}",
    ]


def _to_dict(table: StoredTable) -> dict[str, Any]:
    told = {"name": table.name, "epochs": table.epochs, "bytes": table.size, "used": table.used.isoformat()}
    return told | {"description": table.description}
