"""Measures: speedup, recovery of the optimum, regret, each with an interval."""

from simlab.measures.anytime import incumbent_at, incumbent_steps, mean_incumbent
from simlab.measures.ceiling import ceiling
from simlab.measures.intervals import Mean, Proportion, clopper_pearson, t_interval
from simlab.measures.per_ordering import Truth, measure_orderings
from simlab.measures.preference import explain_preference, prefer
from simlab.measures.ranks import AverageRanks, critical_difference, rank_policies
from simlab.measures.summary import RunSummary, summarise_run

__all__ = [
    "AverageRanks",
    "Mean",
    "Proportion",
    "RunSummary",
    "Truth",
    "ceiling",
    "clopper_pearson",
    "critical_difference",
    "explain_preference",
    "incumbent_at",
    "incumbent_steps",
    "mean_incumbent",
    "measure_orderings",
    "prefer",
    "rank_policies",
    "summarise_run",
    "t_interval",
]
