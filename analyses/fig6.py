"""Figure 6 of the paper: the best accuracy so far against epochs, in 40 consecutive Hyperband runs."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import polars as pl

import simlab
from analyses import hyperband_runs as runs
from analyses.corpora import TITLES
from analyses.options import Options
from analyses.replays import replay
from simlab.charts import Section
from simlab.charts.anytime import anytime
from simlab.measures import Mean, incumbent_at, incumbent_steps, mean_incumbent

TITLE: Final = "Figure 6: f-Hyperband, the best accuracy so far"
#: Points of the grid of epochs, besides the ends of runs.
_POINTS: Final = 150


def compute(options: Options) -> pl.DataFrame:
    """Return incumbents and speedups, each with its interval over the orderings.

    Returns
    -------
    polars.DataFrame
        ``label, measure, number, epochs, mean, low, high``. Measures: ``incumbent``, the best value seen,
        on a grid of epochs; ``end of run``, the same at the mean number of epochs at which each run ends;
        ``gain``, incumbent minus that of plain Hyperband in the same ordering after as many epochs;
        ``speedup``, epochs of plain Hyperband over epochs, until the end of each run; ``final``, the best
        final value of a trial trained to its end, after all runs; ``final gain``, that minus plain
        Hyperband's in the same ordering.
    """
    strategies = {runs.HYPERBAND: runs.hyperband()} | runs.srms(options) | runs.rivals(options)
    labels = list(strategies)
    result = replay(simlab.load(runs.CORPUS), strategies.values(), options)
    spent = runs.epochs_per_run(result.trials, labels)
    ends = spent.group_by("label", "number", maintain_order=True).agg(epochs=pl.col("so_far").mean())
    curves = simlab.load(runs.CORPUS).curves_frame()
    seen = incumbent_steps(result.events, result.trials, result.metric, curves)
    grid = np.linspace(0, spent.select(pl.max("so_far")).item(), _POINTS + 1)
    at = _named(incumbent_at(seen, sorted({*grid.tolist(), *ends["epochs"]})), labels)
    lines = _named(mean_incumbent(at.drop("label")), labels)
    last = ends.group_by("label").agg(last=pl.col("epochs").max())
    lines = lines.join(last, on="label", maintain_order="left").filter(pl.col("epochs") <= pl.col("last"))
    marks = ends.join(lines, on=["label", "epochs"], maintain_order="left")
    final = _final(incumbent_steps(result.events, result.trials, result.metric), labels)
    parts = {
        "incumbent": lines,
        "end of run": marks,
        "gain": _gain(at, last),
        "speedup": runs.mean_by(spent, "speedup_so_far", ["label", "number"]),
        "final": runs.mean_by(final, "value", ["label"]),
        "final gain": runs.mean_by(final, "gain", ["label"]),
    }
    return pl.concat(_in_shape(part, measure) for measure, part in parts.items())


def _in_shape(part: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Return a part with all columns of the frame, null where it has none."""
    schema = pl.Schema(
        {"label": pl.String(), "number": pl.Int64(), "epochs": pl.Float64()}
        | dict.fromkeys(("mean", "low", "high"), pl.Float64())
    )
    missing = [pl.lit(None).alias(name) for name in schema if name not in part.columns]
    shaped = part.with_columns(missing).select(*schema).cast(schema)
    return shaped.select(pl.lit(measure).alias("measure"), pl.all())


def _named(frame: pl.DataFrame, labels: list[str]) -> pl.DataFrame:
    names = dict(enumerate(labels))
    return frame.with_columns(label=pl.col("run").replace_strict(names, return_dtype=pl.String))


def _gain(at: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """Return the mean difference to plain Hyperband after as many epochs, while both still run."""
    plain = at.filter(run=0).select("ordering", "epochs", plain="value")
    paired = at.filter(pl.col("run") > 0).join(plain, on=["ordering", "epochs"], maintain_order="left")
    paired = paired.join(last, on="label", maintain_order="left").filter(pl.col("epochs") <= pl.col("last"))
    gains = paired.drop_nulls(["value", "plain"]).with_columns(gain=pl.col("value") - pl.col("plain"))
    return runs.mean_by(gains, "gain", ["label", "epochs"])


def _final(steps: pl.DataFrame, labels: list[str]) -> pl.DataFrame:
    """Return the best completed value of each strategy and ordering, and its gain over plain Hyperband's."""
    ends = _named(steps.group_by("run", "ordering", maintain_order=True).last(), labels)
    plain = ends.filter(run=0).select("ordering", plain="value")
    return ends.join(plain, on="ordering", maintain_order="left").with_columns(
        gain=pl.col("value") - pl.col("plain")
    )


def draw(frame: pl.DataFrame) -> alt.VConcatChart:
    """Draw the incumbents, with a mark at each completed run, and their gain over plain Hyperband."""
    n_configs = len(simlab.load(runs.CORPUS))
    ends = frame.filter(measure="end of run")
    used_up = n_configs // runs.draws_per_run() + 1
    marks = ends.with_columns(pass_ends=pl.col("number") == used_up)
    return anytime(
        frame.filter(measure="incumbent"),
        marks,
        frame.filter(measure="gain"),
        f"Best accuracy so far on {TITLES[runs.CORPUS]}",
        f"{runs.RUNS} consecutive runs, R = {runs.MAX_EPOCHS}, eta = {runs.ETA}. Mean of the random "
        "orderings, 95 % t interval over them; below: paired with Hyperband. Triangles: a run is complete.",
        f"Diamonds: run {used_up}, in which all {n_configs:,} configurations have been drawn; they are then "
        "reshuffled.",
    )


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    text = (
        f"Hyperband with eta = {runs.ETA} and R = {runs.MAX_EPOCHS}, the recorded length; the paper does not "
        "say its R, but that more than 100 models have reached it at iteration 10, about 10 a run, and this "
        f"R gives 8. f-Hyperband stops inside a rung with a threshold of {runs.THRESHOLD:g}, each rung "
        "length from the moment 100 models have reached it; keep is the share of the number promoted that is "
        "trained to the end of the rung in any case (Algorithm 2; the text has a share of the rung), and "
        "what is stopped is not promoted. In the table: speedup in epochs over Hyperband, which draws the "
        "same configurations in the same order, and the best final value of a model trained to its end."
    )
    return [Section(text=text, table=table(frame)), Section(chart=draw(frame))]


def table(frame: pl.DataFrame) -> pl.DataFrame:
    """Return speedup, final accuracy and the difference to plain Hyperband, as text."""
    rows = []
    for label in frame["label"].unique(maintain_order=True):
        own = frame.filter(label=label)
        speedup = own.filter(measure="speedup", number=runs.RUNS).row(0, named=True)
        final, gain = (own.filter(measure=name).row(0, named=True) for name in ("final", "final gain"))
        rows.append(
            {
                "strategy": label,
                "speedup over 40 runs": "1" if label == runs.HYPERBAND else _text(speedup, 2),
                "best final value": _text(final, 4),
                "difference to Hyperband": "" if label == runs.HYPERBAND else _text(gain, 4),
            }
        )
    return pl.DataFrame(rows)


def _text(row: dict[str, float], digits: int) -> str:
    mean = Mean(row["mean"], row["low"], row["high"])
    return f"{mean.mean:.{digits}f} ± {mean.high - mean.mean:.{digits}f}"
