"""The documentation's page of results, made from what ``python -m analyses`` left in report/.

``python -m analyses.results_page`` writes docs/results.md and its figures: of every analysis the first text,
chart and table. The whole report is report/report.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from analyses.__main__ import ANALYSES, Analysis
from simlab import __version__
from simlab.charts import Section, save_chart

REPORT: Final = Path("report")
DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
#: Longer tables are in the report only.
MOST_ROWS: Final = 40
#: What stands above them.
INTRODUCTION: Final = f"""\
What `python -m analyses` found on the shipped corpora with simlab {__version__}: ten random training sets or
orderings of each, intervals of 95 %. `python -m analyses.results_page` made this page; the report has more
charts, with tooltips. [What each analysis is](analyses.md)."""


def write_page(report: Path, docs: Path) -> Path:
    """Write the page of all results in a folder, and its figures into ``images/results``.

    Parameters
    ----------
    report : path
        Where ``python -m analyses`` left its results; analyses without one are left out.
    docs : path
    """
    images = docs / "images" / "results"
    images.mkdir(parents=True, exist_ok=True)
    found = {name: one for name, one in ANALYSES.items() if (report / f"{name}.parquet").exists()}
    parts = ["# Results", INTRODUCTION]
    for name, analysis in found.items():
        sections = analysis.report(analysis.read(report / f"{name}.parquet"))
        parts += [f"## {analysis.title}", *describe(name, analysis, sections, images)]
    page = docs / "results.md"
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")
    return page


def describe(name: str, analysis: Analysis, sections: Iterable[Section], images: Path) -> list[str]:
    """Return an analysis's paragraphs: its first text, chart and table, in the order of its sections."""
    text = chart = table = ""
    for section in sections:
        if section.text and not text:
            text = section.text
        if section.chart is not None and not chart:
            path = save_chart(section.chart, images / f"{name}.svg", title=analysis.title)
            chart = f"![{analysis.title}](images/results/{path.name})"
        if section.table is not None and not table and section.table.height <= MOST_ROWS:
            table = markdown(section.table)
    return [part for part in (text, chart, table) if part]


def markdown(table: pl.DataFrame) -> str:
    r"""Return a table in Markdown.

    Examples
    --------
    >>> print(markdown(pl.DataFrame({"rule": ["a|b"], "speedup": [None]})))
    | rule | speedup |
    |---|---|
    | a\|b |  |
    """
    cells = [table.columns, ["---"] * table.width, *table.rows()]
    return "\n".join(_row(row, rule=number == 1) for number, row in enumerate(cells))


def _row(cells: Iterable[object], *, rule: bool) -> str:
    texts = ["" if cell is None else str(cell).replace("|", "\\|") for cell in cells]
    return f"|{'|'.join(texts)}|" if rule else f"| {' | '.join(texts)} |"


if __name__ == "__main__":
    print(write_page(REPORT, DOCS))
