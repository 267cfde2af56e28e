"""An independent model in SimPy: the same clock, the same order, the same workers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab import Budget, Scenario
from simlab.policies import Decision, Policy
from tests.simulator.toys import given_fleet, motley, replay, rows


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


class ScenarioModel(Model):
    """As above, with delays, slow workers, failures at given moments and a budget."""

    def __init__(self, corpus, durations, policy, workers, *, scenario, slowness, failures, repair):
        self.scenario, self.slowness, self.repair = scenario, slowness, repair
        self.failures = failures  # ascending, one list per worker, further apart than a repair
        self.epochs_left = scenario.budget.epochs
        super().__init__(corpus, durations, policy, workers)

    def fails_at(self, worker):
        """Return the next moment from now on; a failure now is none if it began this job."""
        return next((one for one in self.failures[worker] if one >= self.env.now), np.inf)

    def work(self, worker):
        while True:
            for failed in self.failures[worker]:  # away, without a trial
                if failed <= self.env.now < failed + self.repair:
                    yield self.wait(failed + self.repair - self.env.now, worker - 100)
            if self.epochs_left < 1:
                return
            config = next(self.queue, None)
            if config is None:
                return
            self.open.append(config)
            self.log.append((self.env.now, "started", config, worker, 0))
            yield from self.train(worker, config)

    def train(self, worker, config):
        """Train a configuration until nothing fails."""
        outcome = epoch = None
        while outcome is None:
            fails_at, epoch = self.fails_at(worker), 0
            steps = self.steps(worker, config)
            for delay, event in steps:
                if fails_at < self.env.now + delay:
                    yield self.wait(fails_at - self.env.now, config)
                    self.log.append((self.env.now, "worker failed", config, worker, 0))
                    yield self.wait(self.repair, config)
                    self.log.append((self.env.now, "resumed", config, worker, 0))
                    break
                if delay or event == "epoch ended" or not self.corpus.lengths[config]:
                    yield self.wait(delay, config)
                if event == "epoch ended":
                    epoch += 1
                    self.log.append((self.env.now, event, config, worker, epoch))
                else:
                    outcome = event
        self.open.remove(config)
        if outcome == "completed":
            self.completed.append(self.corpus.values[config, epoch - 1])
        self.log.append((self.env.now, outcome, config, worker, epoch))

    def steps(self, worker, config):
        """Yield what comes next and how long it takes; the last step is the outcome."""
        length, delay = self.corpus.lengths[config], self.scenario.start_up
        for epoch in range(1, length + 1):
            if self.epochs_left < 1:
                yield delay if epoch > 1 else 0, "unfinished"
                return
            self.epochs_left -= 1
            yield delay + self.slowness[worker] * self.durations[config, epoch - 1], "epoch ended"
            if epoch < length:
                stops, delay = self.stops(config, epoch), 0
                if self.looks():
                    delay = self.scenario.decision_cost
                if stops:
                    yield delay, "stopped"
                    return
        yield (0 if length else delay), str(self.corpus.status[config])

    def looks(self):
        """Return whether the policy has just looked at scores."""
        return min(self.open) >= 3


moments = st.lists(st.integers(1, 60), max_size=4, unique=True).map(sorted)


@settings(max_examples=250)
@given(
    stops=st.tuples(*[st.integers(1, 9)] * 25),
    margin=st.sampled_from([0.05, 0.2, 1.0]),
    start_up=st.sampled_from([0, 1, 2.5]),
    decision_cost=st.sampled_from([0, 1, 0.5]),
    epochs=st.sampled_from([1, 3, 40, 10_000]),
    slowness=st.lists(st.sampled_from([1.0, 2.0]), min_size=3, max_size=3),
    failures=st.tuples(moments, moments, moments),
    repair=st.sampled_from([1, 3.5]),
    workers=st.integers(1, 3),
    seed=st.integers(0, 3),
)
def test_a_simpy_model_of_a_scenario_agrees_event_by_event(  # noqa: PLR0917
    stops, margin, start_up, decision_cost, epochs, slowness, failures, repair, workers, seed
):
    corpus = motley(25, 6, seed)
    durations = np.random.default_rng(seed).integers(0, 40, (25, 6)) / 8
    corpus = replace(corpus, series={**corpus.series, "seconds": durations})
    apart = [[one * 7 + worker / 16 for one in times] for worker, times in enumerate(failures)]
    policy = Arbitrary(stops, margin)
    scenario = Scenario(start_up=start_up, decision_cost=decision_cost, budget=Budget(epochs=epochs))
    fleet = given_fleet(apart[:workers], repair, slowness[:workers])
    trace = replay(corpus, policy, clock="seconds", scenario=scenario, fleet=fleet)
    model = ScenarioModel(
        corpus,
        durations,
        policy,
        workers,
        scenario=scenario,
        slowness=slowness,
        failures=apart,
        repair=repair,
    )
    assert rows(trace.events) == model.log
