"""PASHA: ASHA that trains further only while the two highest rungs disagree about the order of their trials.

References
----------
Bohdal, Balles, Wistuba, Ermis, Archambeau, Zappella (2023), "PASHA: Efficient HPO and NAS with Progressive
Resource Allocation", ICLR. Where the paper leaves a choice, as Syne Tune 0.14.0 has it, the last version with
PASHA: ``syne_tune/optimizer/schedulers/legacy_hyperband_pasha.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.view import View
from simlab.schedulers.asha import ASHA
from simlab.schedulers.scheduler import JobEnd, Outcome
from simlab.searchers.searcher import Searcher

#: Of the distances between noisy pairs, the percentile that becomes epsilon (paper: N = 90).
NOISE_PERCENTILE = 90


class PASHA(ASHA):
    """Progressive ASHA: promotion, with a highest rung that rises when rankings are not settled yet.

    It begins with two rungs. Whenever the order of the trials in the highest rung differs from their order in
    the rung below, one more is opened. Orders are compared softly: the trial in each place may be any whose
    score in the lower rung lies within epsilon of the one that has this place there.

    Parameters
    ----------
    searcher, max_epochs, **options
        As in :class:`ASHA`. Where rankings settle early nothing reaches ``max_epochs``; ``finish`` then
        trains the best trial to it, as the paper does after the search.
    epsilon : float, optional
        In units of the metric; 0 compares strictly. By default it is estimated after every epoch: the 90th
        percentile of the distances between trials that have changed places at least twice, measured at the
        last epoch beyond the lower rung that both have reached; it stays as it was while there is no such
        pair.

    Raises
    ------
    SettingError
        If epsilon is negative, or as :class:`ASHA` does.

    Examples
    --------
    >>> from simlab.searchers import RandomOrdering
    >>> pasha = PASHA(RandomOrdering(range(100)), 81)
    >>> [rung.epochs for rung in pasha.rungs], pasha.rungs[pasha.top].epochs
    ([1, 3, 9, 27, 81], 3)
    """

    def __init__(
        self, searcher: Searcher, max_epochs: int, *, epsilon: float | None = None, **options: Any
    ) -> None:
        if epsilon is not None and not epsilon >= 0:
            raise SettingError(f"epsilon must be 0 or more, not {epsilon}")
        super().__init__(searcher, max_epochs, **options)
        self.top = min(1, self.top)
        self.epsilon = epsilon or 0.0
        self._estimates = epsilon is None
        self._curves: dict[int, list[float]] = {}
        self._noise: dict[tuple[int, int], float] = {}  # distance of each pair that changes places

    def after_epoch(self, view: View) -> Decision:
        """Take note of the score; epsilon may change, and with it whether rankings agree."""
        if self._estimates and view.epoch != view.until:
            self._note(view.position, view.epoch, view.score)
            if self._level_of[view.position] == self.top:
                self._rise()
        return super().after_epoch(view)

    def job_ended(self, end: JobEnd) -> None:
        """Take note of the score, and rank the trial."""
        if self._estimates and end.outcome in (Outcome.PAUSED, Outcome.COMPLETED):
            self._note(end.trial, end.epochs, end.score)
        super().job_ended(end)

    def _enter(self, level: int, end: JobEnd) -> None:
        super()._enter(level, end)
        if level == self.top:
            self._rise()

    def _rise(self) -> None:
        """Open one more rung where the two highest disagree."""
        if self.top < len(self.rungs) - 1 and not self._agree():
            self.top += 1
            self._noise.clear()

    def _agree(self) -> bool:
        """Return whether every trial of the highest rung may stand in the same place in the rung below."""
        places = [trial for _, trial in self.rungs[self.top].ranked]
        below = {trial: -negated for negated, trial in self.rungs[self.top - 1].ranked}
        present = set(places)
        places_below = [trial for trial in below if trial in present]
        return all(
            below[other] - self.epsilon <= below[trial] <= below[other] + self.epsilon
            for trial, other in zip(places, places_below, strict=True)
        )

    def _note(self, trial: int, epoch: int, score: float) -> None:
        """Write down a score; where it lies beyond the lower of the two rungs, estimate epsilon again."""
        curve = self._curves.setdefault(trial, [])
        if epoch <= len(curve):  # seen before: it is trained again
            return
        curve.append(score)
        if not self.rungs[self.top - 1].epochs < epoch <= self.rungs[self.top].epochs:
            return
        for other, scores in self._curves.items():
            if other != trial and len(scores) >= epoch:
                first, second = sorted((trial, other))
                if changes_places(self._curves[first][:epoch], self._curves[second][:epoch]):
                    self._noise[first, second] = abs(score - scores[epoch - 1])
        if self._noise:
            self.epsilon = float(np.percentile(list(self._noise.values()), NOISE_PERCENTILE))


def changes_places(first: Sequence[float], second: Sequence[float]) -> bool:
    """Return whether two curves of equal length cross at least twice, as noise makes them do.

    Examples
    --------
    >>> changes_places([0.1, 0.3, 0.4], [0.2, 0.2, 0.5]), changes_places([0.1, 0.3, 0.4], [0.2, 0.2, 0.3])
    (True, False)
    """
    ahead = [one > other for one, other in zip(first, second, strict=True)]
    return sum(before != after for before, after in pairwise(ahead)) >= 2
