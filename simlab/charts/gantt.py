"""Gantt chart: what every worker did on the simulated clock, and how each job ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import altair as alt
import polars as pl

from simlab.charts.learning_curves import OUTCOME_COLOURS
from simlab.charts.theme import FAINT, INK, PALETTE, title, with_theme
from simlab.errors import SettingError

#: Bars drawn at most: Altair takes 5,000 rows.
MAX_JOBS: Final = 4000
_BEGINS: Final = ("started", "resumed", "restarted")
_COLOURS: Final = OUTCOME_COLOURS | {
    "paused": PALETTE[5],
    "unfinished": FAINT,
    "worker failed": PALETTE[2],
    "still running": FAINT,
}


def jobs_frame(events: pl.DataFrame, until: float | None = None) -> pl.DataFrame:
    """Return one row per job: who ran it, from when to when, and how it ended.

    Parameters
    ----------
    events : polars.DataFrame
        As in :class:`simlab.SimulationResult`.
    until : float, optional
        Moment of the simulated clock at which the frame is cut off; a job that goes on beyond it is ``still
        running``.

    Returns
    -------
    polars.DataFrame
        ``run, ordering, worker, config_id, kind`` (started, resumed, restarted), ``start, end, first, last``
        (epochs reached before and after it), ``outcome``; in the order of starting.

    Examples
    --------
    >>> told = {"time": [0.0, 2.0, 2.0], "event": ["started", "epoch ended", "paused"], "epoch": [0, 1, 1]}
    >>> events = pl.DataFrame({"run": 0, "ordering": 0, "worker": 0, "config_id": "a"} | told)
    >>> jobs_frame(events).select("start", "end", "last", "outcome").rows()
    [(0.0, 2.0, 1, 'paused')]
    """
    keys = ("run", "ordering", "worker")
    turns = events.filter(pl.col("event") != "epoch ended").select(
        *keys,
        "config_id",
        kind="event",
        start="time",
        end=pl.col("time").shift(-1).over(keys),
        first="epoch",
        last=pl.col("epoch").shift(-1).over(keys),
        outcome=pl.col("event").shift(-1).over(keys),
    )
    jobs = turns.filter(pl.col("kind").is_in(_BEGINS))
    if until is None:
        return jobs
    cut = pl.col("end") > until
    return jobs.filter(pl.col("start") < until).with_columns(
        end=pl.min_horizontal("end", pl.lit(until)),
        outcome=pl.when(cut).then(pl.lit("still running")).otherwise("outcome"),
    )


def gantt(
    jobs: pl.DataFrame, labels: Sequence[str], unit: str, heading: str, *notes: str
) -> alt.VConcatChart:
    """Draw one panel for each run: workers from top to bottom, simulated time from left to right.

    Parameters
    ----------
    jobs : polars.DataFrame
        As :func:`jobs_frame` returns it, of one ordering.
    labels : sequence of str
        What to call the runs, by number.
    unit : str
        Of the simulated clock.
    heading : str
    *notes : str
        The subtitle.

    Raises
    ------
    SettingError
        If there are more jobs than can be drawn.
    """
    if jobs.height > MAX_JOBS:
        raise SettingError(f"{jobs.height:,} jobs are too many to draw ({MAX_JOBS:,} at most); cut time off")
    outcomes = [name for name in _COLOURS if name in jobs["outcome"].unique().to_list()]
    colour = alt.Color(
        "outcome:N",
        title="Job ended",
        scale=alt.Scale(domain=outcomes, range=[_COLOURS[name] for name in outcomes]),
    )
    span = alt.Scale(domain=[0.0, float(jobs.select(pl.max("end")).item())], nice=False)
    panels = [
        _panel(jobs.filter(run=run), labels[run], colour, alt.X("start:Q", title=None, scale=span))
        for run in sorted(jobs["run"].unique())
    ]
    panels[-1].encoding.x.title = f"Simulated time ({unit})"
    return with_theme(alt.VConcatChart(vconcat=panels, spacing=10, title=title(heading, *notes)))


def _panel(jobs: pl.DataFrame, label: str, colour: alt.Color, x: alt.X) -> alt.Chart:
    panel: alt.Chart = (
        alt.Chart(jobs, title=alt.TitleParams(label, fontSize=12, fontWeight=500, offset=4))
        .mark_bar(stroke="white", strokeWidth=0.4, color=INK)
        .encode(
            x=x,
            x2="end:Q",
            y=alt.Y("worker:O", title="Worker", axis=alt.Axis(grid=False, ticks=False)),
            color=colour,
            tooltip=[
                alt.Tooltip("config_id:N", title="configuration"),
                alt.Tooltip("kind:N", title="began as"),
                alt.Tooltip("first:Q", title="epochs before"),
                alt.Tooltip("last:Q", title="epochs after"),
                alt.Tooltip("outcome:N", title="ended"),
                alt.Tooltip("start:Q", format=",.1f"),
                alt.Tooltip("end:Q", format=",.1f"),
            ],
        )
        .properties(width=760, height=alt.Step(14))
    )
    return panel
