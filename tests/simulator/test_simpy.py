"""An independent model in SimPy: the same clock, the same order, the same workers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.policies import Decision, Policy
from tests.simulator.toys import motley, replay, rows


@dataclass(frozen=True)
class Arbitrary(Policy):
    """Stops at arbitrary epochs, and on what the run has seen so far: the order of events decides."""

    name = "arbitrary"
    stops: tuple[int, ...] = ()
    margin: float = 1.0

    def decide(self, view):
        stop = view.epoch == self.stops[int(view.config_id[-4:])]
        behind = view.n_ended_in_order >= 3 and view.scores[-1] < view.nth_best(1) - self.margin
        return Decision(stop=stop or behind, reason=f"{view.n_ended_in_order} {view.nth_best(2)}")


class Model:
    """W workers that take trials from a queue; a tie on the clock goes to the trial that started first."""

    def __init__(self, corpus, durations, policy, workers):
        self.corpus, self.durations, self.policy = corpus, durations, policy
        self.env = simpy.Environment()
        self.queue = iter(range(len(corpus)))
        self.log, self.completed, self.open = [], [], []
        for worker in range(workers):
            self.env.process(self.work(worker))
        self.env.run()

    def wait(self, duration, config):
        event = self.env.event()
        event._ok, event._value = True, None
        self.env.schedule(event, priority=config + 1, delay=duration)  # 0 is for processes that start
        return event

    def work(self, worker):
        for config in self.queue:
            self.open.append(config)
            self.log.append((self.env.now, "started", config, worker, 0))
            outcome, length = self.corpus.status[config], self.corpus.lengths[config]
            if not length:
                yield self.wait(0, config)
            epoch = 0
            for epoch in range(1, length + 1):
                yield self.wait(self.durations[config, epoch - 1], config)
                self.log.append((self.env.now, "epoch ended", config, worker, epoch))
                if epoch < length and self.stops(config, epoch):
                    outcome = "stopped"
                    break
            self.open.remove(config)
            if outcome == "completed":
                self.completed.append(self.corpus.values[config, length - 1])
            self.log.append((self.env.now, str(outcome), config, worker, epoch))

    def stops(self, config, epoch):
        ended_in_order = min(self.open)
        incumbent = max(self.completed, default=-np.inf)
        behind = (
            ended_in_order >= 3 and self.corpus.values[config, epoch - 1] < incumbent - self.policy.margin
        )
        return epoch == self.policy.stops[config] or behind


@settings(max_examples=150)
@given(
    stops=st.tuples(*[st.integers(1, 9)] * 25),
    margin=st.sampled_from([0.05, 0.2, 1.0]),
    workers=st.integers(1, 5),
    unit=st.sampled_from(["epochs", "halves", "eighths"]),
    seed=st.integers(0, 5),
)
def test_a_simpy_model_agrees_event_by_event(stops, margin, workers, unit, seed):
    corpus = motley(25, 6, seed)
    durations = np.ones((25, 6))
    if unit != "epochs":  # binary fractions add up exactly; zero and half epochs tie often, eighths seldom
        steps, highest = (2, 3) if unit == "halves" else (8, 40)
        durations = np.random.default_rng(seed).integers(0, highest, (25, 6)) / steps
        corpus = replace(corpus, series={**corpus.series, "seconds": durations})
    policy = Arbitrary(stops, margin)
    trace = replay(corpus, policy, workers=workers, clock="epochs" if unit == "epochs" else "seconds")
    assert rows(trace.events) == Model(corpus, durations, policy, workers).log
