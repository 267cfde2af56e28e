"""Schedulers: which trial runs next, and how far."""

from simlab.schedulers.brackets import PRESETS, Bracket, Rung, halving_bracket, make_brackets
from simlab.schedulers.fast_hyperband import FastHyperband, RungRule
from simlab.schedulers.fifo import Fifo
from simlab.schedulers.hyperband import Hyperband
from simlab.schedulers.registry import SCHEDULERS, HalvingSettings, build_strategies, scheduler_summaries
from simlab.schedulers.scheduler import Job, JobEnd, Outcome, Scheduler
from simlab.schedulers.strategy import Halving, InOrder, Strategy

__all__ = [
    "PRESETS",
    "SCHEDULERS",
    "Bracket",
    "FastHyperband",
    "Fifo",
    "Halving",
    "HalvingSettings",
    "Hyperband",
    "InOrder",
    "Job",
    "JobEnd",
    "Outcome",
    "Rung",
    "RungRule",
    "Scheduler",
    "Strategy",
    "build_strategies",
    "halving_bracket",
    "make_brackets",
    "scheduler_summaries",
]
