"""What a run made of every trial; brushing some of them shows their learning curves."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import polars as pl

from simlab.charts.learning_curves import (
    curve_tooltip,
    outcome_colour,
    run_to_show,
    stopped_curves_frame,
    stopped_layers,
)
from simlab.charts.texts import run_labels
from simlab.charts.theme import QUIET, small_title, title, with_theme
from simlab.corpus import Corpus
from simlab.simulator import SimulationResult

#: Trials drawn at most: brushing has to stay quick.
MAX_TRIALS: Final = 1000
#: Neighbouring trials are set apart by up to this much of an epoch to either side.
_JITTER: Final = 0.35


def trials_frame(
    corpus: Corpus, result: SimulationResult, *, run: int, ordering: int, limit: int = MAX_TRIALS
) -> pl.DataFrame:
    """Return one row per trial that has a final value: its curve, its outcome, and where its dot is drawn.

    Parameters
    ----------
    corpus : Corpus
    result : SimulationResult
    run, ordering : int
    limit : int

    Returns
    -------
    polars.DataFrame
        As :func:`simlab.charts.learning_curves.stopped_curves_frame`, and ``dot``: epochs trained, moved
        aside in a fixed pattern so that dots do not hide each other.
    """
    frame = stopped_curves_frame(corpus, result, run=run, ordering=ordering, limit=limit)
    aside = (pl.int_range(pl.len()) * 4 % 15 / 7 - 1) * _JITTER
    values = pl.col("values").list.eval(pl.element().round_sig_figs(6))
    return frame.drop_nulls("final_value").with_columns(
        values, (pl.col("trained") + aside).round(3).alias("dot")
    )


def trials_and_curves(
    corpus: Corpus, result: SimulationResult, ordering: int = 0, run: int | None = None
) -> alt.HConcatChart:
    """Draw every trial by epochs trained and final value; dragging over some shows their curves alone.

    Parameters
    ----------
    corpus : Corpus
        The one that was simulated.
    result : SimulationResult
    ordering : int
    run : int, optional
        By default the preferred one, see :func:`simlab.charts.learning_curves.run_to_show`.

    Returns
    -------
    altair.HConcatChart

    Raises
    ------
    SettingError
        If the result belongs to another corpus, or has no such run or ordering.
    """
    run = run_to_show(result) if run is None else run
    frame = trials_frame(corpus, result, run=run, ordering=ordering)
    unknown = np.count_nonzero(~np.isfinite(corpus.final_values))
    shown = f"{frame.height:,} of {len(corpus):,} trials" + (
        f"; {unknown} censored or failed ones have no final value." if unknown else "."
    )
    brush = alt.selection_interval(name="brush")
    curves = alt.LayerChart(
        layer=[layer.transform_filter(brush) for layer in stopped_layers(frame, corpus)],
        width=400,
        height=340,
        title=small_title("Their learning curves"),
    )
    chart = alt.hconcat(_dots(frame, corpus, brush), curves).properties(
        title=title(
            f"What {run_labels(result.summaries)[run]} made of every trial on {corpus.name}",
            "Drag over dots on the left to see their curves alone on the right; double-click to see all.",
            f"Ordering {ordering}. {shown}",
        )
    )
    return with_theme(chart)


def _dots(frame: pl.DataFrame, corpus: Corpus, brush: alt.Parameter) -> alt.LayerChart:
    colour = outcome_colour("outcome", frame["outcome"].unique().to_list())
    name = corpus.metric.name
    axis, scale = alt.Axis(tickMinStep=1, grid=False), alt.Scale(domain=[0, corpus.n_epochs + 1], nice=False)
    dots = (
        alt.Chart(frame)
        .mark_circle(size=30)
        .encode(
            x=alt.X("dot:Q", title="Epochs trained (dots set apart)", axis=axis, scale=scale),
            y=alt.Y(
                "final_value:Q",
                title=f"Final {name}, reached or missed",
                scale=alt.Scale(zero=False, padding=14),
            ),
            color=alt.when(brush).then(colour).otherwise(alt.value("#DDDDDD")),
            opacity=alt.value(0.7),
            tooltip=curve_tooltip(frame, corpus),
        )
        .add_params(brush)
    )
    best = alt.Chart().mark_rule(strokeDash=[6, 4], color=QUIET).encode(y=alt.datum(corpus.best_value))
    label = best.mark_text(align="left", x=4, dy=-7, fontSize=11, color=QUIET).encode(
        text=alt.value(f"best: {corpus.best_value:.4g}")
    )
    return alt.LayerChart(layer=[best, label, dots], width=330, height=340, title=small_title("Every trial"))
