"""Schedulers: which trial runs next, and how far."""

from simlab.schedulers.brackets import PRESETS, Bracket, Rung, make_brackets
from simlab.schedulers.fifo import Fifo
from simlab.schedulers.scheduler import Job, Outcome, Scheduler

__all__ = ["PRESETS", "Bracket", "Fifo", "Job", "Outcome", "Rung", "Scheduler", "make_brackets"]
