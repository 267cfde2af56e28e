"""All commands in one place; little is imported on top, so that ``simlab --help`` answers at once."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from simlab import __version__
from simlab.cli import cache, corpora, import_runs
from simlab.cli.brackets import brackets
from simlab.cli.listing import policies, schedulers
from simlab.cli.plot import plot
from simlab.cli.predict import predict
from simlab.cli.simulate import simulate
from simlab.cli.sweep import sweep
from simlab.errors import SimlabError


class ReportingGroup(TyperGroup):
    """Turns a SimlabError into one message on stderr and exit code 2; all else is a bug and propagates."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SimlabError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(2) from error


# No Rich markup and no pretty exceptions: both would import Rich before a command has run.
app = typer.Typer(
    name="simlab",
    cls=ReportingGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(corpora.app, name="corpora")
app.add_typer(import_runs.app, name="import")
app.add_typer(cache.app, name="cache")
app.command()(simulate)
app.command()(sweep)
app.command()(predict)
app.command()(plot)
app.command()(brackets)
app.command()(policies)
app.command()(schedulers)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"simlab {__version__}")
        raise typer.Exit


@app.callback()
def simlab(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Replay recorded learning curves under early-stopping rules: what they save, and what they lose.

    Data goes to stdout, messages to stderr. Exit code 2: wrong usage or bad input; 1: a check found problems.
    """
