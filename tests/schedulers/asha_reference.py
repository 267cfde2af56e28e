"""ASHA and PASHA as plain loops: every question is answered by going through all that has happened, anew."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np


@dataclass(eq=False)
class Trial:
    number: int
    config: int
    epochs: int = 0
    level: int = 0
    worker: int = 0
    job: tuple = ()  # when it began, and after how many epochs
    outcome: str = ""


class Reference:
    """Workers, a clock and trials; what happens at the end of an epoch is up to the subclasses."""

    def __init__(self, corpus, elapsed, order, *, levels, eta, workers):
        self.corpus, self.elapsed, self.order = corpus, elapsed, list(order)
        self.levels, self.eta, self.idle = levels, eta, list(range(workers))
        self.trials, self.running, self.log, self.now = [], [], [], 0.0

    def play(self):
        self.hand_out()
        while self.running:
            self.now, _, trial = min((self.time_of(trial), trial.number, trial) for trial in self.running)
            length = self.corpus.lengths[trial.config]
            if trial.epochs < length:
                trial.epochs += 1
                self.write("epoch ended", trial)
            outcome = self.outcome(trial, self.corpus.status[trial.config] if trial.epochs == length else "")
            if outcome:
                self.running.remove(trial)
                self.idle.append(trial.worker)
                self.write(outcome, trial)
            self.hand_out()
        return self.log

    def time_of(self, trial):
        start, before = trial.job
        elapsed = self.elapsed[trial.config]
        return start + (elapsed[min(trial.epochs + 1, self.corpus.lengths[trial.config])] - elapsed[before])

    def write(self, event, trial):
        self.log.append((self.now, str(event), trial.config, trial.worker, trial.epochs))

    def hand_out(self):
        while self.idle and (job := self.next_job()):
            event, trial = job
            trial.worker = min(self.idle)
            self.idle.remove(trial.worker)
            self.running.append(trial)
            trial.job = self.now, trial.epochs
            self.write(event, trial)

    def start(self):
        if not self.order:
            return None
        self.trials.append(Trial(len(self.trials), self.order.pop(0)))
        return "started", self.trials[-1]

    def score(self, trial):
        """Return a trial's final score, where its curve has come to its end, or its last one."""
        final = self.corpus.final_scores[trial.config]
        if trial.epochs == self.corpus.lengths[trial.config] and not math.isnan(final):
            return final
        return self.corpus.scores[trial.config, trial.epochs - 1]


class Stopping(Reference):
    """Stops a trial when more than 1 / eta of those seen at its rung, itself among them, were better."""

    def next_job(self):
        return self.start()

    def outcome(self, trial, recorded):
        if recorded:
            return recorded
        if trial.epochs in self.levels[:-1]:
            scores = self.corpus.scores[:, trial.epochs - 1]
            arrived = [row[2] for row in self.log if row[1] == "epoch ended" and row[4] == trial.epochs]
            better = sum(scores[config] > scores[trial.config] for config in arrived)
            if better / len(arrived) > 1 / self.eta:
                return "stopped"
        return "paused" if trial.epochs == self.levels[-1] else ""


class Promotion(Reference):
    """Algorithm 2 of Li et al. (2020), get_job; with the choices that ASHA names."""

    def __init__(self, *arguments, quota="floor", retrain=False, finish=True, **options):
        super().__init__(*arguments, **options)
        self.quota, self.retrain, self.finish = quota, retrain, finish
        self.rungs = [{} for _ in self.levels]  # the score of each trial there
        self.promoted = [[] for _ in self.levels]
        self.top = len(self.levels) - 1

    def next_job(self):
        return self.promotion() or self.start() or self.last_training()

    def ranked(self, level):
        rung = self.rungs[level]
        return sorted(rung, key=lambda trial: (-rung[trial], trial.number))

    def waits(self, trial, level):
        return trial not in self.promoted[level] and trial.outcome in ("paused", "completed")

    def promotion(self):
        for level in reversed(range(self.top)):
            n = len(self.rungs[level])
            allowed = math.ceil(n / self.eta) if self.quota == "ceil" and n > 1 else math.floor(n / self.eta)
            for trial in self.ranked(level)[:allowed]:
                if not self.waits(trial, level):
                    continue
                if trial.outcome == "paused":
                    return self.resume(trial, level, level + 1)
                self.promoted[level].append(trial)
                self.enter(trial, level + 1)
                return self.promotion()
        return None

    def last_training(self):
        if self.running or not self.finish:
            return None
        last = len(self.levels) - 1
        for level in reversed(range(len(self.levels))):
            left = [trial for trial in self.ranked(level) if self.waits(trial, level)]
            if left:
                done = level == last or left[0].outcome == "completed"
                return None if done else self.resume(left[0], level, last)
        return None

    def resume(self, trial, level, following):
        self.promoted[level].append(trial)
        trial.level = following
        if self.retrain:
            trial.epochs = 0
        return "restarted" if self.retrain else "resumed", trial

    def enter(self, trial, level):
        self.rungs[level][trial] = self.score(trial)

    def outcome(self, trial, recorded):
        end = self.levels[trial.level]
        trial.outcome = recorded or ("paused" if trial.epochs == end else "")
        if trial.epochs == end or recorded == "completed":
            self.enter(trial, trial.level)
        return trial.outcome


class Progressive(Promotion):
    """PASHA: after every report epsilon is estimated anew and the two highest rungs are compared."""

    def __init__(self, *arguments, epsilon=None, **options):
        super().__init__(*arguments, **options)
        self.top, self.estimates, self.epsilon = min(1, self.top), epsilon is None, epsilon or 0.0
        self.curves = {}

    def enter(self, trial, level):
        super().enter(trial, level)
        self.compare()

    def outcome(self, trial, recorded):
        if recorded in ("", "completed"):
            self.curves.setdefault(trial, {})[trial.epochs] = self.score(trial)
        if self.estimates and self.top:
            self.estimate()
        outcome = super().outcome(trial, recorded)
        self.compare()
        return outcome

    def estimate(self):
        """Measure pairs from the highest epoch downwards, each at the first epoch that both have reached."""
        distances = {}
        for epoch in range(self.levels[self.top], self.levels[self.top - 1], -1):
            arrived = sorted(
                (trial for trial, curve in self.curves.items() if epoch in curve),
                key=lambda trial: trial.number,
            )
            for pair in itertools.combinations(arrived, 2):
                if pair not in distances:
                    one, other = (self.curves[trial] for trial in pair)
                    order = [one[before] > other[before] for before in range(epoch, 0, -1)]
                    opposite = order.index(not order[0]) if (not order[0]) in order else epoch
                    distances[pair] = abs(one[epoch] - other[epoch]) if order[0] in order[opposite:] else None
        noise = [distance for distance in distances.values() if distance is not None]
        if noise:
            self.epsilon = np.percentile(noise, 90)

    def compare(self):
        if self.top == len(self.levels) - 1:
            return
        places, below = self.ranked(self.top), self.rungs[self.top - 1]
        before = [trial for trial in self.ranked(self.top - 1) if trial in places]
        groups = [
            {one for one in before if below[held] - self.epsilon <= below[one] <= below[held] + self.epsilon}
            for held in before
        ]
        if any(trial not in group for trial, group in zip(places, groups, strict=True)):
            self.top += 1
