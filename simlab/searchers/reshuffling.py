"""Random search that outlasts the corpus: draws without replacement, shuffled anew when it is used up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simlab.searchers.searcher import Searcher

Integers = npt.NDArray[np.int64]


class Reshuffling(Searcher):
    """Proposes the configurations of one ordering, then of ever new ones, and so never ends.

    Parameters
    ----------
    ordering : sequence of int, shape (N,)
        A permutation of the configurations' indices, proposed first.
    seed : numpy.random.SeedSequence
        Source of the later permutations.

    Attributes
    ----------
    n_proposed : int
        Proposals so far; the corpus was used up ``n_proposed // N`` times.

    Examples
    --------
    >>> searcher = Reshuffling([2, 0, 1], np.random.SeedSequence(0))
    >>> [searcher.propose() for _ in range(9)]
    [2, 0, 1, 0, 2, 1, 2, 0, 1]
    """

    def __init__(self, ordering: Sequence[int] | Integers, seed: np.random.SeedSequence) -> None:
        self._ordering = [int(config) for config in ordering]
        self._rng = np.random.default_rng(seed)
        self._left = list(reversed(self._ordering))
        self.n_proposed = 0

    def propose(self) -> int | None:
        """Return the next configuration."""
        if not self._left:
            self._left = self._rng.permutation(self._ordering).tolist()
        self.n_proposed += 1
        return self._left.pop()
