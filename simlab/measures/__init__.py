"""Measures: speedup, recovery of the optimum, regret, each with an interval."""

from simlab.measures.ceiling import ceiling
from simlab.measures.intervals import Mean, Proportion, clopper_pearson, t_interval
from simlab.measures.per_ordering import Truth, measure_orderings
from simlab.measures.preference import explain_preference, prefer
from simlab.measures.summary import RunSummary, summarise_run

__all__ = [
    "Mean",
    "Proportion",
    "RunSummary",
    "Truth",
    "ceiling",
    "clopper_pearson",
    "explain_preference",
    "measure_orderings",
    "prefer",
    "summarise_run",
    "t_interval",
]
