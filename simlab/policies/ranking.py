"""What trials had shown by one epoch, in order: what a trial is ranked against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simlab.policies.ascending import Ascending

if TYPE_CHECKING:
    from sortedcontainers import SortedList

#: What a trial shows at an epoch: its score there, the best or the mean of its scores up to it.
Shown = Literal["current", "best", "mean"]
#: Which trials are ranked, of those that have reached the epoch: the completed ones; all others, running,
#: stopped or ended; or all of them, with the trial that is judged.
Among = Literal["completed", "others", "reached"]


@dataclass(slots=True)
class Ranking:
    """Scores in ascending order, possibly without one of them.

    Parameters
    ----------
    ascending : Ascending or SortedList of float
        Not copied, so that a ranking costs nothing; it holds for the decision that it is made for.
    left_out : int, optional
        Place of a score that does not count.

    Examples
    --------
    >>> ranking = Ranking(Ascending([0.1, 0.2, 0.4, 0.8]), left_out=3)
    >>> len(ranking), ranking.percentile(75), ranking.n_above(0.2)
    (3, 0.30000000000000004, 1)
    """

    ascending: Ascending | SortedList
    left_out: int | None = None

    def __len__(self) -> int:
        return len(self.ascending) - (self.left_out is not None)

    def __getitem__(self, place: int) -> float:
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._at(place)

    def _at(self, place: int) -> float:
        left_out = self.left_out
        score: float = self.ascending[place if left_out is None or place < left_out else place + 1]
        return score

    def n_above(self, score: float) -> int:
        """Return how many are larger than ``score``."""
        place: int = self.ascending.bisect_right(score)
        return len(self.ascending) - place - (self.left_out is not None and self.left_out >= place)

    def percentile(self, percentile: float) -> float:
        """Return a percentile as :func:`numpy.percentile` interpolates it, to the last bit.

        Parameters
        ----------
        percentile : float
            In [0, 100].
        """
        last = len(self) - 1
        place = last * (percentile / 100)
        below = math.floor(place)
        if below >= last:
            return self[last]
        share, low, high = place - below, self._at(below), self._at(below + 1)
        # Two formulas, as in NumPy: tools decide ties by the last bit.
        return low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share)
