"""An overview to choose a setting by: speedup, recovery and regret of every run, side by side."""

from __future__ import annotations

import math
from typing import Any, Final

import altair as alt
import polars as pl

from simlab.charts.texts import mean_text, proportion_text, run_labels
from simlab.charts.theme import INK, PALETTE, QUIET, title, with_theme
from simlab.measures.preference import REQUIRED_SHARE, candidates, prefer
from simlab.simulator import SimulationResult

_ROW_HEIGHT: Final = 20


def overview_frame(result: SimulationResult) -> pl.DataFrame:
    """Return one row per run, fastest first: figures, bounds of their intervals, and texts for tooltips.

    Parameters
    ----------
    result : SimulationResult

    Returns
    -------
    polars.DataFrame
        ``setting`` (unique name), ``kind`` (preferred, candidate, bound), ``speedup``, ``recovery`` and
        ``recovery_within_se`` with ``_low`` and ``_high``, ``ceiling``, ``regret``.
    """
    runs = result.summaries
    chosen, possible = prefer(runs), candidates(runs)
    rows: list[dict[str, Any]] = []
    for run, label in zip(runs, run_labels(runs), strict=True):
        within = run.recovery_within_se
        rows.append(
            {
                "run": run.run,
                "setting": label,
                "kind": "preferred" if run is chosen else "candidate" if run in possible else "bound",
                "speedup": run.speedup.mean,
                "speedup_low": run.speedup.low,
                "speedup_high": run.speedup.high,
                "ceiling": run.ceiling,
                "recovery": run.recovery.share,
                "recovery_low": run.recovery.low,
                "recovery_high": run.recovery.high,
                "recovery_within_se": within.share if within else None,
                "regret": run.regret,
                "speedup_text": mean_text(run.speedup),
                "recovery_text": proportion_text(run.recovery),
                "within_se_text": proportion_text(within),
            }
        )
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return frame.with_columns(pl.col("speedup_low", "speedup_high").fill_nan(None)).sort(
        "speedup", descending=True, maintain_order=True
    )


def off_scale(frame: pl.DataFrame) -> pl.Series:
    """Return a mask of bounds that exceed every candidate's ceiling, such as an oracle without a burn-in.

    Drawn, they would push all that can be chosen from into a corner.

    Parameters
    ----------
    frame : polars.DataFrame
        As :func:`overview_frame` returns it.
    """
    bound = frame["kind"] == "bound"
    highest = frame.filter(~bound).select(pl.max_horizontal("ceiling", "speedup")).max().item()
    return bound & (frame["speedup"] > (math.inf if highest is None else highest))


def regret_frame(result: SimulationResult) -> pl.DataFrame:
    """Return the regret per setting and ordering, where anything completed."""
    names = pl.DataFrame({"run": range(len(result.summaries)), "setting": run_labels(result.summaries)})
    measured = result.per_ordering.select(pl.col("run").cast(pl.Int64), "ordering", "regret")
    return measured.join(names, on="run", maintain_order="left").drop_nulls("regret")


def speedup_and_recovery(result: SimulationResult) -> alt.HConcatChart:
    """Draw speedup, recovery and regret of every setting, fastest first, with their spread over orderings.

    Read from the top: the first setting whose recovery is good enough is the one to switch on.

    Parameters
    ----------
    result : SimulationResult

    Returns
    -------
    altair.HConcatChart
    """
    everything = overview_frame(result)
    frame = everything.filter(~off_scale(everything))
    order = frame["setting"].to_list()
    panels = [
        _speedup_panel(frame, order),
        _recovery_panel(frame, order),
        _regret_panel(frame, result, order),
    ]
    level, orderings = result.provenance["level"], result.summaries[0].orderings
    chart = alt.hconcat(*panels, spacing=18).properties(
        title=title(
            f"What every setting saves and loses on {result.provenance['corpus']}, fastest first",
            f"Mean speedup of {orderings} random orderings, {level:.0%} t interval; share of them that "
            f"recovered the best, {level:.0%} Clopper-Pearson interval;",
            "regret of each ordering ( | ) and its mean. Grey: baseline and bounds, no candidates.",
            "Blue: preferred, the fastest with a recovery (within one SE, where known) of "
            f"{REQUIRED_SHARE:.0%} or more (dashed).",
            *(
                f"Off the scale: {setting}, with a speedup of {speedup}."
                for setting, speedup in everything.filter(off_scale(everything))
                .select("setting", "speedup_text")
                .rows()
            ),
        )
    )
    return with_theme(chart)


def _base(frame: pl.DataFrame, order: list[str], *, named: bool = False) -> alt.Chart:
    """Return a panel with one row per setting; only the leftmost names them."""
    axis = alt.Axis(title=None, labels=named, ticks=False, domain=False, grid=True, labelLimit=280)
    colour = alt.Color(
        "kind:N",
        legend=None,
        scale=alt.Scale(domain=["preferred", "candidate", "bound"], range=[PALETTE[0], INK, "#A0A0A0"]),
    )
    tooltip = [
        alt.Tooltip("setting:N"),
        alt.Tooltip("speedup_text:N", title="speedup"),
        alt.Tooltip("ceiling:Q", title="ceiling", format=".2f"),
        alt.Tooltip("recovery_text:N", title="best recovered, [%]"),
        alt.Tooltip("within_se_text:N", title="within one SE, [%]"),
        alt.Tooltip("regret:Q", title="mean regret", format=".4f"),
    ]
    chart = alt.Chart(frame).properties(height=alt.Step(_ROW_HEIGHT))
    return chart.encode(y=alt.Y("setting:N", sort=order, axis=axis), color=colour, tooltip=tooltip)


def _speedup_panel(frame: pl.DataFrame, order: list[str]) -> alt.LayerChart:
    base = _base(frame, order, named=True)
    shown = base.encode(
        x=alt.X("speedup:Q", title="Speedup in epochs ( | ceiling)", axis=alt.Axis(tickCount=6))
    )
    return alt.LayerChart(
        layer=[
            shown.mark_tick(thickness=1.5, height=13)
            .encode(x="ceiling:Q", color=alt.value(QUIET))
            .transform_filter("datum.kind != 'bound'"),
            shown.mark_rule(strokeWidth=1.5).encode(x="speedup_low:Q", x2="speedup_high:Q"),
            shown.mark_point(filled=True, size=55, opacity=1),
        ],
        width=260,
    )


def _recovery_panel(frame: pl.DataFrame, order: list[str]) -> alt.LayerChart:
    base = _base(frame, order)
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    shown = base.encode(
        x=alt.X("recovery:Q", title="Recovered ( ○ within one SE)", axis=axis, scale=alt.Scale(domain=[0, 1]))
    )
    required = alt.Chart().mark_rule(strokeDash=[6, 4], color=QUIET).encode(x=alt.datum(REQUIRED_SHARE))
    return alt.LayerChart(
        layer=[
            required,
            shown.mark_rule(strokeWidth=1.5).encode(x="recovery_low:Q", x2="recovery_high:Q"),
            shown.mark_point(filled=False, size=75, opacity=1, strokeWidth=1.3).encode(
                x="recovery_within_se:Q"
            ),
            shown.mark_point(filled=True, size=45, opacity=1),
        ],
        width=220,
    )


def _regret_panel(frame: pl.DataFrame, result: SimulationResult, order: list[str]) -> alt.LayerChart:
    axis = alt.Axis(labelFlush=False, tickCount=4)
    shown = regret_frame(result).filter(pl.col("setting").is_in(order))
    per_ordering = _base(shown, order).encode(
        color=alt.value(QUIET),
        x=alt.X("regret:Q", title=f"Regret ({result.metric.name})", axis=axis),
        tooltip=[alt.Tooltip("setting:N"), alt.Tooltip("ordering:Q"), alt.Tooltip("regret:Q", format=".4f")],
    )
    mean = _base(frame, order).encode(x="regret:Q")
    return alt.LayerChart(
        layer=[
            per_ordering.mark_tick(height=9, thickness=1, opacity=0.5),
            mean.mark_point(filled=True, size=45, opacity=1),
        ],
        width=200,
    )
