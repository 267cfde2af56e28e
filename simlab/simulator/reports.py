"""What the trials of a run have reported so far, kept in order for rules that rank them."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simlab.policies.ascending import Ascending, for_many
from simlab.policies.percentile import shown as reduce
from simlab.policies.ranking import Shown

if TYPE_CHECKING:
    from sortedcontainers import SortedList

Floats = npt.NDArray[np.float64]


class Reports:
    """Who has come how far, and the sorted scores of those who have.

    An epoch that nobody ranks costs one number per report; the first question about it sorts what is there,
    and later ones add what has arrived since, each in a time that grows with the logarithm of its number.

    Parameters
    ----------
    scores : ndarray, shape (N, T)
        Recorded scores, NaN after the end of a curve. Only those of trials that were added are ever shown.

    Attributes
    ----------
    arrive : list of callable
        What :meth:`add` does, for each epoch: a call less on every epoch of a replay.

    Examples
    --------
    >>> reports = Reports(np.array([[0.1, 0.5], [0.3, 0.2]]))
    >>> reports.add(0, 1), reports.add(1, 1), reports.add(1, 2)
    (None, None, None)
    >>> list(reports.ascending(1, "current")), list(reports.ascending(2, "best"))
    ([0.1, 0.3], [0.3])
    >>> reports.shown(0, 2, "best")
    0.5
    """

    def __init__(self, scores: Floats) -> None:
        self._scores = scores
        self._reached = [array("i") for _ in range(scores.shape[1])]
        self.arrive = [reached.append for reached in self._reached]
        self._completed = array("i")
        self._sorted: dict[tuple[int, Shown, int, bool], _Sorted] = {}
        self._asked: tuple[int, int, Shown, int] | None = None
        self._answer = math.nan

    def add(self, config: int, epoch: int) -> None:
        """Note that a trial of ``config`` has finished an epoch for the first time."""
        self.arrive[epoch - 1](config)

    def complete(self, config: int) -> None:
        """Note that a trial of ``config`` has completed."""
        self._completed.append(config)

    def ascending(
        self, epoch: int, shown: Shown, average_from: int = 1, *, completed: bool = False
    ) -> Ascending | SortedList:
        """Return what trials had shown by ``epoch``, ascending; later ones may be sorted into the same list.

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
        of_epoch = self._sorted.get(key)
        if of_epoch is None:
            arrivals = self._completed if completed else self._reached[epoch - 1]
            of_epoch = self._sorted[key] = _Sorted(arrivals)
        if of_epoch.taken < len(of_epoch.arrivals):
            self._catch_up(of_epoch, epoch, shown, average_from)
        return of_epoch.ascending

    def _catch_up(self, of_epoch: _Sorted, epoch: int, shown: Shown, average_from: int) -> None:
        of_epoch.ascending = for_many(of_epoch.ascending, len(of_epoch.arrivals))
        for config in of_epoch.arrivals[of_epoch.taken :]:
            value = self.shown(config, epoch, shown, average_from)
            if not math.isnan(value):  # it completed before this epoch
                of_epoch.ascending.add(value)
        of_epoch.taken = len(of_epoch.arrivals)

    def shown(self, config: int, epoch: int, shown: Shown, average_from: int = 1) -> float:
        """Return what a configuration shows by an epoch; NaN where it ended before."""
        if shown == "current":
            return self._scores.item(config, epoch - 1)
        asked = (config, epoch, shown, average_from)
        if asked != self._asked:  # a trial is sorted in, and then left out of its own ranking
            first = average_from - 1 if shown == "mean" else 0
            self._asked, self._answer = asked, reduce(self._scores[config, first:epoch], shown)
        return self._answer


@dataclass(slots=True)
class _Sorted:
    """Values in order, and how many of the arrivals are among them."""

    arrivals: array[int]
    ascending: Ascending | SortedList = field(default_factory=Ascending)
    taken: int = 0
