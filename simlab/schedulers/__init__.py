"""Schedulers: which trial runs next, and how far."""

from simlab.schedulers.fifo import Fifo
from simlab.schedulers.scheduler import Job, Outcome, Scheduler

__all__ = ["Fifo", "Job", "Outcome", "Scheduler"]
