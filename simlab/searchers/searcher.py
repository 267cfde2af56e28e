"""The protocol of every searcher: which configuration is tried next."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Searcher(ABC):
    """Proposes configurations, and hears how they ended."""

    @abstractmethod
    def propose(self) -> int | None:
        """Return the index of the next configuration to try, or None when there is none (now)."""

    def observe(self, config: int, score: float, *, is_final: bool) -> None:  # noqa: B027  # most searchers do not listen
        """Hear the score of a trial that ended.

        Parameters
        ----------
        config : int
        score : float
            Final score; for a stopped trial the policy's prediction of it, where one was made; for any other
            the last score, NaN where there was none.
        is_final : bool
            False where ``score`` stands in for a final score nobody has seen.
        """
