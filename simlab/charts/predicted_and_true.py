"""Predicted against true final values, one panel for each corpus."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import polars as pl

from simlab.charts.theme import PALETTE, QUIET, small_title, title, with_theme

_SIZE = 220


def predicted_and_true(frame: pl.DataFrame, heading: str, titles: Mapping[str, str]) -> alt.HConcatChart:
    """Draw one point for each predicted configuration; on the dashed line it ended as predicted.

    Parameters
    ----------
    frame : polars.DataFrame
        ``corpus, metric, config_id, status, truth, predicted, sigma, r2``.
    heading : str
    titles : mapping of str to str
        What to call each corpus.
    """
    panels = [
        _panel(rows, titles.get(str(corpus), str(corpus)))
        for (corpus,), rows in frame.group_by("corpus", maintain_order=True)
    ]
    chart = alt.HConcatChart(hconcat=panels, title=title(heading, "Dashed: predicted = true."))
    return with_theme(chart)


def _panel(rows: pl.DataFrame, name: str) -> alt.LayerChart:
    known = rows.filter(pl.col("truth").is_finite() & pl.col("predicted").is_finite())
    ends = known.select(
        low=pl.min_horizontal(pl.min("truth"), pl.min("predicted")),
        high=pl.max_horizontal(pl.max("truth"), pl.max("predicted")),
    ).row(0)
    scale = alt.Scale(domain=ends, nice=True, zero=False)
    metric = rows["metric"][0]
    points = (
        alt.Chart(known)
        .mark_circle(size=14, opacity=0.45, color=PALETTE[0])
        .encode(
            x=alt.X("truth:Q", title=f"True final {metric}", scale=scale),
            y=alt.Y("predicted:Q", title="Predicted", scale=scale),
            tooltip=["config_id:N", "status:N", alt.Tooltip("truth:Q", format=".4g"), _PREDICTED],
        )
    )
    line = (
        alt.Chart(pl.DataFrame({"value": ends}))
        .mark_line(strokeDash=[4, 4], color=QUIET)
        .encode(x="value:Q", y="value:Q")
    )
    caption = f"{name}: R2 {rows['r2'][0]:.3f}, n = {len(known):,}"
    return alt.LayerChart(layer=[line, points], width=_SIZE, height=_SIZE, title=small_title(caption))


_PREDICTED = alt.Tooltip("predicted:Q", format=".4g")
