"""Beyond the paper: how far "f-Hyperband is twice as fast" depends on readings that the paper leaves open."""

from __future__ import annotations

import dataclasses
from typing import Final, Literal

import altair as alt
import polars as pl

import simlab
from analyses import hyperband_runs as runs
from analyses.corpora import TITLES
from analyses.options import Options
from simlab.charts import Section
from simlab.charts.speedup_by_setting import speedup_by_setting
from simlab.measures import t_interval
from simlab.predictors import SRM
from simlab.schedulers import PRESETS, Bracket, Halving, RungRule, make_brackets
from simlab.schedulers.brackets import CostModel

TITLE: Final = "Hyperband's presets and cost models"
CLAIMED: Final = 2.0
KEEP: Final = 0.25
#: Settings searched: a fifth of the paper's, since every preset needs models of its own.
SEARCH: Final = 200
#: All presets draw about as many configurations as 40 runs of the first.
DRAWS: Final = 1960
COSTS: Final[dict[CostModel, str]] = {"continue": "goes on from a checkpoint", "retrain": "is trained again"}
KEEP_OF: Final[dict[Literal["next", "configs"], str]] = {
    "next": f"keep {KEEP:g} of those promoted",
    "configs": f"keep {KEEP:g} of the rung",
}


def strategies(preset: str, cost: CostModel, options: Options) -> list[Halving]:
    """Return Hyperband under one reading, and f-Hyperband with either meaning of ``keep``."""
    brackets = make_brackets(runs.MAX_EPOCHS, runs.ETA, preset)
    described = {"max_epochs": runs.MAX_EPOCHS, "eta": runs.ETA, "preset": preset}
    plain = Halving(
        name="hyperband", brackets=brackets, described=described, runs=n_runs(brackets), cost=cost
    )
    srm = SRM(search=options.search or SEARCH)
    rules = [
        RungRule(predictor=srm, threshold=runs.THRESHOLD, keep=KEEP, keep_of=keep_of, burn_in=options.train)
        for keep_of in KEEP_OF
    ]
    return [plain, *(dataclasses.replace(plain, name="fast-hyperband", rule=rule) for rule in rules)]


def n_runs(brackets: list[Bracket]) -> int:
    """Return how many runs draw as many configurations as in Figure 6, about."""
    return max(1, round(DRAWS / sum(bracket.rungs[0].configs for bracket in brackets)))


def compute(options: Options) -> pl.DataFrame:
    """Return the speedup over Hyperband under the same reading, in the same orderings.

    Returns
    -------
    polars.DataFrame
        ``preset, cost, keep_of, runs, mean, low, high, recovered, orderings``.
    """
    corpus = simlab.load(runs.CORPUS)
    readings = [(preset, cost) for preset in PRESETS for cost in COSTS]
    rows = []
    with options.progress(corpus.name, len(readings)) as advance:
        for done, (preset, cost) in enumerate(readings, 1):
            chosen = strategies(preset, cost, options)
            result = simlab.simulate(
                corpus,
                chosen,
                orderings=options.repeats,
                seed=options.seed,
                n_jobs=options.n_jobs,
                store=options.store,
            )
            spent = [
                result.per_ordering.filter(run=run)["epochs_spent"].to_numpy() for run in range(len(chosen))
            ]
            for number, keep_of in enumerate(KEEP_OF, 1):
                kept = result.summaries[number].recovery
                keys = {"preset": preset, "cost": cost, "keep_of": keep_of, "runs": chosen[0].runs}
                told = {"recovered": kept.successes, "orderings": kept.trials}
                rows.append(keys | vars(t_interval(spent[0] / spent[number])) | told)
            advance(done)
    return pl.DataFrame(rows, infer_schema_length=None)


def draw(frame: pl.DataFrame) -> alt.LayerChart:
    """Draw the speedup under every reading."""
    labels = pl.format("{}, {}", pl.col("keep_of").replace(KEEP_OF), "cost")
    shown = frame.with_columns(row=pl.format("{} ({} runs)", "preset", "runs"), label=labels)
    return speedup_by_setting(
        shown,
        CLAIMED,
        f"How fast f-Hyperband is, by reading of Hyperband, on {TITLES[runs.CORPUS]}",
        f"R = {runs.MAX_EPOCHS}, eta = {runs.ETA}; over Hyperband under the same reading. Dashed: the "
        "paper's 2x.",
        f"Mean of {frame['orderings'][0]} random orderings, 95 % t interval over them.",
    )


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    rows = [
        {
            "preset": row["preset"],
            "a promoted trial": COSTS[row["cost"]],
            "kept": KEEP_OF[row["keep_of"]],
            "runs": str(row["runs"]),
            "a run can reach": f"{_ceiling(row['preset']):.1f}",
            "speedup": f"{row['mean']:.2f} ± {row['high'] - row['mean']:.2f}",
            "best kept": f"{row['recovered']}/{row['orderings']}",
        }
        for row in frame.iter_rows(named=True)
    ]
    text = (
        "The paper leaves open how Hyperband rounds, whether a promoted trial is trained again, and of what "
        "keep is a share. f-Hyperband (SRM, threshold "
        f"{runs.THRESHOLD:g}, {SEARCH} settings searched per prefix length unless told otherwise) under each "
        "reading, with as many runs as draw about two thousand configurations. Presets: "
        + "; ".join(f"{name}: {preset.summary}" for name, preset in PRESETS.items())
        + ". As printed, the last bracket trains 240 configurations to R, all but a few of which a rule may "
        "stop after an epoch; but then 100 have reached R in the first run, not by iteration 10 as in Figure "
        "8."
    )
    return [Section(text=text, table=pl.DataFrame(rows)), Section(chart=draw(frame))]


def _ceiling(preset: str) -> float:
    """Return the most by which one run can be shortened where promoted trials go on from a checkpoint."""
    full, least = runs.run_cost(make_brackets(runs.MAX_EPOCHS, runs.ETA, preset))
    return full / least
