"""Reliability: how many true final values lie in the predicted central intervals, by their level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import polars as pl

from simlab.charts.theme import QUIET, predictor_colour, title, with_theme


def reliability(
    frame: pl.DataFrame, heading: str, titles: Mapping[str, str], labels: Sequence[str], *, columns: int = 3
) -> alt.FacetChart:
    """Draw coverage against level, one panel for each corpus; on the dashed line sigma is right.

    Parameters
    ----------
    frame : polars.DataFrame
        ``corpus, label, level, coverage, low, high``.
    heading : str
    titles : mapping of str to str
        What to call each corpus.
    labels : sequence of str
        The predictors, in the order in which they stand.
    columns : int
        Panels in a row.
    """
    shown = frame.with_columns(
        title=pl.col("corpus").replace(dict(titles)),
        low=pl.max_horizontal(pl.col("low").fill_nan(None), pl.lit(0.0)),  # a share lies within [0, 1]
        high=pl.min_horizontal(pl.col("high").fill_nan(None), pl.lit(1.0)),
    )
    base = alt.Chart().encode(
        x=alt.X("level:Q", title="Level of the interval", axis=alt.Axis(format="%")),
        color=predictor_colour(labels),
    )
    bands = base.mark_area(opacity=0.15).encode(y="low:Q", y2="high:Q")
    lines = base.mark_line(point=True).encode(
        y=alt.Y(
            "coverage:Q",
            title="True values inside",
            axis=alt.Axis(format="%"),
            scale=alt.Scale(domain=[0, 1]),
        ),
        tooltip=[
            alt.Tooltip("title:N", title="corpus"),
            alt.Tooltip("label:N", title="predictor"),
            alt.Tooltip("level:Q", format=".0%"),
            alt.Tooltip("coverage:Q", title="inside", format=".1%"),
        ],
    )
    diagonal = base.mark_line(strokeDash=[4, 4], color=QUIET).encode(y="level:Q", color=alt.value(QUIET))
    chart = alt.FacetChart(
        data=shown,
        spec=alt.LayerChart(layer=[bands, lines, diagonal], width=220, height=200),
        facet=alt.Facet("title:N", title=None, sort=shown["title"].unique(maintain_order=True).to_list()),
        columns=columns,
        title=title(heading, "Mean over random training sets, 95 % t interval over them; dashed: right."),
    )
    return with_theme(chart)
