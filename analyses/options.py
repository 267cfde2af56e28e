"""What every analysis is told: how often to repeat, on how many cores, and where predictions are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from simlab.predictions import PredictionStore

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@contextmanager
def silent(_label: str, _total: int) -> Iterator[Callable[[int], None]]:
    """Show no progress."""
    yield lambda _done: None


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of a run of the analyses.

    Attributes
    ----------
    repeats : int
        Random orderings, or random training sets, of each corpus.
    seed : int
        Their seed.
    n_jobs : int
        Repeats in parallel.
    store : PredictionStore, optional
        Shared by all analyses: what Table 1 has computed, Figure 3 and the ledger of claims read again.
    search : int, optional
        Settings that an SRM searches, in place of the paper's 1,000; for tests.
    train : int
        Curves that a predictor learns from.
    progress : callable
        Shows a bar with a label and a total.
    """

    repeats: int = 10
    seed: int = 0
    n_jobs: int = 1
    store: PredictionStore | None = None
    search: int | None = None
    train: int = 100
    progress: Progress = silent
