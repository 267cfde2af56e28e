"""Scores in ascending order, to which others are added one by one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from sortedcontainers import SortedList

#: Scores up to which moving those behind a new one takes less time than finding its part of a longer list.
LONG = 10_000


class Ascending(list[float]):
    """A list in ascending order, with what a ranking asks of :class:`sortedcontainers.SortedList`.

    Several times as fast as that while it is short; :func:`for_many` turns it into one in time.

    Examples
    --------
    >>> scores = Ascending([0.1, 0.4])
    >>> scores.add(0.2)
    >>> scores, scores.bisect_left(0.2), scores.bisect_right(0.2)
    ([0.1, 0.2, 0.4], 1, 2)
    """

    __slots__ = ()

    def add(self, score: float) -> None:
        """Put a score in its place."""
        insort(self, score)

    def bisect_left(self, score: float) -> int:
        """Return how many are smaller."""
        return bisect_left(self, score)

    def bisect_right(self, score: float) -> int:
        """Return how many are no larger."""
        return bisect_right(self, score)


def for_many(scores: Ascending | SortedList, n: int) -> Ascending | SortedList:
    """Return the same scores, in what is fast for ``n`` of them.

    Examples
    --------
    >>> type(for_many(Ascending(), 100)).__name__, type(for_many(Ascending(), 100_000)).__name__
    ('Ascending', 'SortedList')
    """
    return SortedList(scores) if n > LONG and isinstance(scores, Ascending) else scores
