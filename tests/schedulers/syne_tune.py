"""The cases in which ASHA and PASHA are compared with Syne Tune, and the curves they are played on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import simlab

N_TRIALS = 120
#: Two versions: 0.16.0 has kept the stopping variant alone, 0.14.0 is the last one with promotion and PASHA.
STOPPING, PROMOTING = "0.16.0", "0.14.0"


@dataclass(frozen=True)
class Case:
    """A scheduler with its settings."""

    scheduler: str
    max_epochs: int
    eta: int
    min_epochs: int
    workers: int

    @property
    def rung_ends(self):
        """Epochs of the rungs below the last; at the others nothing is decided."""
        powers = [self.min_epochs * self.eta**level for level in range(self.max_epochs)]
        return [epochs for epochs in powers if epochs < self.max_epochs]


#: Promotion is compared where ``max_epochs`` is a power of eta, since the share that Syne Tune promotes is
#: the ratio of the rungs' epochs, and at an eta whose quantile is an exact float: at 3 it promotes 14 of 43.
CASES = {
    STOPPING: [
        Case("asha-stopping", *budget, workers)
        for budget in ((18, 3, 2), (16, 3, 1), (16, 2, 1))
        for workers in (1, 4, 16)
    ],
    PROMOTING: [
        Case(scheduler, *budget, workers)
        for scheduler, budget in (("asha", (16, 2, 1)), ("asha", (16, 4, 1)), ("pasha", (16, 2, 1)))
        for workers in (1, 4, 16)
    ],
}


def recorded(version):
    """Return the file that holds what a version of Syne Tune decided."""
    return Path(__file__).parent / f"syne_tune_{version}.csv"


def curves():
    """Return a recorded corpus without equal scores, and with whole seconds, whose sums tie and are exact."""
    corpus = simlab.load("metaqnn-cifar10")
    number = np.arange(len(corpus))[:, None]
    seconds = np.broadcast_to(1 + number % 3, corpus.values.shape).astype(float)
    series = {"value": corpus.values.round(6) + number * 1e-9, "seconds": seconds}
    return replace(corpus, series=corpus.series | series)
