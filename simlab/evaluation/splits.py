"""Which configurations a predictor learns from, and which it is tested on."""

from __future__ import annotations

from dataclasses import dataclass

from simlab.corpus import Corpus
from simlab.errors import SettingError
from simlab.searchers import draw_orderings


@dataclass(frozen=True)
class Split:
    """Configurations by position in the corpus; none may stand in both.

    Attributes
    ----------
    training, tested : tuple of int
    """

    training: tuple[int, ...]
    tested: tuple[int, ...]

    def __post_init__(self) -> None:
        both = set(self.training) & set(self.tested)
        if both:
            raise SettingError(
                f"a split trains and tests on the same {len(both)} configurations, the first {min(both)}"
            )


def random_splits(corpus: Corpus, train: int = 100, repeats: int = 10, seed: int = 0) -> list[Split]:
    """Split a corpus at random several times: train on the first of an ordering, test on all the rest.

    The orderings are those of :func:`simlab.simulate` with the same seed, so that its burn-ins and these
    training sets are the same, and so are predictions in a store.

    Parameters
    ----------
    corpus : Corpus
    train : int
        Size of the training set.
    repeats, seed : int

    Raises
    ------
    SettingError
        If a number is out of range, or the corpus is too small.

    Examples
    --------
    >>> import simlab
    >>> splits = random_splits(simlab.load("metaqnn-cifar10"), train=100, repeats=2)
    >>> [(len(split.training), len(split.tested)) for split in splits]
    [(100, 900), (100, 900)]
    """
    if repeats < 1:
        raise SettingError(f"repeats must be 1 or more, not {repeats}")
    if seed < 0:
        raise SettingError(f"seed must be 0 or more, not {seed}")
    if not 0 <= train < len(corpus):
        raise SettingError(
            f"train must lie between 0 and {len(corpus) - 1}, one less than the configurations of "
            f"{corpus.name}, not be {train}"
        )
    orderings = draw_orderings(len(corpus), repeats, seed)
    return [Split(tuple(one[:train].tolist()), tuple(one[train:].tolist())) for one in orderings]
