"""What the recorder needs to know of a search space, and the spaces there are."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

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
    def log_scaled(self) -> tuple[str, ...]:
        """Columns that were drawn on a logarithmic scale: predictors get their logarithms."""

    @property
    def recipes(self) -> Mapping[str, Any]:
        """The recipes by name."""

    def metric(self, recipe: Any) -> Metric:
        """Return the recorded quantity; how bad it can get may depend on the recipe's data."""

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


@runtime_checkable
class PopulationSpace(SearchSpace, Protocol):
    """A space that can also train several configurations together, in one batched program on a GPU.

    This is optional: the recorder trains the configurations of any other space, and those of every space on
    a CPU, one at a time.
    """

    def population_key(self, config: Any, recipe: Any) -> Hashable:
        """Return what configurations must have in common to train together."""

    def train_population(
        self, configs: Sequence[Any], seeds: Sequence[int], recipe: Any, data: Any, device: str
    ) -> Iterator[list[EpochRecord]]:
        """Train configurations of one key together and yield their records after each epoch.

        Parameters
        ----------
        configs, seeds : sequence
            The members of the population, and the seed of each one's training.
        recipe : Recipe
        data : object
            What ``load_data`` returned.
        device : str

        Yields
        ------
        list of EpochRecord
            One per member, in the order of ``configs``. A member that diverged yields non-finite numbers
            from then on. ``seconds`` is a member's share: the seconds that the whole population took for
            this epoch, divided by the number of members that have not diverged.
        """
