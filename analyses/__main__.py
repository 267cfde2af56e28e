"""Run the analyses and write their report: ``python -m analyses [NAME ...]``."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Annotated, Final

import typer
from rich.console import Console

import simlab
from analyses import fig4_metaqnn
from simlab.charts import Section, summary_table, write_report
from simlab.cli.progress import progress_bar
from simlab.errors import SimlabError, UnknownNameError

ANALYSES: Final[dict[str, ModuleType]] = {"fig4-metaqnn": fig4_metaqnn}


def main(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Analyses to run; all by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the report and the results.")] = Path("report"),
    orderings: Annotated[int, typer.Option(help="Random orderings of each corpus.")] = 10,
    n_jobs: Annotated[int, typer.Option(help="Orderings replayed in parallel; -1 uses every core.")] = -1,
) -> None:
    """Run analyses, print their tables, and write report.html and the results as Parquet."""
    try:
        report = run(names or list(ANALYSES), out, orderings=orderings, n_jobs=n_jobs)
    except SimlabError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    print(f"report: {report}")


def run(names: list[str], out: Path, *, orderings: int, n_jobs: int) -> Path:
    """Run analyses one after the other and return the path of their report.

    Raises
    ------
    UnknownNameError
        If there is no such analysis, or its corpus is not there.
    """
    for name in names:
        if name not in ANALYSES:
            raise UnknownNameError("analysis", name, ANALYSES)
    sections: list[Section] = []
    for name in names:
        analysis = ANALYSES[name]
        corpus = simlab.load(analysis.CORPUS)
        with progress_bar(name, orderings) as advance:
            result = analysis.compute(corpus, orderings=orderings, n_jobs=n_jobs, on_ordering=advance)
        result.write(out / f"{name}.parquet")
        Console().print(analysis.TITLE, summary_table(result), sep="\n")
        print(result.preference())
        sections += [Section(heading=analysis.TITLE), *analysis.report(corpus, result)]
    return write_report(out / "report.html", "simlab: what early stopping saves, and what it loses", sections)


if __name__ == "__main__":
    typer.run(main)
