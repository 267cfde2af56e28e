"""Figure 8 of the paper: the speedup of consecutive Hyperband runs."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from simlab.charts.theme import QUIET, predictor_colour, small_title, title, with_theme

_PANELS: Final = {"run": "Each run alone", "so far": "All runs so far"}


def speedup_by_run(frame: pl.DataFrame, ceiling: float, heading: str, *notes: str) -> alt.HConcatChart:
    """Draw speedup against the number of the run: of each run alone, and of all so far.

    Parameters
    ----------
    frame : polars.DataFrame
        ``label, measure`` (``run`` or ``so far``), ``number, mean, low, high``.
    ceiling : float
        What no single run can exceed.
    heading : str
    *notes : str
        The subtitle: over what the intervals are.
    """
    labels = frame["label"].unique(maintain_order=True).to_list()
    top = max(ceiling, float(frame.select(pl.max("mean")).item())) * 1.05
    panels = [
        _panel(frame.filter(measure=measure), labels, ceiling, top, name) for measure, name in _PANELS.items()
    ]
    return with_theme(alt.HConcatChart(hconcat=panels, title=title(heading, *notes)))


def _panel(frame: pl.DataFrame, labels: list[str], ceiling: float, top: float, name: str) -> alt.LayerChart:
    y = alt.Scale(domain=[0.9, top], clamp=True, nice=False)
    base = alt.Chart(frame).encode(
        x=alt.X("number:Q", title="Hyperband run", axis=alt.Axis(tickMinStep=1, grid=False)),
        color=predictor_colour(labels),
        tooltip=[
            alt.Tooltip("label:N", title="strategy"),
            alt.Tooltip("number:Q", title="run"),
            alt.Tooltip("mean:Q", title="speedup", format=".2f"),
            alt.Tooltip("low:Q", title="from", format=".2f"),
            alt.Tooltip("high:Q", title="to", format=".2f"),
        ],
    )
    bands = base.mark_area(opacity=0.12).encode(
        y=alt.Y("low:Q", scale=y, title="Speedup (epochs)"), y2="high:Q"
    )
    lines = base.mark_line(strokeWidth=1.8).encode(y=alt.Y("mean:Q", scale=y))
    bound = pl.DataFrame({"speedup": [ceiling], "text": [f"a run can reach {ceiling:.2f}"]})
    rule = alt.Chart(bound).mark_rule(strokeDash=[6, 4], color=QUIET).encode(y=alt.Y("speedup:Q", scale=y))
    told = rule.mark_text(align="right", dy=-7, x="width", fontSize=11, color=QUIET).encode(text="text:N")
    return alt.LayerChart(layer=[rule, told, bands, lines], width=330, height=280, title=small_title(name))
