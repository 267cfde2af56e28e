"""Average rank of policies against the budget."""

from __future__ import annotations

import altair as alt
import polars as pl

from simlab.charts.theme import predictor_colour, title, with_theme


def rank_over_budget(frame: pl.DataFrame, heading: str, *notes: str) -> alt.Chart:
    """Draw average rank against budget, the best on top.

    Parameters
    ----------
    frame : polars.DataFrame
        ``label, budget`` (share of the epochs of training everything), ``rank``.
    heading : str
    *notes : str
        The subtitle: what the ranks are averages of.
    """
    labels = frame["label"].unique(maintain_order=True).to_list()
    lines: alt.Chart = (
        alt.Chart(frame)
        .mark_line(strokeWidth=1.8, point=alt.OverlayMarkDef(size=26))
        .encode(
            x=alt.X(
                "budget:Q",
                title="Budget, share of the epochs of the whole corpus",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(
                    format="%", values=sorted(frame["budget"].unique()), grid=False, labelOverlap=True
                ),
            ),
            y=alt.Y(
                "rank:Q",
                title="Average rank (1 is best)",
                scale=alt.Scale(domain=[1, len(labels)], reverse=True, nice=False),
            ),
            color=predictor_colour(labels),
            tooltip=[
                alt.Tooltip("label:N", title="policy"),
                alt.Tooltip("budget:Q", format=".1%"),
                alt.Tooltip("rank:Q", format=".2f"),
            ],
        )
        .properties(width=560, height=300, title=title(heading, *notes))
    )
    return with_theme(lines)
