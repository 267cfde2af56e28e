"""The command line: ``python -m generators record`` and ``list``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from generators.registry import SPACES, get_space
from simlab.errors import SimlabError, UnknownNameError

app = typer.Typer(
    name="generators",
    help="Record learning-curve corpora with PyTorch.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command("list")
def list_spaces() -> None:
    """List the search spaces that can be recorded, with their recipes."""
    for space in SPACES.values():
        recipes = ", ".join(f"{recipe.name} ({recipe.epochs} epochs)" for recipe in space.recipes.values())
        typer.echo(f"{space.name}\t{space.metric.name}\trecipes: {recipes}")


@app.command()
def record(
    name: Annotated[str, typer.Argument(help="Search space, e.g. metaqnn-cifar10; see the list command.")],
    *,
    recipe: Annotated[str, typer.Option(help="How to train: mini for a CPU, paper for a GPU.")],
    data_root: Annotated[Path, typer.Option(help="Folder of the training data.")],
    out: Annotated[Path, typer.Option(help="Corpus folder to write; an unfinished recording goes on.")],
    configs: Annotated[int, typer.Option(min=1, help="Number of configurations.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes; one per core or GPU.")] = 1,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of configurations, trainings and validation split.")
    ] = 0,
) -> None:
    """Record a corpus. Run it again to go on after an interruption, or with more --configs to grow."""
    from generators.devices import find_devices
    from generators.recorder import record as record_corpus

    space = get_space(name)
    if recipe not in space.recipes:
        raise UnknownNameError(f"recipe of {name}", recipe, space.recipes)
    n_new = record_corpus(
        space,
        space.recipes[recipe],
        data_root=data_root,
        out=out,
        n_configs=configs,
        devices=find_devices(device, workers),
        seed=seed,
    )
    typer.echo(f"{out}: {n_new} configurations recorded, {configs} complete", err=True)


def main() -> None:
    """Run the command line: exit code 2 with one line for bad input, 1 when interrupted."""
    try:
        app()
    except SimlabError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("interrupted; finished curves are kept. Run the same command to go on.", err=True)
        sys.exit(1)
