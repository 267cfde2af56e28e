"""The measures of every run on every ordering: cost, speedup, recovery of the optimum, regret."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from simlab.measures.makespan import full_makespan
from simlab.metric import Metric
from simlab.schedulers import Outcome

TOP_K = 10
#: Outcomes that are counted in the summary, so that nothing is left out silently.
OUTCOMES = tuple(Outcome)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the measures compare with.

    Attributes
    ----------
    metric : Metric
    best_value : float
        Best final value of the corpus.
    standard_error : float or None
        Standard error of that value, where it is known and not 0.
    tenth_best : float
        The final value that the ten best configurations reach (all of them, in a smaller corpus).
    workers : int
    clock : str
        Unit of the simulated clock: ``"seconds"``, ``"epochs"``, or the description of another, on which the
        trials' ``time_recorded`` is measured.
    """

    metric: Metric
    best_value: float
    standard_error: float | None
    tenth_best: float
    workers: int
    clock: str


def measure_orderings(trials: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    """Measure every run on every ordering.

    Parameters
    ----------
    trials : polars.DataFrame
        One row per (run, ordering, trial); see :attr:`simlab.SimulationResult.trials`.
    truth : Truth

    Returns
    -------
    polars.DataFrame
        One row per (run, ordering). ``speedup`` is the cost of training every trial to its end divided by the
        cost spent, in epochs; ``speedup_seconds`` the same in recorded seconds; ``speedup_wall_clock`` the
        ratio of makespans. ``recovered``: a configuration with the best final value was trained to its end.
        ``recovered_within_se``: one within a standard error of it was. ``regret``: best final value of the
        corpus minus the best completed one (in the direction of the metric, never negative); null where
        nothing completed.
    """
    finished = pl.col("outcome") == Outcome.COMPLETED
    score = pl.col("final_value") * (1.0 if truth.metric.direction == "maximize" else -1.0)
    best = truth.metric.score(truth.best_value)
    after_burn_in = pl.col("position") >= pl.col("burn_in")
    top_k = (pl.col("status") == Outcome.COMPLETED) & (score >= truth.metric.score(truth.tenth_best))
    columns = [
        pl.col("epochs").sum().alias("epochs_spent"),
        pl.col("epochs_recorded").sum().alias("epochs_total"),
        (pl.col("epochs_recorded").sum() / pl.col("epochs").sum()).alias("speedup"),
        _ratio("epochs_recorded", "epochs", after_burn_in).alias("speedup_without_burn_in"),
        pl.col("end").max().alias("makespan"),
        (best - score.filter(finished).max()).alias("regret"),
        (score.filter(finished).max() >= best).fill_null(False).alias("recovered"),
        ((top_k & finished).sum() / top_k.sum()).alias("top_10_recall"),
        pl.len().alias("n_trials"),
        *((pl.col("outcome") == kind).sum().alias(f"n_{kind}") for kind in OUTCOMES),
    ]
    if "seconds" in trials.columns:
        columns += [
            pl.col("seconds").sum().alias("seconds_spent"),
            pl.col("seconds_recorded").sum().alias("seconds_total"),
            (pl.col("seconds_recorded").sum() / pl.col("seconds").sum()).alias("speedup_seconds"),
        ]
    measured = trials.group_by("run", "ordering", maintain_order=True).agg(columns)
    measured = measured.join(_full_makespans(trials, truth), on=["run", "ordering"], how="left")
    measured = measured.with_columns(
        (pl.col("makespan_full") / pl.col("makespan")).alias("speedup_wall_clock")
    )
    if truth.standard_error:
        within = (pl.col("regret") <= truth.standard_error).fill_null(False)
        in_se = pl.col("regret") / truth.standard_error
        measured = measured.with_columns(within.alias("recovered_within_se"), in_se.alias("regret_in_se"))
    return measured.sort("run", "ordering")


def _ratio(total: str, spent: str, rows: pl.Expr) -> pl.Expr:
    """Return total / spent over some rows, null where there are none."""
    cost = pl.col(spent).filter(rows).sum()
    return pl.when(cost > 0).then(pl.col(total).filter(rows).sum() / cost)


def _full_makespans(trials: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    """Return the makespan of training everything to its end, per run and ordering."""
    duration = {"seconds": "seconds_recorded", "epochs": "epochs_recorded"}.get(truth.clock, "time_recorded")
    rows = [
        (
            run,
            ordering,
            full_makespan(group.sort("position")[duration].cast(pl.Float64).to_numpy(), truth.workers),
        )
        for (run, ordering), group in trials.group_by("run", "ordering", maintain_order=True)
    ]
    keys = trials.select("run", "ordering").schema
    return pl.DataFrame(rows, schema={**keys, "makespan_full": pl.Float64()}, orient="row")
