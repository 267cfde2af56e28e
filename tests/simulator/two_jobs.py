"""A scheduler that pauses and resumes one trial, and what a trace tells in short."""

from __future__ import annotations

from simlab.policies import Never
from simlab.schedulers import Job, Scheduler
from tests.simulator.toys import rows


def told(trace):
    """Return time, event and configuration."""
    return [event[:3] for event in rows(trace.events)]


class TwoJobs(Scheduler):
    """Trains one configuration to epoch 2, then on to 4, where it stands or ``anew``."""

    def __init__(self, anew=False):
        self.jobs = [Job(0, 2), Job(0, 4, trial=0, anew=anew)]
        self.heard = []

    def next_job(self):
        return self.jobs.pop(0) if self.jobs and len(self.heard) == 2 - len(self.jobs) else None

    def after_epoch(self, view):
        return Never().decide(view)

    def job_ended(self, end):
        self.heard.append((end.outcome, end.epochs))
