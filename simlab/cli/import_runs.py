"""``simlab import``: a user's own runs, from a CSV or Parquet table to a corpus folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

app = typer.Typer(no_args_is_help=True, help="Turn a table of your own runs into a corpus.")

Source = Annotated[Path, typer.Argument(metavar="PATH", help="Table with one row per run and epoch.")]
Id = Annotated[str, typer.Option("--id", metavar="COLUMN", help="Identifies the run.")]
Epoch = Annotated[str, typer.Option("--epoch", metavar="COLUMN", help="Counts the run's epochs.")]
Value = Annotated[str, typer.Option("--metric", metavar="COLUMN", help="Holds the metric after each epoch.")]
Direction = Annotated[
    Literal["maximize", "minimize"], typer.Option(help="Whether more or less of it is better.")
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the new corpus.")]
Runs = Annotated[
    Path | None, typer.Option("--runs", metavar="PATH", help="Second table, one row per run, joined on --id.")
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where", metavar="COLUMN=VALUE", help="Keep only these rows, e.g. one task; repeat for more."
    ),
]
Seconds = Annotated[
    str | None, typer.Option("--seconds", metavar="COLUMN", help="Holds the seconds each epoch took.")
]
Cumulative = Annotated[
    bool, typer.Option("--cumulative-seconds", help="The seconds count from the start of the run.")
]
Status = Annotated[
    str | None,
    typer.Option("--status", metavar="COLUMN", help="Says completed, diverged, censored or failed."),
]
Hyperparameters = Annotated[
    list[str] | None,
    typer.Option(
        "--hp", metavar="COLUMN", help="A hyperparameter, constant in a run; repeat, or separate by commas."
    ),
]
Architecture = Annotated[
    list[str] | None,
    typer.Option("--ap", metavar="COLUMN", help="An architecture parameter, likewise."),
]
Bounds = Annotated[
    tuple[float, float] | None,
    typer.Option("--bounds", metavar="LOW HIGH", help="Smallest and largest possible value; inf where none."),
]
Worst = Annotated[
    float | None,
    typer.Option("--worst", help="Stands for the final value of a diverged run: chance accuracy."),
]
FirstEpoch = Annotated[
    int,
    typer.Option("--first-epoch", min=0, max=1, help="Number of the first epoch of training in the table."),
]
SkipUntrained = Annotated[
    bool, typer.Option("--skip-untrained", help="Leave out epoch 0, measured before training.")
]
Nan = Annotated[
    Literal["error", "diverged"],
    typer.Option("--nan", help="What NaN and infinity mean: an error, or a run that diverged there."),
]
ShortRuns = Annotated[
    Literal["censored", "completed"],
    typer.Option("--short-runs", help="What a run with fewer epochs is: stopped by somebody, or finished."),
]
Name = Annotated[str | None, typer.Option("--name", help="Of the corpus; by default its folder's.")]
License = Annotated[str, typer.Option("--license", help="Of the data.")]
ValidationSize = Annotated[
    int | None,
    typer.Option(
        "--validation-size", min=1, help="Examples the metric was measured on; gives standard errors."
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier corpus in the folder.")]


def import_runs(
    ctx: typer.Context,
    path: Source,
    *,
    config_id: Id,
    epoch: Epoch,
    value: Value,
    direction: Direction,
    output: Output,
    runs: Runs = None,
    where: Where = None,
    seconds: Seconds = None,
    cumulative_seconds: Cumulative = False,
    status: Status = None,
    hyperparameters: Hyperparameters = None,
    architecture: Architecture = None,
    bounds: Bounds = None,
    worst: Worst = None,
    first_epoch: FirstEpoch = 1,
    skip_untrained: SkipUntrained = False,
    nan_values: Nan = "error",
    short_runs: ShortRuns = "censored",
    name: Name = None,
    license: License = "unknown",  # noqa: A002 - the word of the card
    validation_size: ValidationSize = None,
    overwrite: Overwrite = False,
) -> None:
    """Check the runs and write them as a corpus folder, ready for `simlab simulate DIR`."""
    from simlab.charts.card_charts import refresh_card
    from simlab.corpus.importing import import_runs as write
    from simlab.corpus.statistics import status_counts

    optional: dict[str, Any] = {"bounds": bounds} if bounds else {}
    made = write(
        path,
        output,
        file_format="csv" if ctx.info_name == "csv" else "parquet",
        runs=runs,
        where=_conditions(where),
        name=name,
        license=license,
        validation_size=validation_size,
        overwrite=overwrite,
        config_id=config_id,
        epoch=epoch,
        value=value,
        direction=direction,
        seconds=seconds,
        cumulative_seconds=cumulative_seconds,
        status=status,
        hyperparameters=_split(hyperparameters),
        architecture=_split(architecture),
        worst=worst,
        first_epoch=first_epoch,
        skip_untrained=skip_untrained,
        nan_values=nan_values,
        short_runs=short_runs,
        **optional,
    )
    refresh_card(output)
    counts = ", ".join(f"{n} {status}" for status, n in status_counts(made.corpus).items() if n)
    typer.echo(f"{output}: {len(made.corpus)} runs of up to {made.corpus.n_epochs} epochs: {counts}")
    for note in made.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"next: simlab simulate {shlex.quote(str(output))}", err=True)


def _split(columns: list[str] | None) -> list[str]:
    return [one for given in columns or [] for one in given.split(",")]


def _conditions(where: list[str] | None) -> dict[str, str]:
    parts = [one.partition("=") for one in where or []]
    if not all(equals for _, equals, _ in parts):
        raise typer.BadParameter("must read COLUMN=VALUE", param_hint="--where")
    return {column: value for column, _, value in parts}


app.command("csv", help="Import runs from a CSV file.")(import_runs)
app.command("parquet", help="Import runs from a Parquet file.")(import_runs)
