"""Hyperband and f-Hyperband as the algorithms stand in the papers: loops over arrays, one trial at a time."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import norm


def draw(order, n, configs):
    """Draw up to n configurations, note them down, and return the numbers of their trials."""
    first = len(configs)
    configs += [config for config in (next(order, None) for _ in range(n)) if config is not None]
    return list(range(first, len(configs)))


def hyperband(scores, order, brackets, runs=1, *, retrain=False):
    """Return the epochs spent on each trial, in the order in which they start, and their configurations."""
    order = iter(order)
    spent, configs = [], []
    for bracket in list(brackets) * runs:
        alive = draw(order, bracket.rungs[0].configs, configs)
        spent += [0] * len(alive)
        before = 0
        for rung, following in zip(bracket.rungs, [*bracket.rungs[1:], None], strict=True):
            for trial in alive:
                spent[trial] += rung.epochs if retrain else rung.epochs - before
            before = rung.epochs
            ranked = sorted(alive, key=lambda t: (-scores[configs[t], before - 1], t))
            alive = ranked[: following.configs] if following else []
    return spent, configs


class FastHyperbandReference:
    """Algorithms 1 and 2 of the appendix, repaired, with the last-seen-value predictor.

    Sigma is the root mean square of the last-seen value's error on the training set.
    """

    def __init__(self, scores, order, rule):
        self.scores, self.order, self.rule = scores, iter(order), rule
        self.spent, self.configs, self.stopped, self.data = [], [], [], {}

    def run(self, brackets, runs):
        for _ in range(runs):
            if not self.rule.carry_models:
                self.data = {}
            for bracket in brackets:
                alive = draw(self.order, bracket.rungs[0].configs, self.configs)
                self.spent += [0] * len(alive)
                before = 0
                for rung, following in zip(bracket.rungs, [*bracket.rungs[1:], None], strict=True):
                    n_next = following.configs if following else 1
                    reached = self.run_rung(alive, before, rung, n_next)
                    before = rung.epochs
                    alive = sorted(reached, key=lambda t: (-self.scores[self.configs[t], before - 1], t))[
                        :n_next
                    ]
        return self.spent, self.configs, sorted(self.stopped)

    def run_rung(self, alive, before, rung, n_next):
        whole = rung.configs if self.rule.keep_of == "configs" else n_next
        kept = max(1, math.ceil(self.rule.keep * whole))
        seen = self.data.setdefault(rung.epochs, [])
        listed, reached = [], []
        for trial in alive:
            config = self.configs[trial]
            score = self.train(trial, before, rung.epochs, listed=listed, kept=kept, seen=seen)
            listed.append(score)
            if trial in self.stopped:
                continue
            reached.append(trial)
            if len(seen) < self.rule.burn_in and config not in seen:
                seen.append(config)
        return reached

    def train(self, trial, before, until, *, listed, kept, seen):
        curve = self.scores[self.configs[trial]]
        for epoch in range(before + 1, until + 1):
            self.spent[trial] += 1
            knows = len(seen) >= self.rule.burn_in and self.configs[trial] not in seen
            if epoch == until or not knows or kept > len(listed):
                continue
            errors = self.scores[seen, until - 1] - self.scores[seen, epoch - 1]
            bound = sorted(listed, reverse=True)[kept - 1] - self.rule.tolerance
            if norm.cdf(bound, curve[epoch - 1], math.sqrt(np.mean(errors**2))) >= self.rule.threshold:
                self.stopped.append(trial)
                return curve[epoch - 1]
        return curve[until - 1]
