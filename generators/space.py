"""What the recorder needs to know of a search space, and the spaces there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from simlab.metric import Metric


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """What one epoch of training left behind.

    Parameters
    ----------
    value : float
        The metric on the validation data.
    seconds : float
        Cost of training and validation of this epoch: CPU seconds on a CPU, wall-clock seconds on a GPU.
    train_loss, valid_loss : float
        Mean training loss over the epoch, and validation loss after it.
    """

    value: float
    seconds: float
    train_loss: float
    valid_loss: float


class Recipe(Protocol):
    """Settings of a recording outside the search space: a frozen dataclass of JSON-able fields."""

    @property
    def name(self) -> str:
        """Name on the command line."""

    @property
    def epochs(self) -> int:
        """Length of a complete curve."""


class SearchSpace(Protocol):
    """A space of configurations, and how one of them is trained.

    The recorder knows nothing else: it draws, hands configurations to its workers, and stores what they
    yield. A space is pickled on its way to the workers, so it holds settings and no data; torch is imported
    only inside ``load_data`` and ``train``.
    """

    @property
    def name(self) -> str:
        """Name on the command line."""

    @property
    def title(self) -> str:
        """Title of the corpus."""

    @property
    def metric(self) -> Metric:
        """The recorded quantity."""

    @property
    def recipes(self) -> Mapping[str, Any]:
        """The recipes by name."""

    def sample(self, rng: np.random.Generator) -> Any:
        """Draw a configuration."""

    def key(self, config: Any) -> str:
        """Return readable text that tells a configuration from every other one."""

    def describe(self, config: Any, recipe: Any) -> dict[str, float]:
        """Return the ``ap_`` and ``hp_`` columns of a configuration, as trained by ``recipe``."""

    def explain(self, recipe: Any) -> str:
        """Return the card's Markdown: what was trained, how, and every decision taken."""

    def data_source(self, data_root: Path, recipe: Any) -> dict[str, Any]:
        """Return source, sha256 and split sizes of the training data; SimlabError where it is missing."""

    def load_data(self, data_root: Path, recipe: Any, seed: int, device: str) -> Any:
        """Load what ``train`` needs; called once per worker."""

    def train(self, config: Any, seed: int, recipe: Any, data: Any, device: str) -> Iterator[EpochRecord]:
        """Train a configuration and yield a record after each epoch; non-finite numbers mean divergence."""
