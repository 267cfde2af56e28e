"""The command line: ``python -m generators list``, ``plan``, ``record``, ``card`` and ``import``."""

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
Workers = Annotated[int, typer.Option(min=1, help="Processes on this machine; one per core or GPU.")]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
BlockSize = Annotated[
    int | None,
    typer.Option("--block", min=1, help="Configurations that train together on a GPU, where the space can."),
]
Cluster = Annotated[
    str | None,
    typer.Option(help="Train on the workers of this Dask scheduler: tcp://HOST:8786, or its scheduler file."),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of configurations, trainings and validation split.")]


@app.command("list")
def list_spaces() -> None:
    """List the search spaces that can be recorded, with their recipes."""
    for space in SPACES.values():
        recipes = list(space.recipes.values())
        told = ", ".join(f"{recipe.name} ({recipe.epochs} epochs)" for recipe in recipes)
        typer.echo(f"{space.name}\t{space.metric(recipes[0]).name}\trecipes: {told}")


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
    block: BlockSize = None,
    sample: Annotated[int, typer.Option(min=1, help="How many configurations or blocks to time.")] = 3,
) -> None:
    """Say how long a recording takes and how large it gets; trains a few configurations, writes nothing."""
    from generators.devices import find_devices
    from generators.plan import make_plan, summarize, train_sample

    space = get_space(name)
    finished = []
    for one in train_sample(
        space,
        get_recipe(space, recipe),
        data_root=data_root,
        n_configs=configs,
        n_sample=sample,
        device=find_devices(device, 1)[0],
        seed=seed,
        block=block,
    ):
        finished.append(one)
        typer.echo("\n".join(filter(None, [one.note, summarize(one)])), err=True)
    typer.echo(make_plan(finished, n_configs=configs, workers=workers))


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
    block: BlockSize = None,
    cluster: Cluster = None,
) -> None:
    """Record a corpus. Run it again to go on after an interruption, or with more --configs to grow."""
    from generators.devices import find_cluster_device, find_devices
    from generators.recorder import record as record_corpus

    space = get_space(name)
    n_new = record_corpus(
        space,
        get_recipe(space, recipe),
        data_root=data_root,
        out=out,
        n_configs=configs,
        devices=find_devices(device, workers) if cluster is None else find_cluster_device(device, workers),
        seed=seed,
        block=block,
        cluster=cluster,
    )
    typer.echo(f"{out}: {n_new} configurations recorded, {configs} complete", err=True)


@app.command()
def card(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Corpus folders.")],
) -> None:
    """Write the card of a corpus and its charts anew, with today's description of its search space."""
    from generators.card import rewrite_card

    for folder in folders:
        known = rewrite_card(folder)
        typer.echo(f"{folder}: card written" + ("" if known else "; its own description stays"), err=True)


importers = typer.Typer(no_args_is_help=True, help="Turn curves that others published into corpora.")
app.add_typer(importers, name="import")


@importers.command()
def lemur(
    *,
    wheel: Annotated[Path, typer.Option(help="Wheel of nn-dataset, from PyPI; it is read, not installed.")],
    out: Annotated[Path, typer.Option(help="Folder in which the corpus folders are written.")],
) -> None:
    """LEMUR: 50-epoch curves of many networks on CIFAR-10, SVHN and CIFAR-100; needs no torch."""
    from generators.lemur.runs import import_lemur

    for folder, corpus, counts in import_lemur(wheel, out):
        typer.echo(f"{folder}: {len(corpus)} curves of {corpus.n_epochs} epochs")
        typer.echo(f"left out: {counts}", err=True)


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
