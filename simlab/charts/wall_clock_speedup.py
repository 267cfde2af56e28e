"""Speedup in wall-clock time against the number of workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import altair as alt
import polars as pl

from simlab.charts.theme import predictor_colour, title, with_theme


def wall_clock_speedup(
    frame: pl.DataFrame, heading: str, titles: Mapping[str, str], *notes: str
) -> alt.FacetChart:
    """Draw speedup against workers, one panel for each corpus; dashed lines are synchronous.

    Parameters
    ----------
    frame : polars.DataFrame
        ``corpus, label, synchronous, workers, mean, low, high``.
    heading : str
    titles : mapping of str to str
        What to call each corpus.
    *notes : str
        The subtitle: over what the intervals are.
    """
    labels = frame["label"].unique(maintain_order=True).to_list()
    lowest, highest = frame.select(low=pl.min("mean") / 1.2, high=pl.max("mean") * 1.2).row(0)
    shown = frame.with_columns(
        title=pl.col("corpus").replace(dict(titles)),
        low=pl.col("low").clip(lowest, highest),  # a logarithmic scale has no room for 0
        high=pl.col("high").clip(lowest, highest),
    )
    base = alt.Chart().encode(
        x=alt.X(
            "workers:Q",
            title="Workers",
            scale=alt.Scale(type="log", base=2),
            axis=alt.Axis(values=sorted(frame["workers"].unique()), grid=False),
        ),
        color=predictor_colour(labels),
    )
    y = alt.Scale(type="log", base=2, domain=[lowest, highest], nice=False)
    bands = base.mark_area(opacity=0.12).encode(y=alt.Y("low:Q", scale=y), y2="high:Q")
    lines = base.mark_line(point=alt.OverlayMarkDef(size=28)).encode(
        y=alt.Y("mean:Q", title="Speedup in wall-clock", scale=y),
        strokeDash=alt.StrokeDash(
            "synchronous:N", scale=alt.Scale(domain=[False, True], range=[[1, 0], [6, 3]]), legend=None
        ),
        tooltip=_TOOLTIP,
    )
    chart = alt.FacetChart(
        data=shown,
        spec=alt.LayerChart(layer=[bands, lines], width=330, height=300),
        facet=alt.Facet("title:N", title=None, sort=shown["title"].unique(maintain_order=True).to_list()),
        columns=2,
        title=title(heading, *notes),
    )
    return with_theme(chart)


_TOOLTIP: Final = [
    alt.Tooltip("label:N", title="rule"),
    alt.Tooltip("workers:Q"),
    alt.Tooltip("mean:Q", title="speedup", format=".2f"),
    alt.Tooltip("low:Q", title="from", format=".2f"),
    alt.Tooltip("high:Q", title="to", format=".2f"),
]
