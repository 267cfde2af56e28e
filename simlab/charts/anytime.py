"""Anytime performance: the incumbent against what was spent, and its gain over a baseline."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import polars as pl

from simlab.charts.theme import QUIET, predictor_colour, title, with_theme

#: Share of the axis that sets the lower end of the scale: before it every line climbs from the bottom.
_START: Final = 0.03
_SIZE: Final[dict[str, Any]] = {"width": 620}


def anytime(
    lines: pl.DataFrame,
    marks: pl.DataFrame,
    gains: pl.DataFrame,
    heading: str,
    *notes: str,
    metric: str = "accuracy",
) -> alt.VConcatChart:
    """Draw mean incumbents as steps, with a mark where something was complete, and below them paired gains.

    Parameters
    ----------
    lines : polars.DataFrame
        ``label, epochs, mean, low, high``: :func:`simlab.measures.mean_incumbent` with labels.
    marks : polars.DataFrame
        ``label, number, epochs, mean``: what was complete there, by number; ``pass_ends`` is true where the
        corpus had been used up.
    gains : polars.DataFrame
        As ``lines``: incumbent minus that of a baseline after as many epochs, paired by ordering.
    heading : str
    *notes : str
        The subtitle: over what the intervals are, and what the marks say.
    metric : str
        What the incumbent is measured by.
    """
    labels = lines["label"].unique(maintain_order=True).to_list()
    end = [0.0, float(lines.select(pl.max("epochs")).item())]
    x = alt.X(
        "epochs:Q",
        title="Epochs trained",
        axis=alt.Axis(format=",.0f", grid=False, tickCount=8),
        scale=alt.Scale(domain=end, nice=False),
    )
    scale = alt.Scale(domain=_domain(lines), zero=False, nice=False, clamp=True)
    above = [
        *_steps(lines, x, labels, f"Best {metric} so far", scale),
        _marks(marks, x, labels, scale, metric),
    ]
    zero = alt.Chart(gains[:1]).mark_rule(strokeDash=[4, 4], color=QUIET).encode(y=alt.datum(0))
    shown = gains.filter(pl.col("epochs") >= _START * end[1])
    below = [zero, *_steps(shown, x, labels, "Gain over the baseline", alt.Scale(zero=True))]
    chart = alt.VConcatChart(
        vconcat=[
            alt.LayerChart(layer=above, height=300, **_SIZE),
            alt.LayerChart(layer=below, height=150, **_SIZE),
        ],
        title=title(heading, *notes),
    )
    return with_theme(chart)


def _steps(frame: pl.DataFrame, x: alt.X, labels: list[str], name: str, scale: alt.Scale) -> list[alt.Chart]:
    base = alt.Chart(frame).encode(x=x, color=predictor_colour(labels))
    bands = base.mark_area(opacity=0.08, interpolate="step-after").encode(
        y=alt.Y("low:Q", scale=scale, title=name), y2="high:Q"
    )
    lines = base.mark_line(strokeWidth=1.8, interpolate="step-after").encode(y=alt.Y("mean:Q", scale=scale))
    return [bands, lines]


def _marks(frame: pl.DataFrame, x: alt.X, labels: list[str], scale: alt.Scale, metric: str) -> alt.Chart:
    shape = alt.Scale(domain=[False, True], range=["triangle-up", "diamond"])
    points: alt.Chart = (
        alt.Chart(frame)
        .mark_point(filled=True, opacity=1)
        .encode(
            x=x,
            y=alt.Y("mean:Q", scale=scale),
            color=predictor_colour(labels),
            shape=alt.Shape("pass_ends:N", scale=shape, legend=None),
            size=alt.when("datum.pass_ends").then(alt.value(170)).otherwise(alt.value(30)),
            tooltip=[
                alt.Tooltip("label:N", title="strategy"),
                alt.Tooltip("number:Q", title="runs complete"),
                alt.Tooltip("epochs:Q", title="epochs", format=",.0f"),
                alt.Tooltip("mean:Q", title=f"best {metric}", format=".4f"),
            ],
        )
    )
    return points


def _domain(frame: pl.DataFrame) -> list[float]:
    """Return the range of the values once the steep start is over; what lies below is drawn at the edge."""
    late = frame.filter(pl.col("epochs") >= _START * pl.col("epochs").max())
    low, high = late.select(low=pl.min("mean"), high=pl.max("mean")).row(0)
    margin = 0.25 * (high - low)
    return [low - margin, high + margin]
