"""``simlab plot``: the curves of a corpus, or what a simulation found, as HTML, SVG or PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simlab.charts.report import AnyChart


def plot(
    source: Annotated[
        str, typer.Argument(metavar="CORPUS|RESULT", help="A corpus, or a result's .parquet file.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="FILE.html (opens offline), FILE.svg or FILE.png.")
    ],
) -> None:
    """Draw the learning curves of a corpus, or the speedup and recovery that a simulation found."""
    from simlab.charts.saving import check_suffix, save_chart

    check_suffix(output)
    save_chart(_chart(source), output, title=f"simlab: {Path(source).name}")
    typer.echo(output)


def _chart(source: str) -> AnyChart:
    from simlab import SimulationResult, load
    from simlab.charts import learning_curves, speedup_against_threshold, speedup_and_recovery
    from simlab.charts.report import has_thresholds

    if not source.endswith(".parquet"):
        return learning_curves(load(source))
    result = SimulationResult.read(source)
    return speedup_against_threshold(result) if has_thresholds(result) else speedup_and_recovery(result)
