"""Run the analyses and write their report: ``python -m analyses [NAME ...]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import polars as pl
import typer

from analyses import (
    calibration,
    claims,
    cost_table,
    depth_generalisation,
    exponential_decay,
    fig2,
    fig3,
    fig4,
    fig6,
    fig8,
    gantt,
    hyperband_presets,
    ranks,
    table1,
    table2,
    workers,
)
from analyses.options import Options
from simlab import SimulationResult
from simlab.charts import Section, write_report
from simlab.cli.output import print_table
from simlab.cli.progress import progress_bar
from simlab.corpus.storage import write_parquet
from simlab.errors import SimlabError, UnknownNameError
from simlab.predictions import PredictionStore


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a tidy frame as Parquet."""
    write_parquet(path, frame, {})


@dataclass(frozen=True)
class Analysis:
    """One table or figure.

    Attributes
    ----------
    title : str
    compute : callable
        Takes :class:`Options` and returns a result: a tidy frame, unless ``write`` knows better.
    report : callable
        Takes the result and returns sections of the report.
    write : callable
        Takes the result and the path of a Parquet file.
    read : callable
        Takes that path and returns the result again.
    """

    title: str
    compute: Callable[[Options], Any]
    report: Callable[[Any], list[Section]]
    write: Callable[[Any, Path], Any] = write_frame
    read: Callable[[Path], Any] = pl.read_parquet


_STUDIES: Final = {
    "table1": table1,
    "table2": table2,
    "fig2": fig2,
    "fig3": fig3,
    "depth-generalisation": depth_generalisation,
    "exponential-decay": exponential_decay,
    "cost-table": cost_table,
    "calibration": calibration,
}
_SIMULATIONS: Final = {
    "fig6": fig6,
    "fig8": fig8,
    "hyperband-presets": hyperband_presets,
    "workers": workers,
    "gantt": gantt,
    "ranks": ranks,
}
_SUMMARIES: Final = {"claims": claims}


def _analyses(modules: Mapping[str, Any]) -> dict[str, Analysis]:
    return {name: Analysis(one.TITLE, one.compute, one.report) for name, one in modules.items()}


#: In the order of the report: prediction, stopping, and what is claimed of both.
ANALYSES: Final = {
    **_analyses(_STUDIES),
    **{
        name: Analysis(figure.title, figure.compute, figure.report, fig4.write, SimulationResult.read)
        for name, figure in fig4.FIGURES.items()
    },
    **_analyses(_SIMULATIONS),
    **_analyses(_SUMMARIES),
}


def main(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Analyses to run; all by default.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Folder of the report and the results.")] = Path("report"),
    repeats: Annotated[int, typer.Option(help="Random orderings, or training sets, of each corpus.")] = 10,
    search: Annotated[
        int | None, typer.Option(help="Settings an SRM searches per prefix length (paper: 1000).")
    ] = None,
    n_jobs: Annotated[int, typer.Option(help="Repeats in parallel; -1 uses every core.")] = -1,
    cache: Annotated[
        bool, typer.Option(help="Keep predictions on disk for the next time; see: simlab cache.")
    ] = True,
) -> None:
    """Run analyses, print their tables, and write report.html and the results as Parquet."""
    options = Options(
        repeats=repeats,
        search=search,
        n_jobs=n_jobs,
        store=PredictionStore() if cache else None,
        progress=progress_bar,
    )
    try:
        report = run(names or list(ANALYSES), out, options)
    except SimlabError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    print(f"report: {report}")


def run(names: list[str], out: Path, options: Options) -> Path:
    """Run analyses one after the other and return the path of their report.

    Raises
    ------
    UnknownNameError
        If there is no such analysis, or its corpus is not there.
    """
    for name in names:
        if name not in ANALYSES:
            raise UnknownNameError("analysis", name, ANALYSES)
    out.mkdir(parents=True, exist_ok=True)
    sections: list[Section] = []
    for name in names:
        analysis = ANALYSES[name]
        result = analysis.compute(options)
        analysis.write(result, out / f"{name}.parquet")
        parts = analysis.report(result)
        show(analysis.title, parts)
        sections += [Section(heading=analysis.title), *parts]
    return write_report(out / "report.html", "simlab: what early stopping saves, and what it loses", sections)


def show(title: str, sections: list[Section]) -> None:
    """Print the sections' first table."""
    print(title)
    tables = [section.table for section in sections if section.table is not None]
    for table in tables[:1]:
        print_table(table.columns, table.rows())


if __name__ == "__main__":
    typer.run(main)
