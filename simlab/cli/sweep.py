"""``simlab sweep``: many corpora, policies, schedulers and settings, from one TOML file into one folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simlab.cli.progress import progress_bar

if TYPE_CHECKING:
    from simlab.simulator import SimulationResult


def sweep(
    declaration: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What to simulate.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the finished cells, and of CORPUS.parquet each.")
    ],
    *,
    n_jobs: Annotated[int, typer.Option(help="Cells computed in parallel; -1 uses every core.")] = -1,
    cache: Annotated[
        bool, typer.Option(help="Keep predictions on disk for the next time; see: simlab cache.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Simulate all that FILE.toml declares; run it again after an interruption, and only the rest is made."""
    from simlab.predictions import PredictionStore
    from simlab.sweeps import Sweep

    declared = Sweep.from_toml(declaration)
    with progress_bar("cells", len(declared.cells())) as advance:
        results = declared.run(
            output,
            n_jobs=n_jobs,
            store=PredictionStore() if cache else None,
            on_cell=advance,
        )
    if as_json:
        told = [result.to_dict() for result in results.values()]
        typer.echo(json.dumps({"results": told}, allow_nan=False))
    else:
        _print(results)


def _print(results: dict[str, SimulationResult]) -> None:
    from rich.console import Console

    from simlab.charts.summary_table import summary_table

    console = Console()
    for result in results.values():
        console.print(summary_table(result))
        console.print(result.preference(), soft_wrap=True)
