"""Critical-difference diagram: average ranks of policies, and which of them cannot be told apart."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from simlab.charts.theme import INK, PALETTE, QUIET, title, with_theme
from simlab.measures import AverageRanks

_ROW: Final = 22


def critical_difference_diagram(ranking: AverageRanks, heading: str, *notes: str) -> alt.LayerChart:
    """Draw average ranks from the best (left) to the worst; bars join policies that cannot be told apart.

    After Demsar (2006), with one row for each policy, so that names stay legible.

    Parameters
    ----------
    ranking : AverageRanks
    heading : str
    *notes : str
        The subtitle, above what is said of the tests.
    """
    k = len(ranking.names)
    points = pl.DataFrame({"name": ranking.names, "rank": ranking.ranks, "row": range(k)})
    groups = ranking.groups()
    place = {name: row for row, name in enumerate(ranking.names)}
    bars = pl.DataFrame(
        {
            "low": [ranking.ranks[place[group[0]]] for group in groups],
            "high": [ranking.ranks[place[group[-1]]] for group in groups],
            "row": [k - 0.35 + 0.45 * number for number in range(len(groups))],
        },
        schema={"low": pl.Float64, "high": pl.Float64, "row": pl.Float64},
    )
    chart = alt.LayerChart(
        layer=[*_points(points, k, k + 0.45 * len(groups)), _bars(bars)],
        width=560,
        height=_ROW * (k + len(groups) * 0.45 + 0.6),
        title=title(heading, *notes, *_told(ranking)),
    )
    return with_theme(chart)


def _points(points: pl.DataFrame, k: int, bottom: float) -> list[alt.Chart]:
    x = alt.X(
        "rank:Q",
        title="Average rank (1 is best)",
        scale=alt.Scale(domain=[1, k], nice=False),
        axis=alt.Axis(tickMinStep=1, orient="top"),
    )
    y = alt.Y("row:Q", axis=None, scale=alt.Scale(domain=[-0.6, bottom], reverse=True, nice=False))
    base = alt.Chart(points).encode(
        x=x, y=y, tooltip=[alt.Tooltip("name:N"), alt.Tooltip("rank:Q", format=".2f")]
    )
    text = base.mark_text(align="left", dx=9, fontSize=12, color=INK).encode(text="told:N")
    left = pl.col("rank") > (1 + k) / 2  # the label goes where there is room
    told = points.with_columns(told=pl.format("{}  {}", "name", pl.col("rank").round(2)), left=left)
    return [
        base.mark_point(filled=True, size=70, opacity=1, color=PALETTE[0]),
        text.properties(data=told.filter(~left)),
        base.mark_text(align="right", dx=-9, fontSize=12, color=INK)
        .encode(text="told:N")
        .properties(data=told.filter(left)),
    ]


def _bars(bars: pl.DataFrame) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(bars).mark_rule(strokeWidth=4, color=QUIET).encode(x="low:Q", x2="high:Q", y="row:Q")
    )
    return chart


def _told(ranking: AverageRanks) -> list[str]:
    return [
        (
            f"Ranked on {ranking.blocks} corpora, each a block (mean over its orderings, which are not "
            "independent)."
        ),
        (
            f"Friedman: p = {ranking.p_value:.3g}. Grey bars join what differs by less than the critical "
            f"difference of {ranking.critical_difference:.2f} (Nemenyi)."
        ),
    ]
