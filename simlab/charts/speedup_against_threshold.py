"""Figure 4 of the paper: speedup against the threshold, one line per variant of the rule."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import polars as pl

from simlab.charts.texts import mean_text, proportion_text, variant_labels
from simlab.charts.theme import PALETTE, QUIET, title, with_theme
from simlab.errors import SettingError
from simlab.simulator import SimulationResult

RECOVERED: Final = "in more than half of the orderings"
NOT_RECOVERED: Final = "in half of them or fewer"
_CROSS: Final = "M-0.8,-0.8L0.8,0.8M0.8,-0.8L-0.8,0.8"


def threshold_frame(result: SimulationResult) -> pl.DataFrame:
    """Return what the chart shows of the rules: one row per run that has a threshold.

    Parameters
    ----------
    result : SimulationResult

    Returns
    -------
    polars.DataFrame
        ``line`` (policy and variant), ``threshold``, ``speedup`` with the bounds of its t interval,
        ``recovered`` (optimum kept in more than half of the orderings, or not), and texts for the tooltips.

    Raises
    ------
    SettingError
        If no policy of the result has a threshold.
    """
    runs = result.summaries
    if all(run.threshold is None for run in runs):
        raise SettingError("no policy of this result has a threshold: draw speedup_and_recovery instead")
    rows = [
        {
            "line": f"{run.policy}, {variant}",
            "threshold": run.threshold,
            "speedup": run.speedup.mean,
            "speedup_low": run.speedup.low,
            "speedup_high": run.speedup.high,
            "recovered": RECOVERED if run.recovery.share > 0.5 else NOT_RECOVERED,
            "speedup_text": mean_text(run.speedup),
            "recovery_text": proportion_text(run.recovery),
            "within_se_text": proportion_text(run.recovery_within_se),
            "regret": run.regret,
            "ceiling": run.ceiling,
        }
        for run, variant in zip(runs, variant_labels(runs), strict=True)
        if run.threshold is not None
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("speedup_low", "speedup_high").fill_nan(None)
    )


def bounds_frame(result: SimulationResult) -> pl.DataFrame:
    """Return the lines that no rule can cross: the ceiling of every burn-in, the oracle with that burn-in.

    Without a burn-in the ceiling is the length of the curves, far above what is drawn, and is left out.
    An oracle with another burn-in than the rules' bounds none of them, and is left out.
    """
    ceilings = {run.burn_in: run.ceiling for run in result.summaries if run.threshold and run.burn_in}
    oracles = [run for run in result.summaries if run.policy == "oracle" and run.burn_in in ceilings]
    rows = [
        {"bound": f"ceiling, burn-in {burn_in}: {ceiling:.2f}", "speedup": ceiling, "above": True}
        for burn_in, ceiling in ceilings.items()
    ]
    rows += [
        {
            "bound": f"oracle, burn-in {run.burn_in}: {run.speedup.mean:.2f}",
            "speedup": run.speedup.mean,
            "above": False,
        }
        for run in oracles
    ]
    return pl.DataFrame(rows, schema={"bound": pl.String, "speedup": pl.Float64, "above": pl.Boolean})


def speedup_against_threshold(result: SimulationResult) -> alt.LayerChart:
    """Draw the speedup of every rule against its threshold, as in Figure 4 of the paper.

    Triangles mark settings that recovered the optimum in more than half of the orderings, crosses the others.

    Parameters
    ----------
    result : SimulationResult

    Returns
    -------
    altair.LayerChart

    Raises
    ------
    SettingError
        If no policy of the result has a threshold.
    """
    frame = threshold_frame(result)
    level, orderings = result.provenance["level"], result.summaries[0].orderings
    chart = alt.LayerChart(
        layer=[*_bound_layers(bounds_frame(result)), *_rule_layers(frame)],
        width=560,
        height=340,
        title=title(
            f"Speedup of early stopping on {result.provenance['corpus']}, by threshold",
            f"Mean of {orderings} random orderings, {level:.0%} t interval over the orderings; "
            "1 = everything is trained to its end.",
        ),
    )
    return with_theme(chart)


def _rule_layers(frame: pl.DataFrame) -> list[alt.Chart]:
    lines = frame["line"].unique(maintain_order=True).to_list()
    colour = alt.Color("line:N", title="Rule", scale=_scale(lines), legend=alt.Legend(symbolOpacity=1))
    lowest = min([1.0, *frame["speedup_low"].drop_nulls()])
    base = alt.Chart(frame).encode(
        x=alt.X(
            "threshold:O",
            title="Threshold Δ (steps not to scale)",
            scale=alt.Scale(paddingInner=0.7),
            axis=alt.Axis(labelAngle=0, grid=False),
        ),
        xOffset=alt.XOffset("line:N", sort=lines),
        y=alt.Y(
            "speedup:Q",
            title="Speedup (epochs)",
            axis=alt.Axis(tickCount=7),
            scale=alt.Scale(domainMin=lowest),
        ),
        color=colour,
        tooltip=[
            alt.Tooltip("line:N", title="rule"),
            alt.Tooltip("threshold:Q", title="threshold"),
            alt.Tooltip("speedup_text:N", title="speedup"),
            alt.Tooltip("recovery_text:N", title="optimum recovered"),
            alt.Tooltip("within_se_text:N", title="within one SE of it"),
            alt.Tooltip("regret:Q", title="mean regret", format=".4f"),
            alt.Tooltip("ceiling:Q", title="ceiling", format=".2f"),
        ],
    )
    shape = alt.Shape(
        "recovered:N",
        title="Optimum recovered",
        scale=alt.Scale(domain=[RECOVERED, NOT_RECOVERED], range=["triangle-up", _CROSS]),
        legend=alt.Legend(symbolStrokeColor=QUIET, symbolFillColor=QUIET),
    )
    clicked = alt.selection_point(name="rule", fields=["line"], bind="legend")
    return [
        base.mark_line(strokeWidth=1.5).encode(opacity=_faded(clicked, 0.6)),
        base.mark_rule(strokeWidth=1.5).encode(
            y="speedup_low:Q", y2="speedup_high:Q", opacity=_faded(clicked, 1)
        ),
        base.mark_point(size=80, filled=True, strokeWidth=2)
        .encode(
            shape=shape,
            stroke=alt.Stroke("line:N", title="Rule", scale=_scale(lines)),
            opacity=_faded(clicked, 1),
        )
        .add_params(clicked),
    ]


def _faded(clicked: alt.Parameter, opacity: float) -> Any:
    """Return an opacity that is low for the rules that were not clicked in the legend."""
    return alt.when(clicked).then(alt.value(opacity)).otherwise(alt.value(0.12))


def _scale(lines: list[str]) -> alt.Scale:
    return alt.Scale(domain=lines, range=[PALETTE[place % len(PALETTE)] for place in range(len(lines))])


def _bound_layers(frame: pl.DataFrame) -> list[alt.Chart]:
    base = alt.Chart(frame).encode(y="speedup:Q", tooltip=alt.Tooltip("bound:N"))
    label: dict[str, Any] = {"align": "right", "x": "width", "fontSize": 11, "color": QUIET}
    return [
        base.mark_rule(strokeDash=[6, 4], color=QUIET).transform_filter("datum.above"),
        base.mark_rule(strokeDash=[2, 3], color=QUIET).transform_filter("!datum.above"),
        base.mark_text(dy=-7, **label).encode(text="bound:N").transform_filter("datum.above"),
        base.mark_text(dy=9, **label).encode(text="bound:N").transform_filter("!datum.above"),
    ]
