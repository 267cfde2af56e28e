"""Beyond the paper: speedup in wall-clock time on 1 to 64 workers, synchronous and asynchronous rules."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

import simlab
from analyses.corpora import TITLES, missing_text, recorded
from analyses.options import Options
from simlab.charts import Section
from simlab.charts.wall_clock_speedup import wall_clock_speedup
from simlab.policies import Never, Policy, ThresholdRule
from simlab.policies.registry import PolicySettings, build_policies
from simlab.predictors import LastSeenValue
from simlab.schedulers import AsynchronousHalving, Halving, InOrder, Strategy, make_brackets

TITLE: Final = "Wall-clock: 1 to 64 workers"
CORPORA: Final = ("metaqnn-cifar10", "cudaconvnet-cifar10")
WORKERS: Final = (1, 2, 4, 8, 16, 32, 64)
THRESHOLD: Final = 0.99
HYPERBAND: Final = "Hyperband, waits"


def strategies(corpus: simlab.Corpus, options: Options) -> dict[str, Strategy]:
    """Return the rules by label; Hyperband runs as often as the corpus lasts without a second draw."""
    brackets = make_brackets(corpus.n_epochs)
    draws = sum(bracket.rungs[0].configs for bracket in brackets)
    runs = max(1, len(corpus) // draws)
    (median,) = build_policies(["median-optuna"], PolicySettings())
    policies: dict[str, Policy] = {
        "never": Never(),
        "median (Optuna)": median,
        f"last seen value, {THRESHOLD:g}": ThresholdRule(
            predictor=LastSeenValue(), threshold=THRESHOLD, burn_in=options.train
        ),
    }
    asynchronous: dict[str, Strategy] = {
        "ASHA": AsynchronousHalving(name="asha", max_epochs=corpus.n_epochs),
        "ASHA by stopping": AsynchronousHalving(name="asha-stopping", max_epochs=corpus.n_epochs),
        "PASHA": AsynchronousHalving(name="pasha", max_epochs=corpus.n_epochs),
    }
    hyperbands: dict[str, Strategy] = {
        label: Halving(name="hyperband", brackets=brackets, runs=runs, overlap=overlap)
        for label, overlap in ((HYPERBAND, False), ("Hyperband, goes ahead", True))
    }
    return {label: InOrder(one) for label, one in policies.items()} | hyperbands | asynchronous


def compute(options: Options) -> pl.DataFrame:
    """Return speedup and recovery of every rule on every number of workers.

    Returns
    -------
    polars.DataFrame
        ``corpus, label, synchronous, workers, mean, low, high, recovered, orderings, regret``: the makespan
        of training everything that was started to its end on as many workers, over the makespan.
    """
    rows = []
    for corpus in recorded(CORPORA):
        chosen = strategies(corpus, options)
        with options.progress(corpus.name, len(WORKERS)) as advance:
            for done, workers in enumerate(WORKERS, 1):
                result = simlab.simulate(
                    corpus,
                    list(chosen.values()),
                    orderings=options.repeats,
                    workers=workers,
                    seed=options.seed,
                    n_jobs=options.n_jobs,
                    store=options.store,
                )
                for label, run in zip(chosen, result.summaries, strict=True):
                    keys = {"corpus": corpus.name, "label": label, "synchronous": label == HYPERBAND}
                    kept = {"recovered": run.recovery.successes, "orderings": run.orderings}
                    speedup = {"workers": workers} | vars(run.speedup_wall_clock)
                    rows.append(keys | speedup | kept | {"regret": run.regret})
                advance(done)
    return pl.DataFrame(rows, infer_schema_length=None)


def draw(frame: pl.DataFrame) -> alt.FacetChart:
    """Draw one panel for each corpus."""
    return wall_clock_speedup(
        frame.filter(pl.col("label") != "never"),
        "What more workers leave of the speedup",
        TITLES,
        f"Mean of {frame['orderings'][0]} random orderings, 95 % t interval over them; recorded seconds; "
        "both scales logarithmic.",
        "1 = everything that was started is trained to its end on as many workers. Dashed: waits for each "
        "rung.",
    )


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    rows = []
    for (corpus, label), own in frame.group_by("corpus", "label", maintain_order=True):
        found = {row["workers"]: row for row in own.iter_rows(named=True)}
        shown = {f"W = {workers}": f"{found[workers]['mean']:.2f}" for workers in (1, 4, 16, 64)}
        kept = {
            f"best kept, W = {workers}": f"{found[workers]['recovered']}/{found[workers]['orderings']}"
            for workers in (1, 64)
        }
        rows.append({"corpus": TITLES[str(corpus)], "rule": str(label)} | shown | kept)
    text = (
        "Speedup in wall-clock on W workers: the makespan of training everything that was started to its "
        "end, over the makespan. A burn-in and a rung's last trial are waited for; the more workers, the "
        "more wait. Hyperband runs until it has drawn the corpus once, one bracket after the "
        f"other.{missing_text(CORPORA)}"
    )
    return [Section(text=text, table=pl.DataFrame(rows)), Section(chart=draw(frame))]
