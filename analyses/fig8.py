"""Figure 8 of the paper: the speedup of f-Hyperband, run by run, models carried over or not."""

from __future__ import annotations

import dataclasses
from typing import Final

import altair as alt
import polars as pl

import simlab
from analyses import hyperband_runs as runs
from analyses.corpora import TITLES
from analyses.options import Options
from analyses.replays import replay
from simlab.charts import Section
from simlab.charts.speedup_by_run import speedup_by_run
from simlab.predictors import SRM
from simlab.schedulers import Halving

TITLE: Final = "Figure 8: f-Hyperband, the speedup run by run"
#: Curves to learn from anew in every run: 100 models reach no rung within a run.
FEW: Final = 20
ANEW: Final = f"keep {runs.KEEPS[0]:g}, models anew in every run"


def strategies(options: Options) -> dict[str, Halving]:
    """Return f-Hyperband by label: models carried over, and learned anew in every run."""
    srm = SRM(regressor="nusvr-rbf", search=options.search)
    few = dataclasses.replace(options, train=min(FEW, options.train))
    carried = {f"keep {keep:g}, models carried over": runs.keeping(srm, keep, options) for keep in runs.KEEPS}
    anew = {
        f"{ANEW}, from {own.train}": runs.keeping(srm, runs.KEEPS[0], own, carry_models=False)
        for own in (options, few)
    }
    return {runs.HYPERBAND: runs.hyperband()} | carried | anew


def compute(options: Options) -> pl.DataFrame:
    """Return the speedup in epochs over plain Hyperband, in the same orderings.

    Returns
    -------
    polars.DataFrame
        ``label, measure, number, mean, low, high``: of each run alone (``run``), and of all until its end
        (``so far``), with a t interval over the orderings.
    """
    chosen = strategies(options)
    result = replay(simlab.load(runs.CORPUS), chosen.values(), options)
    spent = runs.epochs_per_run(result.trials, list(chosen)).filter(pl.col("label") != runs.HYPERBAND)
    measures = {"run": "speedup", "so far": "speedup_so_far"}
    return pl.concat(
        runs.mean_by(spent, column, ["label", "number"]).with_columns(measure=pl.lit(measure))
        for measure, column in measures.items()
    ).select("label", "measure", "number", "mean", "low", "high")


def draw(frame: pl.DataFrame) -> alt.HConcatChart:
    """Draw the speedup of each run alone, and of all so far."""
    return speedup_by_run(
        frame,
        runs.run_ceiling(),
        f"Speedup of f-Hyperband (SRM) on {TITLES[runs.CORPUS]}",
        f"R = {runs.MAX_EPOCHS}, eta = {runs.ETA}, threshold {runs.THRESHOLD:g}. Mean of the random "
        "orderings, 95 % t interval over them.",
        "Dashed: one model a bracket trained to R, all others for one epoch.",
    )


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    complete = sum(bracket.rungs[-1].configs for bracket in runs.brackets())
    text = (
        f"Speedup in epochs over Hyperband, which draws the same configurations. Each run takes {complete} "
        f"models to R = {runs.MAX_EPOCHS}, so 100 have reached it in run {runs.first_full_run()}, where "
        "nothing is stopped in the last rung before; the paper's jump comes at iteration 10. Carried over: "
        "what was learned stays from run to run. Anew: every run begins without models; 100 curves are then "
        f"never reached within one, so nothing is stopped, and {FEW} are shown too. The paper reports up to "
        f"7x; at this R and eta a single run can reach {runs.run_ceiling():.2f}x, with one model a bracket "
        "trained to R and every other one stopped after its first epoch."
    )
    return [Section(text=text, table=table(frame)), Section(chart=draw(frame))]


def table(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the speedup over all runs, in the last ten, and the highest of a single run, as text."""
    rows = []
    for label in frame["label"].unique(maintain_order=True):
        alone = frame.filter(label=label, measure="run").sort("number")
        total = frame.filter(label=label, measure="so far", number=runs.RUNS).row(0, named=True)
        best = alone.sort("mean", descending=True).row(0, named=True)
        rows.append(
            {
                "f-Hyperband (SRM)": label,
                f"all {runs.RUNS} runs": f"{total['mean']:.2f} ± {total['high'] - total['mean']:.2f}",
                "mean of the last ten": f"{alone.tail(10).select(pl.mean('mean')).item():.2f}",
                "highest mean of a run": f"{best['mean']:.2f} (run {best['number']})",
            }
        )
    return pl.DataFrame(rows)
