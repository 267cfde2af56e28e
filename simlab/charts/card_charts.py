"""The charts on the card of a corpus: some of its curves, and what their first quarter says of their end."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import altair as alt
import numpy as np
import polars as pl

from simlab.charts.learning_curves import curve_lines, curves_frame, outcome_colour, sample_text
from simlab.charts.saving import svg_text
from simlab.charts.theme import FAINT, PALETTE, QUIET, title, with_theme
from simlab.corpus import Corpus, read_corpus
from simlab.corpus.schema import COMPLETED
from simlab.corpus.storage import write_card_files

#: Curves and dots drawn at most: they stay legible, and a file below 150 kB.
MAX_CURVES: Final = 60
MAX_DOTS: Final = 400
#: The early epoch of the second chart, as a share of all.
EARLY: Final = 0.25
_BINS: Final = 25


def refresh_card(folder: str | Path) -> Corpus:
    """Draw the charts of a corpus folder and write card and croissant.json anew; the tables stay as they are.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Corpus

    Raises
    ------
    CorpusError
        If the folder holds no sound corpus.
    """
    folder = Path(folder)
    corpus = read_corpus(folder)
    charts = {name: svg_text(chart) for name, chart in draw_card_charts(corpus).items()}
    write_card_files(folder, corpus, charts)
    return corpus


def draw_card_charts(corpus: Corpus) -> dict[str, alt.Chart | alt.HConcatChart]:
    """Draw the card's charts, by the name of their file.

    Parameters
    ----------
    corpus : Corpus

    Examples
    --------
    >>> frame = pl.DataFrame({"run": [1, 1, 2, 2], "epoch": [1, 2, 1, 2], "acc": [0.1, 0.4, 0.2, 0.3]})
    >>> corpus = Corpus.from_frame(frame, config_id="run", epoch="epoch", value="acc", direction="maximize")
    >>> list(draw_card_charts(corpus))
    ['learning-curves.svg', 'early-and-final-values.svg']
    """
    charts: dict[str, alt.Chart | alt.HConcatChart] = {"learning-curves.svg": sample_of_curves(corpus)}
    if early_frame(corpus)[0].height:
        charts["early-and-final-values.svg"] = early_and_final_values(corpus)
    return charts


def sample_of_curves(corpus: Corpus) -> alt.Chart:
    """Draw some of the curves, coloured by final value where all of them completed, else by status.

    Parameters
    ----------
    corpus : Corpus
    """
    frame = curves_frame(corpus, MAX_CURVES)
    statuses = frame["status"].unique().to_list()
    colour = outcome_colour("status", statuses) if statuses != [COMPLETED] else _by_final_value(corpus)
    lines = curve_lines(frame, corpus).mark_line(strokeWidth=1, opacity=0.7, aria=False)
    chart: alt.Chart = lines.encode(color=colour, tooltip=alt.Tooltip()).properties(
        width=560,
        height=320,
        title=title(f"Learning curves of {corpus.name}", sample_text(corpus, frame)),
    )
    return with_theme(chart)


def _by_final_value(corpus: Corpus) -> alt.Color:
    # Symbols: the gradient of the usual legend gets a new id, and so other bytes, each time it is drawn.
    legend = alt.Legend(type="symbol", titleLimit=200, symbolOpacity=1, symbolStrokeWidth=2)
    scale = alt.Scale(scheme="viridis", reverse=corpus.metric.direction == "maximize")  # the best is darkest
    return alt.Color("final_value:Q", title=f"Final {corpus.metric.name}", legend=legend, scale=scale)


def early_frame(corpus: Corpus) -> tuple[pl.DataFrame, int]:
    """Return early and final value of the completed curves that reach the early epoch, and that epoch."""
    epoch = max(1, round(EARLY * corpus.n_epochs))
    rows = corpus.completed[corpus.lengths[corpus.completed] >= epoch]
    frame = pl.DataFrame({"early": corpus.values[rows, epoch - 1], "final": corpus.final_values[rows]})
    return frame.sort("final", "early"), epoch


def early_and_final_values(corpus: Corpus) -> alt.HConcatChart:
    """Draw the final values against those at a quarter of the epochs, and how the final values spread.

    Parameters
    ----------
    corpus : Corpus
        Its completed curves are drawn; of many, a sample evenly spaced by final value (the bars count all).
    """
    frame, epoch = early_frame(corpus)
    spaced = np.linspace(0, frame.height - 1, min(frame.height, MAX_DOTS)).round().astype(np.int64)
    drawn = f"All {frame.height:,}" if len(spaced) == frame.height else f"{len(spaced):,} of {frame.height:,}"
    heading = title(
        f"What epoch {epoch} of {corpus.n_epochs} says of the end on {corpus.name}",
        f"{drawn} completed curves; dashed: no change. Bars count all.",
    )
    low, high = (float(one) for one in (frame.to_numpy().min(), frame.to_numpy().max()))
    scale = alt.Scale(domain=[low, high], zero=False, nice=True)
    panels = alt.hconcat(_dots(frame[spaced], corpus, epoch, scale), _bars(frame, scale), spacing=12)
    return with_theme(panels.properties(title=heading))


def _dots(frame: pl.DataFrame, corpus: Corpus, epoch: int, scale: alt.Scale) -> alt.LayerChart:
    metric = corpus.metric.name
    early = alt.X(
        "early:Q", title=f"{metric.capitalize()} at epoch {epoch}", scale=scale, axis=alt.Axis(tickCount=6)
    )
    final = alt.Y("final:Q", title=f"Final {metric}", scale=scale)
    dots = (
        alt.Chart(frame)
        .mark_circle(size=18, opacity=0.5, color=PALETTE[0], aria=False)
        .encode(x=early, y=final)
    )
    corners = pl.DataFrame({"early": scale.domain, "final": scale.domain})
    same = alt.Chart(corners).mark_line(strokeDash=[6, 4], strokeWidth=1, color=QUIET)
    return alt.LayerChart(layer=[same.encode(x=early, y=final), dots], width=340, height=320)


def _bars(frame: pl.DataFrame, scale: alt.Scale) -> alt.Chart:
    # Counted here: Altair takes 5,000 rows at most.
    counts, edges = np.histogram(frame["final"].to_numpy(), bins=_BINS, range=tuple(scale.domain))
    bars: alt.Chart = (
        alt.Chart(pl.DataFrame({"count": counts, "low": edges[:-1], "high": edges[1:]}))
        .mark_bar(color=FAINT, stroke="white", strokeWidth=0.5, aria=False)
        .encode(
            x=alt.X("count:Q", title="Curves", axis=alt.Axis(tickCount=3)),
            x2=alt.datum(0),
            y=alt.Y("low:Q", title=None, axis=None, scale=scale),
            y2="high:Q",
        )
        .properties(width=110, height=320)
    )
    return bars
