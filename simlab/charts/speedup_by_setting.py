"""Speedup by two settings: one row for each value of the first, one colour for each of the second."""

from __future__ import annotations

import altair as alt
import polars as pl

from simlab.charts.theme import QUIET, predictor_colour, title, with_theme


def speedup_by_setting(frame: pl.DataFrame, claimed: float, heading: str, *notes: str) -> alt.LayerChart:
    """Draw speedups with their intervals, and a dashed line at the one that was claimed.

    Parameters
    ----------
    frame : polars.DataFrame
        ``row, label, mean, low, high``.
    claimed : float
    heading : str
    *notes : str
        The subtitle: over what the intervals are.
    """
    rows = frame["row"].unique(maintain_order=True).to_list()
    labels = frame["label"].unique(maintain_order=True).to_list()
    base = alt.Chart(frame).encode(
        y=alt.Y("row:N", title=None, sort=rows, axis=alt.Axis(labelLimit=280)),
        yOffset=alt.YOffset("label:N", sort=labels),
        color=predictor_colour(labels),
        tooltip=[
            alt.Tooltip("row:N", title="reading"),
            alt.Tooltip("label:N", title="setting"),
            alt.Tooltip("mean:Q", title="speedup", format=".2f"),
            alt.Tooltip("low:Q", title="from", format=".2f"),
            alt.Tooltip("high:Q", title="to", format=".2f"),
        ],
    )
    x = alt.Scale(
        domain=[1, max(claimed, float(frame.select(pl.max("high")).item() or 0)) * 1.05], clamp=True
    )
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=x, title="Speedup (epochs)"), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X("mean:Q", scale=x))
    line = (
        alt.Chart(pl.DataFrame({"claimed": [claimed]}))
        .mark_rule(strokeDash=[6, 4], color=QUIET)
        .encode(x=alt.X("claimed:Q", scale=x))
    )
    layers = [line, bars, points]
    chart = alt.LayerChart(layer=layers, width=460, height=alt.Step(14), title=title(heading, *notes))
    return with_theme(chart)
