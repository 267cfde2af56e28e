"""Beyond the paper: policies ranked over all corpora, by the best model that a budget has found."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import numpy.typing as npt
import polars as pl

import simlab
from analyses import fig3
from analyses.corpora import missing_text, recorded
from analyses.options import Options
from analyses.replays import replay
from simlab.charts import Section
from simlab.charts.critical_difference import critical_difference_diagram
from simlab.charts.rank_over_budget import rank_over_budget
from simlab.measures import AverageRanks, incumbent_at, incumbent_steps, rank_policies
from simlab.policies import Never, Policy, ThresholdRule
from simlab.policies.registry import PolicySettings, build_policies
from simlab.predictors import SRM, LastSeenValue, PooledBoosting
from simlab.schedulers import AsynchronousHalving, Halving, InOrder, Strategy, make_brackets

TITLE: Final = "All policies on all corpora"
#: Shares of the epochs that training the whole corpus takes.
BUDGETS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
#: The budget of the diagram: what the policies that stop most have about used up.
BUDGET: Final = 0.1
THRESHOLD: Final = 0.99
#: Curves to learn from: small, since at a tenth of the budget a burn-in of 100 would not be over.
BURN_IN: Final = 30


def strategies(corpus: simlab.Corpus, options: Options) -> dict[str, Strategy]:
    """Return all policies by label; Hyperband runs again and again until the last budget is used up."""
    brackets = make_brackets(corpus.n_epochs)
    cost = sum(bracket.rungs[0].configs * bracket.rungs[0].epochs for bracket in brackets)
    runs = 1 + int(corpus.lengths.sum()) // cost
    (median,) = build_policies(["median-optuna"], PolicySettings())
    predictors = {
        "SRM": SRM(search=options.search),
        "last seen value": LastSeenValue(),
        "pooled boosting": PooledBoosting(),
    }
    rules: dict[str, Policy] = {"never": Never(), "median (Optuna)": median} | {
        label: ThresholdRule(predictor=one, threshold=THRESHOLD, burn_in=BURN_IN)
        for label, one in predictors.items()
    }
    return {label: InOrder(rule) for label, rule in rules.items()} | {
        "Hyperband": Halving(name="hyperband", brackets=brackets, runs=runs),
        "ASHA": AsynchronousHalving(name="asha", max_epochs=corpus.n_epochs),
        "PASHA": AsynchronousHalving(name="pasha", max_epochs=corpus.n_epochs),
    }


def compute(options: Options) -> pl.DataFrame:
    """Return how good the incumbent of every policy is at every budget.

    Returns
    -------
    polars.DataFrame
        ``corpus, label, budget, score``: the mean over the orderings of the share of the corpus's final
        values that lie below the best completed one (0 before anything has completed).
    """
    parts = []
    for corpus in recorded(fig3.CORPORA):
        chosen = strategies(corpus, options)
        result = replay(corpus, chosen.values(), options)
        total = int(corpus.lengths.sum())
        budgets = {share * total: share for share in BUDGETS}
        at = incumbent_at(incumbent_steps(result.events, result.trials, result.metric), list(budgets))
        score = _shares_below(corpus, corpus.metric.score(at["value"].fill_null(np.nan).to_numpy()))
        names = dict(enumerate(chosen))
        parts.append(
            at.with_columns(
                score=score,
                corpus=pl.lit(corpus.name),
                label=pl.col("run").replace_strict(names, return_dtype=pl.String),
                budget=pl.col("epochs").replace_strict(budgets, return_dtype=pl.Float64),
            )
            .group_by("corpus", "label", "budget", maintain_order=True)
            .agg(pl.mean("score"))
        )
    return pl.concat(parts)


def _shares_below(corpus: simlab.Corpus, scores: npt.NDArray[np.float64]) -> pl.Series:
    """Return which share of the final scores lies below each, 0 for NaN."""
    final = np.sort(corpus.final_scores[np.isfinite(corpus.final_scores)])
    below = np.searchsorted(final, np.nan_to_num(scores, nan=-np.inf), side="left")
    return pl.Series(below / len(final))


def ranking(frame: pl.DataFrame, budget: float) -> AverageRanks:
    """Rank the policies at one budget; every corpus is a block."""
    wide = frame.filter(budget=budget).pivot("label", index="corpus", values="score")
    names = [name for name in wide.columns if name != "corpus"]
    return rank_policies(wide.select(names).to_numpy(), names)


def draw_ranks(frame: pl.DataFrame) -> alt.Chart:
    """Draw the average ranks against the budget."""
    rows = []
    for budget in sorted(frame["budget"].unique()):
        found = ranking(frame, budget)
        rows += [
            {"label": name, "budget": budget, "rank": rank}
            for name, rank in zip(found.names, found.ranks, strict=True)
        ]
    order = {label: place for place, label in enumerate(frame["label"].unique(maintain_order=True))}
    ranks = pl.DataFrame(rows).sort(pl.col("label").replace_strict(order), "budget")
    return rank_over_budget(
        ranks,
        "Who is ahead, by budget",
        f"Average ranks on {frame['corpus'].n_unique()} corpora, by the best completed model; the mean over "
        "the orderings of a corpus is one block.",
    )


def draw(frame: pl.DataFrame) -> alt.LayerChart:
    """Draw the critical-difference diagram."""
    return critical_difference_diagram(
        ranking(frame, BUDGET),
        f"All policies at {BUDGET:.0%} of the budget",
        "By the best model trained to its end, as a share of the corpus that is worse.",
    )


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    text = (
        f"Rules with a threshold of {THRESHOLD:g} and a burn-in of {BURN_IN}, the median rule, and the "
        "schedulers, on one worker. At a budget in epochs each policy has the best model that it has trained "
        "to its end by then; the mean over random orderings is one figure per corpus, since orderings of one "
        f"corpus are not independent. Few corpora tell few policies apart.{missing_text(fig3.CORPORA)}"
    )
    wide = frame.filter(budget=BUDGET).pivot("label", index="corpus", values="score")
    told = wide.with_columns(pl.exclude("corpus").map_elements(lambda x: f"{x:.4f}", return_dtype=pl.String))
    return [
        Section(text=text, table=told),
        Section(chart=draw(frame)),
        Section(chart=draw_ranks(frame)),
    ]
