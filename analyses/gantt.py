"""Beyond the paper: what the workers of each scheduler do, and where they wait."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

import simlab
from analyses.corpora import TITLES
from analyses.options import Options
from simlab.charts import Section
from simlab.charts.gantt import gantt, jobs_frame
from simlab.policies import Never
from simlab.schedulers import AsynchronousHalving, Halving, InOrder, Strategy, make_brackets

TITLE: Final = "Workers: who waits"
CORPUS: Final = "cudaconvnet-cifar10"
WORKERS: Final = 8


def strategies(max_epochs: int) -> dict[str, Strategy]:
    """Return one scheduler of each kind, by label."""
    brackets = make_brackets(max_epochs)
    return {
        "Hyperband: one run, each rung waits for its last trial": Halving(
            name="hyperband", brackets=brackets
        ),
        "Hyperband: the same, idle workers begin the next bracket": Halving(
            name="hyperband", brackets=brackets, overlap=True
        ),
        "ASHA, by promotion": AsynchronousHalving(name="asha", max_epochs=max_epochs),
        "ASHA, by stopping": AsynchronousHalving(name="asha-stopping", max_epochs=max_epochs),
        "nothing is stopped": InOrder(Never()),
    }


def compute(options: Options) -> pl.DataFrame:
    """Return the jobs of the first ordering until plain Hyperband has ended.

    Returns
    -------
    polars.DataFrame
        As :func:`simlab.charts.gantt.jobs_frame` returns it, with ``label``.
    """
    corpus = simlab.load(CORPUS)
    chosen = strategies(corpus.n_epochs)
    result = simlab.simulate(
        corpus, list(chosen.values()), orderings=1, workers=WORKERS, seed=options.seed, n_jobs=options.n_jobs
    )
    until = float(result.trials.filter(run=0).select(pl.max("end")).item())
    names = dict(enumerate(chosen))
    jobs = jobs_frame(result.events, until)
    return jobs.with_columns(label=pl.col("run").replace_strict(names, return_dtype=pl.String))


def draw(frame: pl.DataFrame) -> alt.VConcatChart:
    """Draw one panel for each scheduler."""
    corpus = simlab.load(CORPUS)
    unit = "recorded seconds" if corpus.has_seconds else "epochs"
    return gantt(
        frame,
        frame["label"].unique(maintain_order=True).to_list(),
        unit,
        f"{WORKERS} workers on {TITLES[CORPUS]}",
        f"The first ordering, until one run of Hyperband (R = {corpus.n_epochs}, eta = 3) has ended. White: "
        "idle.",
    )


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    busy = (
        frame.group_by("label", maintain_order=True)
        .agg(
            share=(pl.col("end") - pl.col("start")).sum() / (WORKERS * pl.col("end").max()),
            end=pl.col("end").max(),
            configs=pl.col("config_id").n_unique(),
            completed=(pl.col("outcome") == "completed").sum(),
        )
        .rows()
    )
    rows = [
        {
            "scheduler": label,
            "until": f"{end:,.0f}",
            "workers busy": f"{share:.0%}",
            "configurations started": f"{configs:,}",
            "trained to their end": f"{completed:,}",
        }
        for label, share, end, configs, completed in busy
    ]
    text = (
        "One bar for each job of a worker, coloured by how it ended; one ordering, so no interval. A "
        "synchronous rung leaves workers idle until its slowest trial has come in; asynchronous rules keep "
        "them busy, and promote on less evidence."
    )
    return [Section(text=text, table=pl.DataFrame(rows)), Section(chart=draw(frame))]
