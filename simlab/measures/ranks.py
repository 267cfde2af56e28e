"""Ranks of policies over several corpora, and by how much they must differ to say so.

References
----------
Demsar (2006), "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simlab.errors import SettingError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AverageRanks:
    """Average ranks, and what the tests say of them.

    Attributes
    ----------
    names : tuple of str
        The policies, the one with the lowest (best) average rank first.
    ranks : tuple of float
        Their average ranks; 1 is best everywhere.
    blocks : int
        Corpora that they were ranked on.
    statistic, p_value : float
        Friedman's test that all policies do equally well, corrected for ties; NaN where all are tied
        everywhere.
    critical_difference : float
        Nemenyi: two average ranks that differ by less cannot be told apart.
    """

    names: tuple[str, ...]
    ranks: tuple[float, ...]
    blocks: int
    statistic: float
    p_value: float
    critical_difference: float

    def groups(self) -> list[tuple[str, ...]]:
        """Return the largest groups of policies none of which differ, of two or more each.

        Examples
        --------
        >>> AverageRanks(("a", "b", "c"), (1.0, 1.9, 2.5), 9, 5.0, 0.08, 1.0).groups()
        [('a', 'b'), ('b', 'c')]
        """
        found: list[range] = []
        for first, rank in enumerate(self.ranks):
            last = max(
                place for place, other in enumerate(self.ranks) if other - rank < self.critical_difference
            )
            if last > first and (not found or last >= found[-1].stop):
                found.append(range(first, last + 1))
        return [tuple(self.names[place] for place in group) for group in found]


def rank_policies(scores: Floats, names: Sequence[str], level: float = 0.95) -> AverageRanks:
    """Rank policies within blocks and compare their average ranks.

    Parameters
    ----------
    scores : ndarray, shape (blocks, policies)
        Larger is better; ties share their ranks. A block must be independent of the others: a corpus, not one
        of its orderings.
    names : sequence of str
    level : float
        1 minus the error rate of the critical difference, all pairs together.

    Raises
    ------
    SettingError
        If there are fewer than two blocks or three policies, or a score is not finite.

    Examples
    --------
    >>> ranking = rank_policies(np.array([[0.9, 0.8, 0.7], [0.6, 0.6, 0.5]]), ["a", "b", "c"])
    >>> ranking.names, ranking.ranks
    (('a', 'b', 'c'), (1.25, 1.75, 3.0))
    """
    blocks, k = scores.shape
    if blocks < 2 or k < 3:
        raise SettingError(f"ranks need two blocks and three policies or more, not {blocks} and {k}")
    if not np.isfinite(scores).all():
        raise SettingError("every policy needs a finite score in every block to be ranked")
    from scipy.stats import friedmanchisquare, rankdata  # most of a second, which others need not wait for

    mean = rankdata(-scores, axis=1).mean(axis=0)
    with np.errstate(invalid="ignore"):  # everything is tied everywhere
        test = friedmanchisquare(*scores.T)
    order = np.argsort(mean, kind="stable")
    return AverageRanks(
        names=tuple(names[place] for place in order),
        ranks=tuple(mean[order].tolist()),
        blocks=blocks,
        statistic=float(test.statistic),
        p_value=float(test.pvalue),
        critical_difference=critical_difference(k, blocks, level),
    )


def critical_difference(policies: int, blocks: int, level: float = 0.95) -> float:
    """Return by how much two average ranks must differ (Nemenyi).

    Parameters
    ----------
    policies, blocks : int
    level : float

    Examples
    --------
    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    from scipy.stats import studentized_range

    quantile = float(studentized_range.ppf(level, policies, math.inf)) / math.sqrt(2)
    return quantile * math.sqrt(policies * (policies + 1) / (6 * blocks))
