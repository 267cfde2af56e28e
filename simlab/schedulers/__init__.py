"""Schedulers: which trial runs next, and how far."""

from simlab.schedulers.asha import ASHA
from simlab.schedulers.asha_stopping import StoppingASHA
from simlab.schedulers.brackets import PRESETS, Bracket, Rung, halving_bracket, make_brackets
from simlab.schedulers.fast_hyperband import FastHyperband, RungRule
from simlab.schedulers.fifo import Fifo
from simlab.schedulers.hyperband import Hyperband
from simlab.schedulers.pasha import PASHA
from simlab.schedulers.registry import SCHEDULERS, HalvingSettings, build_strategies, scheduler_summaries
from simlab.schedulers.scheduler import Job, JobEnd, Outcome, Scheduler
from simlab.schedulers.strategy import AsynchronousHalving, Halving, InOrder, Strategy

__all__ = [
    "ASHA",
    "PASHA",
    "PRESETS",
    "SCHEDULERS",
    "AsynchronousHalving",
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
    "StoppingASHA",
    "Strategy",
    "build_strategies",
    "halving_bracket",
    "make_brackets",
    "scheduler_summaries",
]
