"""The corpus ``resnet-cifar10``: residual networks of 39 layers on CIFAR-10 (Appendix A of the paper)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from generators.data.cifar10 import CIFAR10
from generators.data.images import describe_source, load_image_data
from generators.metrics import accuracy
from generators.resnet.cifar10_architecture import Architecture, sample_architecture
from generators.resnet.cifar10_recipe import MINI, PAPER, ResNetCifar10Recipe
from generators.resnet.cifar10_weights import N_LAYERS, count_weights
from generators.space import EpochRecord
from simlab.metric import Metric


@dataclass(frozen=True)
class ResNetCifar10:
    """Residual networks of 39 layers on CIFAR-10, recorded by validation accuracy."""

    name: str = "resnet-cifar10"
    title: str = "Residual networks of 39 layers on CIFAR-10"
    log_scaled: tuple[str, ...] = ()
    recipes: Mapping[str, ResNetCifar10Recipe] = field(default_factory=lambda: {"paper": PAPER, "mini": MINI})

    def metric(self, recipe: ResNetCifar10Recipe) -> Metric:
        """Return the validation accuracy."""
        return accuracy(recipe.n_classes)

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Draw an architecture."""
        return sample_architecture(rng)

    def key(self, config: Architecture) -> str:
        """Return the architecture as text."""
        return str(config)

    def describe(self, config: Architecture, recipe: ResNetCifar10Recipe) -> dict[str, float]:
        """Return size and means of the network as trained, and the recipe's hyperparameters."""
        return {
            "ap_n_weights": count_weights(config, recipe),
            "ap_n_layers": N_LAYERS,
            "ap_n_residuals": len(config.residuals),
            "ap_mean_filters": mean(block.filters / recipe.width_divisor for block in config.blocks),
            "ap_mean_kernel_height": mean(block.height for block in config.blocks),
            "ap_mean_kernel_width": mean(block.width for block in config.blocks),
            "hp_learning_rate": recipe.learning_rate,
            "hp_lr_reduction": recipe.drop_factor,
            "hp_weight_decay": recipe.weight_decay,
            "hp_batch_size": recipe.batch_size,
        }

    def explain(self, recipe: ResNetCifar10Recipe) -> str:
        """Return the card's Markdown."""
        from generators.resnet.cifar10_card import write_description

        return write_description(recipe)

    def data_source(self, data_root: Path, recipe: ResNetCifar10Recipe) -> dict[str, Any]:
        """Return source, checksum and split sizes of CIFAR-10."""
        return describe_source(CIFAR10, data_root, recipe)

    def load_data(self, data_root: Path, recipe: ResNetCifar10Recipe, seed: int, device: str) -> Any:
        """Load CIFAR-10 onto the device."""
        from generators.training import prepare_process

        prepare_process()
        return load_image_data(CIFAR10, data_root, recipe, seed, device)

    def train(
        self, config: Architecture, seed: int, recipe: ResNetCifar10Recipe, data: Any, device: str
    ) -> Iterator[EpochRecord]:
        """Train an architecture with RMSProp."""
        from generators.resnet.cifar10_network import build_network, build_optimizer
        from generators.training import Training, train_epochs

        training = Training(
            build=lambda: build_network(config, recipe),
            optimize=lambda network: build_optimizer(network, recipe),
            learning_rate_at=recipe.learning_rate_at,
        )
        return train_epochs(training, seed, recipe, data, device)


RESNET_CIFAR10 = ResNetCifar10()
