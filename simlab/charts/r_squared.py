"""R2 of predictors: side by side for several corpora, and against the share of the curve that was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import altair as alt
import polars as pl

from simlab.charts.theme import predictor_colour, title, with_theme

#: An R2 below this is drawn at the edge, with a mark: the scale is for those that predict.
LOWEST: Final = -0.25


def clipped_frame(frame: pl.DataFrame, titles: Mapping[str, str]) -> pl.DataFrame:
    """Return what the charts show: ``shown`` is R2, or the lowest drawn value where ``below`` is true.

    One that is no number is not drawn; an infinite one, or an infinite bound, is null: JSON has none.
    """
    labels = pl.col("corpus").replace(dict(titles)).alias("title")
    shown = frame.filter(pl.col("r2").is_not_nan()).with_columns(
        labels,
        shown=pl.max_horizontal("r2", pl.lit(LOWEST)),
        below=pl.col("r2") < LOWEST,
        low=pl.max_horizontal(pl.col("r2_low").fill_nan(None), pl.lit(LOWEST)),
        high=pl.max_horizontal(pl.col("r2_high").fill_nan(None), pl.lit(LOWEST)),
    )
    finite = [
        pl.when(pl.col(column).is_finite()).then(pl.col(column)).alias(column)
        for column in ("r2", "r2_low", "r2_high", "shown", "low", "high")
    ]
    columns = ("corpus", "title", "label", "fraction", "epoch", "r2", "r2_low", "r2_high")
    return shown.with_columns(finite).select(*columns, "shown", "below", "low", "high", "n")


def r_squared_by_group(
    frame: pl.DataFrame, heading: str, titles: Mapping[str, str], labels: Sequence[str]
) -> alt.LayerChart:
    """Draw R2 of several predictors side by side, one group for each corpus.

    Parameters
    ----------
    frame : polars.DataFrame
        ``corpus, label, fraction, epoch, r2, r2_low, r2_high, n``.
    heading : str
    titles : mapping of str to str
        What to call each corpus.
    labels : sequence of str
        The predictors, in the order in which they stand.
    """
    shown = clipped_frame(frame, titles)
    base = alt.Chart(shown).encode(
        x=alt.X(
            "title:N", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelLimit=110, labelExpr=_WRAP)
        ),
        xOffset=alt.XOffset("label:N", sort=list(labels)),
        color=predictor_colour(labels),
    )
    bars = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q"), y2="high:Q")
    points = base.mark_point(size=60, filled=True, opacity=1).encode(
        y=alt.Y("shown:Q", title="R2", scale=alt.Scale(domain=[_floor(shown), 1])),
        shape=_shape(),
        tooltip=_TOOLTIP,
    )
    chart = alt.LayerChart(
        layer=[bars, points],
        width=alt.Step(max(16, 92 // len(labels))),  # room for the names below
        height=300,
        title=title(heading, _SUBTITLE),
    )
    return with_theme(chart)


def r_squared_against_share(
    frame: pl.DataFrame, heading: str, titles: Mapping[str, str], labels: Sequence[str], *, columns: int = 3
) -> alt.FacetChart:
    """Draw R2 against the share of the curve that was seen, one panel for each corpus.

    Parameters
    ----------
    frame, heading, titles, labels
        As in :func:`r_squared_by_group`.
    columns : int
        Panels in a row.
    """
    shown = clipped_frame(frame, titles)
    base = alt.Chart().encode(
        x=alt.X("fraction:Q", title="Share of the curve seen", axis=alt.Axis(format="%", tickCount=5)),
        color=predictor_colour(labels),
    )
    bands = base.mark_area(opacity=0.18).encode(y=alt.Y("low:Q"), y2="high:Q")
    lines = base.mark_line().encode(
        y=alt.Y("shown:Q", title="R2", scale=alt.Scale(domain=[_floor(shown), 1], clamp=True))
    )
    points = base.mark_point(size=36, filled=True, opacity=1).encode(
        y="shown:Q", shape=_shape(), tooltip=_TOOLTIP
    )
    chart = alt.FacetChart(
        data=shown,
        spec=alt.LayerChart(layer=[bands, lines, points], width=220, height=180),
        facet=alt.Facet("title:N", title=None, sort=shown["title"].unique(maintain_order=True).to_list()),
        columns=columns,
        title=title(heading, _SUBTITLE),
    )
    return with_theme(chart)


_SUBTITLE: Final = "Mean over random training sets, 95 % t interval over them; triangles: below the scale."
_WRAP: Final = (  # a second line for what stands in brackets
    "indexof(datum.label, ' (') < 0 ? datum.label : "
    "[split(datum.label, ' (')[0], '(' + split(datum.label, ' (')[1]]"
)
_TOOLTIP: Final = [
    alt.Tooltip("title:N", title="corpus"),
    alt.Tooltip("label:N", title="predictor"),
    alt.Tooltip("epoch:Q", title="epochs seen"),
    alt.Tooltip("r2:Q", title="R2", format=".3f"),
    alt.Tooltip("r2_low:Q", title="from", format=".3f"),
    alt.Tooltip("r2_high:Q", title="to", format=".3f"),
    alt.Tooltip("n:Q", title="curves predicted", format=",.0f"),
]


def _shape() -> alt.Shape:
    scale = alt.Scale(domain=[False, True], range=["circle", "triangle-down"])
    return alt.Shape("below:N", scale=scale, legend=None)


def _floor(shown: pl.DataFrame) -> float:
    """Return the lower end of the scale: 0, unless something lies below."""
    lowest = shown.select(pl.min_horizontal("shown", pl.col("low").fill_null(0.0))).to_series().min()
    return LOWEST if isinstance(lowest, float) and lowest < 0 else 0.0
