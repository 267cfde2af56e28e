"""Random search over a recorded corpus: every configuration once, in a given random order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.random import SeedSequence, default_rng

from simlab.searchers.searcher import Searcher

Integers = npt.NDArray[np.int64]


class RandomOrdering(Searcher):
    """Proposes the configurations of one ordering, each once.

    Parameters
    ----------
    ordering : sequence of int, shape (N,)
        A permutation of the configurations' indices.

    Examples
    --------
    >>> searcher = RandomOrdering([2, 0, 1])
    >>> [searcher.propose() for _ in range(4)]
    [2, 0, 1, None]
    """

    def __init__(self, ordering: Sequence[int] | Integers) -> None:
        self._left = iter([int(config) for config in ordering])

    def propose(self) -> int | None:
        """Return the next configuration of the ordering."""
        return next(self._left, None)


def draw_orderings(n_configs: int, n_orderings: int, seed: int) -> list[Integers]:
    """Draw random orderings of a corpus.

    Ordering k depends on ``seed`` and k alone, so every policy sees the same ones (common random numbers),
    and asking for more keeps those already drawn.

    Parameters
    ----------
    n_configs, n_orderings, seed : int

    Returns
    -------
    list of ndarray of int, each of shape (n_configs,)

    Examples
    --------
    >>> [ordering.tolist() for ordering in draw_orderings(4, 2, seed=0)]
    [[1, 0, 3, 2], [2, 0, 3, 1]]
    """
    children = SeedSequence(seed).spawn(n_orderings)
    return [default_rng(child).permutation(n_configs) for child in children]
