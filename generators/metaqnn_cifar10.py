"""The corpus ``metaqnn-cifar10``: random MetaQNN architectures trained on CIFAR-10."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from generators.metaqnn import Architecture, Conv, Dense, Pool, sample_architecture
from generators.metaqnn_recipe import MINI, PAPER, MetaQNNRecipe
from generators.metaqnn_weights import count_weights
from generators.metrics import ACCURACY_OF_TEN
from generators.space import EpochRecord
from simlab.metric import Metric

MAX_DEPTH = 18


@dataclass(frozen=True)
class MetaQNNCifar10:
    """MetaQNN networks of up to 18 layers on CIFAR-10, recorded by validation accuracy."""

    name: str = "metaqnn-cifar10"
    title: str = "MetaQNN networks on CIFAR-10"
    metric: Metric = ACCURACY_OF_TEN
    recipes: Mapping[str, MetaQNNRecipe] = field(default_factory=lambda: {"paper": PAPER, "mini": MINI})

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Draw an architecture."""
        return sample_architecture(rng, MAX_DEPTH)

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
        from generators.metaqnn_card import write_description

        return write_description(recipe, MAX_DEPTH)

    def data_source(self, data_root: Path, recipe: MetaQNNRecipe) -> dict[str, Any]:
        """Return source, checksum and split sizes of CIFAR-10."""
        from generators.cifar10 import describe_source

        return describe_source(data_root, recipe)

    def load_data(self, data_root: Path, recipe: MetaQNNRecipe, seed: int, device: str) -> Any:
        """Load CIFAR-10 onto the device."""
        from generators.cifar10 import load_image_data
        from generators.training import prepare_process

        prepare_process()
        return load_image_data(data_root, recipe, seed, device)

    def train(
        self, config: Architecture, seed: int, recipe: MetaQNNRecipe, data: Any, device: str
    ) -> Iterator[EpochRecord]:
        """Train an architecture."""
        from generators.metaqnn_network import build_network
        from generators.metaqnn_training import train_with_restarts

        return train_with_restarts(lambda: build_network(config, recipe), seed, recipe, data, device)


METAQNN_CIFAR10 = MetaQNNCifar10()
