"""Schedulers: which trial runs next, and how far."""

from simlab.schedulers.brackets import PRESETS, Bracket, Rung, halving_bracket, make_brackets
from simlab.schedulers.fast_hyperband import FastHyperband, RungRule
from simlab.schedulers.fifo import Fifo
from simlab.schedulers.hyperband import Hyperband
from simlab.schedulers.scheduler import Job, JobEnd, Outcome, Scheduler

__all__ = [
    "PRESETS",
    "Bracket",
    "FastHyperband",
    "Fifo",
    "Hyperband",
    "Job",
    "JobEnd",
    "Outcome",
    "Rung",
    "RungRule",
    "Scheduler",
    "halving_bracket",
    "make_brackets",
]
