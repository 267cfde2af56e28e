"""The recorded learning curves, and where a run stopped them."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.charts.texts import run_labels
from simlab.charts.theme import FAINT, INK, PALETTE, title, with_theme
from simlab.corpus import Corpus
from simlab.errors import SettingError
from simlab.measures.preference import candidates, prefer
from simlab.simulator import SimulationResult

#: Curves drawn at most: more are neither legible nor, beyond 5,000, accepted by Altair.
MAX_CURVES: Final = 300
#: What became of a curve, and its colour. Of a censored or failed one nothing more was recorded.
OUTCOME_COLOURS: Final = {
    "completed": PALETTE[0],
    "stopped": PALETTE[1],
    "diverged": PALETTE[3],
    "censored": PALETTE[4],
    "failed": INK,
}


def curves_frame(corpus: Corpus, limit: int = MAX_CURVES) -> pl.DataFrame:
    """Return one row per curve, the values in lists: all curves, or a sample evenly spaced by final value.

    Parameters
    ----------
    corpus : Corpus
    limit : int
        Curves to return at most; the best one is among them. Configurations without an epoch have no curve.

    Returns
    -------
    polars.DataFrame
        ``config_id``, ``status``, ``final_value`` (null where unknown), ``epochs`` and ``values`` (lists),
        sorted from the best final value to the worst.
    """
    chosen = _sample(corpus, limit)
    lengths = corpus.lengths[chosen].tolist()
    final = corpus.final_values[chosen]
    return pl.DataFrame(
        {
            "config_id": corpus.config_ids[chosen].tolist(),
            "status": corpus.status[chosen].tolist(),
            "final_value": pl.Series(final).fill_nan(None),
            "epochs": [list(range(1, length + 1)) for length in lengths],
            "values": [
                corpus.values[row, :length].tolist() for row, length in zip(chosen, lengths, strict=True)
            ],
        }
    )


def stopped_curves_frame(
    corpus: Corpus, result: SimulationResult, *, run: int, ordering: int, limit: int = MAX_CURVES
) -> pl.DataFrame:
    """Return :func:`curves_frame` with what one run made of each curve.

    Parameters
    ----------
    corpus : Corpus
        The one that was simulated.
    result : SimulationResult
    run, ordering : int
    limit : int

    Returns
    -------
    polars.DataFrame
        Adds ``outcome``, ``trained`` (epochs) and ``last_value`` (null where no epoch was trained).

    Raises
    ------
    SettingError
        If the corpus is another one, or there is no such run or ordering.
    """
    _check(corpus, result, run, ordering)
    trials = result.trials.filter((pl.col("run") == run) & (pl.col("ordering") == ordering))
    told = trials.select("config_id", "outcome", "position", pl.col("epochs").alias("trained"), "last_value")
    return curves_frame(corpus, limit).join(told, on="config_id", how="left", maintain_order="left")


def run_to_show(result: SimulationResult) -> int:
    """Return the preferred run, else the safest candidate, else the first."""
    runs = result.summaries
    chosen = prefer(runs) or max(candidates(runs), key=lambda run: run.recovery.share, default=runs[0])
    return chosen.run


def learning_curves(
    corpus: Corpus, result: SimulationResult | None = None, ordering: int = 0, run: int | None = None
) -> alt.Chart | alt.LayerChart:
    """Draw the learning curves of a corpus; with a result, where one run stopped them on one ordering.

    Parameters
    ----------
    corpus : Corpus
    result : SimulationResult, optional
        A simulation on this corpus.
    ordering : int
    run : int, optional
        Place of the policy in the list that was simulated; by default the preferred one (`run_to_show`).

    Returns
    -------
    altair.Chart or altair.LayerChart

    Raises
    ------
    SettingError
        If the result belongs to another corpus, or has no such run or ordering.
    """
    if result is None:
        return with_theme(_plain_chart(corpus))
    return with_theme(_stopped_chart(corpus, result, run_to_show(result) if run is None else run, ordering))


def _plain_chart(corpus: Corpus) -> alt.Chart:
    frame = curves_frame(corpus)
    colour = outcome_colour("status", frame["status"].unique().to_list())
    faded = alt.when("datum.status == 'completed'").then(alt.value(0.25)).otherwise(alt.value(0.9))
    lines = curve_lines(frame, corpus).encode(color=colour, opacity=faded)
    heading = title(f"Learning curves of {corpus.name}", sample_text(corpus, frame))
    return lines.properties(width=620, height=360, title=heading)


def _stopped_chart(corpus: Corpus, result: SimulationResult, run: int, ordering: int) -> alt.LayerChart:
    frame = stopped_curves_frame(corpus, result, run=run, ordering=ordering)
    counts = result.trials.filter((pl.col("run") == run) & (pl.col("ordering") == ordering))["outcome"]
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.value_counts().rows()))
    heading = title(
        f"Where {run_labels(result.summaries)[run]} stops the curves of {corpus.name}",
        f"Ordering {ordering}: {told}. Grey: recorded, but not trained.",
        sample_text(corpus, frame),
    )
    return alt.LayerChart(layer=stopped_layers(frame, corpus), width=620, height=360, title=heading)


def stopped_layers(frame: pl.DataFrame, corpus: Corpus) -> list[alt.Chart]:
    """Return three layers: what was recorded, what of it was trained, and where that stopped."""
    colour = outcome_colour("outcome", frame["outcome"].unique().to_list())
    untrained = curve_lines(frame, corpus).mark_line(strokeWidth=1, color=FAINT, opacity=0.4)
    trained = curve_lines(frame, corpus).transform_filter("datum.epoch <= datum.trained").encode(color=colour)
    stops = (
        alt.Chart(frame)
        .transform_filter("datum.outcome == 'stopped'")
        .mark_circle(size=16, opacity=0.8)
        .encode(x="trained:Q", y="last_value:Q", color=colour, tooltip=curve_tooltip(frame, corpus))
    )
    return [untrained, trained, stops]


def curve_lines(frame: pl.DataFrame, corpus: Corpus) -> alt.Chart:
    """Return a chart with one line per row of a frame of curves."""
    epochs = alt.Scale(domain=[1, max(corpus.n_epochs, 2)], nice=False)
    values = alt.Scale(domain=[np.nanmin(corpus.values), np.nanmax(corpus.values)], zero=False, nice=True)
    lines: alt.Chart = (
        alt.Chart(frame)
        .transform_flatten(["epochs", "values"], ["epoch", "value"])
        .mark_line(strokeWidth=1, opacity=0.5)
        .encode(
            x=alt.X("epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, grid=False), scale=epochs),
            y=alt.Y("value:Q", title=corpus.metric.name.capitalize(), scale=values),
            detail="config_id:N",
            tooltip=curve_tooltip(frame, corpus),
        )
    )
    return lines


def curve_tooltip(frame: pl.DataFrame, corpus: Corpus) -> list[alt.Tooltip]:
    """Return what a curve tells when pointed at."""
    tips = [alt.Tooltip("config_id:N", title="configuration"), alt.Tooltip("status:N")]
    tips += [alt.Tooltip("final_value:Q", title=f"final {corpus.metric.name}", format=".4f")]
    if "trained" in frame.columns:
        tips += [alt.Tooltip("outcome:N"), alt.Tooltip("trained:Q", title="epochs trained")]
        tips += [alt.Tooltip("last_value:Q", title="value then", format=".4f")]
        tips += [alt.Tooltip("position:Q", title="place in the ordering")]
    return tips


def outcome_colour(field: str, present: list[str]) -> alt.Color:
    """Return the colours of the outcomes (or statuses) that are present."""
    shown = [name for name in OUTCOME_COLOURS if name in present]
    scale = alt.Scale(domain=shown, range=[OUTCOME_COLOURS[name] for name in shown])
    legend = alt.Legend(symbolOpacity=1, symbolStrokeWidth=2)
    return alt.Color(f"{field}:N", title=field.capitalize(), scale=scale, legend=legend)


def _sample(corpus: Corpus, limit: int) -> npt.NDArray[np.int64]:
    """Return indices of curves, best final value first, evenly spaced where there are too many."""
    scores = np.where(np.isfinite(corpus.final_scores), corpus.final_scores, -np.inf)
    ranked = np.argsort(-scores, kind="stable")
    ranked = ranked[corpus.lengths[ranked] > 0]
    if len(ranked) <= limit:
        return ranked
    return ranked[np.linspace(0, len(ranked) - 1, limit).round().astype(np.int64)]


def sample_text(corpus: Corpus, frame: pl.DataFrame) -> str:
    """Say how many of the curves are drawn, and which."""
    if frame.height == np.count_nonzero(corpus.lengths):
        return f"All {frame.height:,} curves."
    return f"{frame.height:,} of {len(corpus):,} curves, evenly spaced by final value, the best included."


def _check(corpus: Corpus, result: SimulationResult, run: int, ordering: int) -> None:
    told: dict[str, Any] = dict(result.provenance)
    if told["corpus_sha256"] != corpus.digest:
        raise SettingError(
            f"the result was simulated on another corpus ({told['corpus']}) than {corpus.name}"
        )
    for name, value, count in (
        ("run", run, len(told["policies"])),
        ("ordering", ordering, told["orderings"]),
    ):
        if not 0 <= value < count:
            raise SettingError(f"{name} must lie between 0 and {count - 1}, not {value}")
