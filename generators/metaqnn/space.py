"""MetaQNN networks on a source of images, as a search space that can be recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generators.card_notes import CardNotes
from generators.data.images import ImageSource, describe_source, load_image_data
from generators.image_recipe import N_CLASSES
from generators.metaqnn.architecture import Architecture, Conv, Dense, Pool, sample_architecture
from generators.metaqnn.recipe import MetaQNNRecipe
from generators.metaqnn.weights import count_weights
from generators.metrics import accuracy
from generators.space import EpochRecord
from simlab.metric import Metric


@dataclass(frozen=True, kw_only=True)
class MetaQNN:
    """Random architectures of up to ``max_depth`` layers, recorded by validation accuracy.

    Parameters
    ----------
    name, title : str
    source : ImageSource
        Images of 10 classes.
    max_depth : int
        Largest number of layers, the termination not counted.
    recipes : mapping of str to MetaQNNRecipe
    notes : CardNotes
    """

    name: str
    title: str
    source: ImageSource
    max_depth: int
    recipes: Mapping[str, MetaQNNRecipe]
    notes: CardNotes
    log_scaled: tuple[str, ...] = ()

    def metric(self, recipe: MetaQNNRecipe) -> Metric:
        """Return the validation accuracy among ten classes."""
        return accuracy(N_CLASSES)

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Draw an architecture."""
        return sample_architecture(rng, self.max_depth)

    def key(self, config: Architecture) -> str:
        """Return the architecture as text."""
        return str(config)

    def describe(self, config: Architecture, recipe: MetaQNNRecipe) -> dict[str, float]:
        """Return weights and layers of the network as trained, and the recipe's hyperparameters."""
        counts = {
            kind: sum(isinstance(layer, kind) for layer in config.layers) for kind in (Conv, Pool, Dense)
        }
        return {
            "ap_n_weights": count_weights(config, recipe),
            "ap_n_layers": len(config.layers),
            "ap_n_conv": counts[Conv],
            "ap_n_pool": counts[Pool],
            "ap_n_dense": counts[Dense],
            "hp_learning_rate": recipe.learning_rate,
            "hp_batch_size": recipe.batch_size,
        }

    def explain(self, recipe: MetaQNNRecipe) -> str:
        """Return the card's Markdown."""
        from generators.metaqnn.card import write_description

        return write_description(recipe, self.notes)

    def data_source(self, data_root: Path, recipe: MetaQNNRecipe) -> dict[str, Any]:
        """Return source, checksum and split sizes of the images."""
        return describe_source(self.source, data_root, recipe)

    def load_data(self, data_root: Path, recipe: MetaQNNRecipe, seed: int, device: str) -> Any:
        """Load the images onto the device."""
        from generators.training import prepare_process

        prepare_process()
        return load_image_data(self.source, data_root, recipe, seed, device)

    def train(
        self, config: Architecture, seed: int, recipe: MetaQNNRecipe, data: Any, device: str
    ) -> Iterator[EpochRecord]:
        """Train an architecture."""
        from generators.metaqnn.network import build_network
        from generators.metaqnn.training import train_with_restarts

        return train_with_restarts(lambda: build_network(config, recipe), seed, recipe, data, device)
