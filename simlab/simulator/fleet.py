"""The workers of a run: which are slow, and when each of them fails."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Self

import numpy as np

from simlab.simulator.scenario import Scenario


class Fleet:
    """Workers that take longer than recorded, and fail now and then.

    Parameters
    ----------
    slowness : sequence of float
        How many times as long each worker takes for an epoch.
    gaps : sequence of iterator of float
        For each worker: time to its first failure, and from each repair to the next failure; without end.
    repair : float
        How long a failed worker is away.

    Attributes
    ----------
    fails_at : list of float
        When each worker fails next, or its present outage began.
    """

    def __init__(
        self, slowness: Sequence[float], gaps: Sequence[Iterator[float]], repair: float = 0.0
    ) -> None:
        self.slowness = list(slowness)
        self.repair = repair
        self._gaps = list(gaps)
        self.fails_at = [next(of_worker) for of_worker in self._gaps]

    @classmethod
    def draw(cls, scenario: Scenario, workers: int, seed: np.random.SeedSequence) -> Self:
        """Draw the workers of one ordering.

        A worker depends on the seed and its own number alone: every policy meets the same ones (common random
        numbers), and asking for more keeps the first.

        Parameters
        ----------
        scenario : Scenario
        workers : int
        seed : numpy.random.SeedSequence

        Examples
        --------
        >>> from simlab.simulator.scenario import Failures, Stragglers
        >>> scenario = Scenario(stragglers=Stragglers(share=0.5, factor=3), failures=Failures(rate=0.01))
        >>> fleet = Fleet.draw(scenario, 4, np.random.SeedSequence(0))
        >>> fleet.slowness, [round(time) for time in fleet.fails_at]
        ([1.0, 1.0, 1.0, 3.0], [76, 38, 12, 10])
        """
        slowness, gaps = [], []
        failures, stragglers = scenario.failures, scenario.stragglers
        for worker in range(workers):
            key = (*seed.spawn_key, worker)
            rng = np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=key))
            is_slow = rng.random() < (stragglers.share if stragglers else 0.0)
            slowness.append(float(stragglers.factor) if stragglers and is_slow else 1.0)
            gaps.append(_exponential(rng, 1 / failures.rate) if failures else repeat(math.inf))
        return cls(slowness, gaps, failures.repair if failures else 0.0)

    def advance(self, worker: int, now: float) -> None:
        """Pass over the outages of a worker that are over by now."""
        while self.fails_at[worker] + self.repair <= now:
            self.fails_at[worker] += self.repair + next(self._gaps[worker])


def _exponential(rng: np.random.Generator, mean: float) -> Iterator[float]:
    while True:
        yield float(rng.exponential(mean))
