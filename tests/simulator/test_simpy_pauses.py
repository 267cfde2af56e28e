"""An independent model in SimPy of trials that pause and go on, where they stood or from the first epoch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab import Scenario
from simlab.policies import Decision, Never
from simlab.schedulers import Job, Outcome, Scheduler
from tests.simulator.toys import motley, replay, rows

N, EPOCHS = 20, 6


class RoundRobin(Scheduler):
    """Trains each configuration for some epochs, then puts it at the end of the queue."""

    def __init__(self, steps, anew, stops):
        self.steps, self.anew, self.stops = steps, anew, stops
        self.queue = [Job(config, until=step) for config, step in enumerate(steps)]

    def next_job(self):
        return self.queue.pop(0) if self.queue else None

    def after_epoch(self, view):
        return Decision(stop=view.epoch == self.stops[int(view.config_id[-4:])], reason="its epoch")

    def job_ended(self, end):
        if end.outcome is Outcome.PAUSED:
            until = end.epochs + self.steps[end.config]
            self.queue.append(Job(end.config, until, trial=end.trial, anew=self.anew[end.config]))


class Model:
    """Idle workers take what is first in the queue, the one with the lowest number first."""

    def __init__(self, corpus, durations, scheduler, workers, delays):
        self.corpus, self.durations, self.delays = corpus, durations, delays
        self.steps, self.anew, self.stops = scheduler.steps, scheduler.anew, scheduler.stops
        self.env = simpy.Environment()
        self.queue, self.idle, self.log = [(config, 0) for config in range(N)], list(range(workers)), []
        self.hand_out()
        self.env.run()

    def hand_out(self):
        while self.idle and self.queue:
            worker, (config, trained) = min(self.idle), self.queue.pop(0)
            self.idle.remove(worker)
            stands = 0 if self.anew[config] else trained
            event = "started" if not trained else "restarted" if self.anew[config] else "resumed"
            self.log.append((self.env.now, event, config, worker, stands))
            self.env.process(self.train(config, worker, stands, trained + self.steps[config]))

    def wait(self, duration, config):
        event = self.env.event()
        event._ok, event._value = True, None
        self.env.schedule(event, priority=config + 1, delay=duration)  # 0 is for processes that start
        return event

    def train(self, config, worker, epoch, until):
        length, outcome = self.corpus.lengths[config], ""
        delay = self.delays.resume if epoch else self.delays.start_up
        if not length:
            yield self.wait(delay, config)
        while not outcome and epoch < length:
            yield self.wait(delay + self.durations[config, epoch], config)
            epoch, delay = epoch + 1, 0
            self.log.append((self.env.now, "epoch ended", config, worker, epoch))
            if epoch < length:
                outcome = "stopped" if epoch == self.stops[config] else "paused" if epoch == until else ""
        if outcome == "paused":
            if self.delays.checkpoint:
                yield self.wait(self.delays.checkpoint, config)
            self.queue.append((config, epoch))
        self.log.append((self.env.now, outcome or str(self.corpus.status[config]), config, worker, epoch))
        self.idle.append(worker)
        self.hand_out()


each = st.integers(1, 9)


@settings(max_examples=200)
@given(
    steps=st.tuples(*[st.integers(1, 4)] * N),
    anew=st.tuples(*[st.booleans()] * N),
    stops=st.tuples(*[each] * N),
    start_up=st.sampled_from([0, 1, 2.5]),
    resume=st.sampled_from([0, 1, 0.25]),
    checkpoint=st.sampled_from([0, 1, 1.5]),
    whole=st.booleans(),
    workers=st.integers(1, 4),
    seed=st.integers(0, 5),
)
def test_a_simpy_model_agrees_event_by_event(  # noqa: PLR0917
    steps, anew, stops, start_up, resume, checkpoint, whole, workers, seed
):
    corpus = motley(N, EPOCHS, seed)
    # Whole and zero durations tie often, eighths seldom; both add up exactly.
    durations = np.random.default_rng(seed).integers(0, 3 if whole else 40, (N, EPOCHS)) / (1 if whole else 8)
    corpus = replace(corpus, series={**corpus.series, "seconds": durations})
    delays = Scenario(start_up=start_up, resume=resume, checkpoint=checkpoint)
    scheduler = RoundRobin(steps, anew, stops)
    model = Model(corpus, durations, scheduler, workers, delays)
    trace = replay(corpus, Never(), workers=workers, clock="seconds", scheduler=scheduler, scenario=delays)
    assert rows(trace.events) == model.log
    assert len(trace.trials) == N
    if delays == Scenario():
        scheduler = RoundRobin(steps, anew, stops)
        plain = replay(corpus, Never(), workers=workers, clock="seconds", scheduler=scheduler)
        assert rows(plain.events) == model.log
