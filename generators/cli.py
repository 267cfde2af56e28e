"""The command line: ``python -m generators list``, ``plan`` and ``record``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from generators.registry import SPACES, get_recipe, get_space
from simlab.errors import SimlabError

app = typer.Typer(
    name="generators",
    help="Record learning-curve corpora with PyTorch.",
    no_args_is_help=True,
    add_completion=False,
)

Name = Annotated[str, typer.Argument(help="Search space, e.g. metaqnn-cifar10; see the list command.")]
RecipeName = Annotated[str, typer.Option("--recipe", help="How to train: mini for a CPU, paper for a GPU.")]
DataRoot = Annotated[Path, typer.Option(help="Folder of the training data.")]
Configs = Annotated[int, typer.Option(min=1, help="Number of configurations.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes; one per core or GPU.")]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of configurations, trainings and validation split.")]


@app.command("list")
def list_spaces() -> None:
    """List the search spaces that can be recorded, with their recipes."""
    for space in SPACES.values():
        recipes = ", ".join(f"{recipe.name} ({recipe.epochs} epochs)" for recipe in space.recipes.values())
        typer.echo(f"{space.name}\t{space.metric.name}\trecipes: {recipes}")


@app.command()
def plan(
    name: Name,
    *,
    recipe: RecipeName,
    data_root: DataRoot,
    configs: Configs = 1000,
    workers: Workers = 1,
    device: Device = "cpu",
    seed: Seed = 0,
    sample: Annotated[int, typer.Option(min=1, help="How many configurations to train and time.")] = 3,
) -> None:
    """Say how long a recording takes and how large it gets; trains a few configurations, writes nothing."""
    from generators.devices import find_devices
    from generators.plan import make_plan, seconds_of, train_sample

    space = get_space(name)
    curves = []
    for curve in train_sample(
        space,
        get_recipe(space, recipe),
        data_root=data_root,
        n_configs=configs,
        n_sample=sample,
        device=find_devices(device, 1)[0],
        seed=seed,
    ):
        curves.append(curve)
        why = f" ({curve.reason})" if curve.reason else ""
        typer.echo(f"{curve.config_id}: {seconds_of(curve):.1f} s, {curve.status}{why}", err=True)
    typer.echo(make_plan(curves, n_configs=configs, workers=workers))


@app.command()
def record(
    name: Name,
    *,
    recipe: RecipeName,
    data_root: DataRoot,
    out: Annotated[Path, typer.Option(help="Corpus folder to write; an unfinished recording goes on.")],
    configs: Configs,
    workers: Workers = 1,
    device: Device = "cpu",
    seed: Seed = 0,
) -> None:
    """Record a corpus. Run it again to go on after an interruption, or with more --configs to grow."""
    from generators.devices import find_devices
    from generators.recorder import record as record_corpus

    space = get_space(name)
    n_new = record_corpus(
        space,
        get_recipe(space, recipe),
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
