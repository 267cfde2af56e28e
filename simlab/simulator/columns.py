"""What happened in one run, as columns: what its frames are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrialColumns:
    """Every trial, in the order of starting.

    Attributes
    ----------
    config, worker : sequence of int
    outcome : sequence of str
    start, end : sequence of float
    epochs : sequence of int
        Epochs reached in the end.
    given_up : mapping of int to sequence of (int, int)
        Training that was given up, by the number of the trial, where there was any.
    epochs_lost : sequence of int
        Epochs that failed workers lost.
    """

    config: Sequence[int] | Integers
    outcome: Sequence[str] | pl.Series
    worker: Sequence[int] | Integers
    start: Sequence[float] | Floats
    end: Sequence[float] | Floats
    epochs: Sequence[int] | Integers
    given_up: Mapping[int, Sequence[tuple[int, int]]]
    epochs_lost: Sequence[int] | Integers


@dataclass(frozen=True)
class DecisionColumns:
    """Every decision that was kept, in order; see :class:`simlab.policies.Decision`.

    Where, when and what; what was not predicted is None, or NaN in an array.
    """

    config: Sequence[int] | Integers
    epoch: Sequence[int] | Integers
    time: Sequence[float] | Floats
    stop: Sequence[bool] | npt.NDArray[np.bool_]
    reason: Sequence[str] | pl.Series
    predicted: Sequence[float | None] | Floats
    sigma: Sequence[float | None] | Floats
    probability: Sequence[float | None] | Floats


@dataclass(frozen=True)
class Events:
    """Every event that was kept, in order."""

    time: Sequence[float] | Floats
    event: Sequence[str] | pl.Series
    config: Sequence[int] | Integers
    worker: Sequence[int] | Integers
    epoch: Sequence[int] | Integers


class RunColumns(Protocol):
    """All of them."""

    @property
    def trial_columns(self) -> TrialColumns:
        """Every trial."""

    @property
    def decision_columns(self) -> DecisionColumns:
        """Every decision."""

    @property
    def events(self) -> Events:
        """Every event."""
