"""What the trials of a run have reported so far, kept in order for rules that rank them."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simlab.policies.ranking import Shown

Floats = npt.NDArray[np.float64]


class Reports:
    """Who has come how far, and the sorted scores of those who have.

    An epoch that nobody ranks costs one entry in a list; the first question about it sorts what is there, and
    later ones add what has arrived since.

    Parameters
    ----------
    scores : ndarray, shape (N, T)
        Recorded scores, NaN after the end of a curve. Only those of trials that were added are ever shown.

    Examples
    --------
    >>> reports = Reports(np.array([[0.1, 0.5], [0.3, 0.2]]))
    >>> reports.add(0, 1), reports.add(1, 1), reports.add(1, 2)
    (None, None, None)
    >>> reports.ascending(1, "current"), reports.ascending(2, "best"), reports.place(0, 1, "current")
    ([0.1, 0.3], [0.3], 0)
    """

    def __init__(self, scores: Floats) -> None:
        self._scores = scores
        self._reached: list[list[int]] = [[] for _ in range(scores.shape[1])]
        self._completed: list[int] = []
        self._columns: dict[tuple[int, Shown, int], list[float]] = {}
        self._sorted: dict[tuple[int, Shown, int, bool], _Sorted] = {}

    def add(self, config: int, epoch: int) -> None:
        """Note that a trial of ``config`` has finished an epoch for the first time."""
        self._reached[epoch - 1].append(config)

    def complete(self, config: int) -> None:
        """Note that a trial of ``config`` has completed."""
        self._completed.append(config)

    def ascending(
        self, epoch: int, shown: Shown, average_from: int = 1, *, completed: bool = False
    ) -> list[float]:
        """Return what trials had shown by ``epoch``, ascending; later ones are sorted into the same list.

        Parameters
        ----------
        epoch : int
        shown : {"current", "best", "mean"}
        average_from : int
            First epoch that enters a mean.
        completed : bool
            Only of trials that have completed since.
        """
        key = (epoch, shown, average_from, completed)
        if key not in self._sorted:
            arrivals = self._completed if completed else self._reached[epoch - 1]
            self._sorted[key] = _Sorted(self._column(epoch, shown, average_from), arrivals)
        return self._sorted[key].catch_up()

    def place(self, config: int, epoch: int, shown: Shown, average_from: int = 1) -> int:
        """Return the place of what ``config`` had shown among all that reached the epoch."""
        own = self._column(epoch, shown, average_from)[config]
        return bisect_left(self.ascending(epoch, shown, average_from), own)

    def _column(self, epoch: int, shown: Shown, average_from: int) -> list[float]:
        """Return what every configuration shows by an epoch, as Python numbers: they are taken one by one."""
        key = (epoch, shown, average_from)
        if key not in self._columns:
            self._columns[key] = _show(self._scores[:, :epoch], shown, average_from).tolist()
        return self._columns[key]


@dataclass(slots=True)
class _Sorted:
    """Values in order, and how many of the arrivals are among them."""

    column: list[float]
    arrivals: list[int]
    ascending: list[float] = field(default_factory=list)
    taken: int = 0

    def catch_up(self) -> list[float]:
        """Sort in what has arrived since the last question."""
        for config in self.arrivals[self.taken :]:
            value = self.column[config]
            if not math.isnan(value):  # it completed before this epoch
                insort(self.ascending, value)
        self.taken = len(self.arrivals)
        return self.ascending


def _show(scores: Floats, shown: Shown, average_from: int) -> Floats:
    """Reduce each row of scores, shape (N, t), to what it shows by epoch t; NaN where it ended before."""
    if shown == "current":
        return scores[:, -1]
    if shown == "best":
        best: Floats = scores.max(axis=1)
        return best
    mean: Floats = scores[:, average_from - 1 :].mean(axis=1)
    return mean
