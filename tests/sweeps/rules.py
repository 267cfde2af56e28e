"""Rules defined in a file of their own, as a user's are: a worker process imports it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from simlab.policies import Decision, Policy


@dataclass(frozen=True)
class Slow(Policy):
    """Stops nothing, and takes its time; leaves a note of who it was asked by."""

    name: ClassVar[str] = "slow"
    folder: str
    number: int = 0
    seconds: float = 0.001

    def settings(self):
        return {"burn_in": self.burn_in, "number": self.number}

    def decide(self, view):
        if view.epoch == 1 and view.position == 0:
            (Path(self.folder) / f"asked in {os.getpid()}").touch()
        time.sleep(self.seconds)
        return Decision(stop=False, reason="goes on")


@dataclass(frozen=True)
class Breaking(Policy):
    """Raises in the second ordering."""

    name: ClassVar[str] = "breaking"
    broken: ClassVar[bool] = True

    def decide(self, view):
        if self.broken:
            raise ZeroDivisionError("broken")
        return Decision(stop=False, reason="mended")


def twice_as_long(corpus):
    """Return what every epoch costs on a clock of one's own."""
    return np.full(corpus.values.shape, 2.0)
