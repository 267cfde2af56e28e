"""The corpus ``resnet-tinyimagenet``: residual networks of 14 to 110 layers (Appendix A of the paper)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from generators.data.images import describe_source, load_image_data
from generators.data.tinyimagenet import TinyImageNet
from generators.metrics import accuracy
from generators.resnet.tinyimagenet_architecture import Architecture, sample_architecture
from generators.resnet.tinyimagenet_recipe import MINI, PAPER, ResNetTinyImageNetRecipe
from generators.resnet.tinyimagenet_weights import count_layers, count_weights
from generators.space import EpochRecord
from simlab.metric import Metric


@dataclass(frozen=True)
class ResNetTinyImageNet:
    """Residual networks of 14 to 110 layers on TinyImageNet, recorded by validation accuracy."""

    name: str = "resnet-tinyimagenet"
    title: str = "Residual networks of 14 to 110 layers on TinyImageNet"
    log_scaled: tuple[str, ...] = ()
    recipes: Mapping[str, ResNetTinyImageNetRecipe] = field(
        default_factory=lambda: {"paper": PAPER, "mini": MINI}
    )

    def metric(self, recipe: ResNetTinyImageNetRecipe) -> Metric:
        """Return the validation accuracy among the recipe's classes."""
        return accuracy(recipe.n_classes)

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Draw an architecture."""
        return sample_architecture(rng)

    def key(self, config: Architecture) -> str:
        """Return the architecture as text."""
        return str(config)

    def describe(self, config: Architecture, recipe: ResNetTinyImageNetRecipe) -> dict[str, float]:
        """Return what is varied, what follows from it, and the recipe's hyperparameters."""
        return {
            "ap_n_weights": count_weights(config, recipe),
            "ap_n_layers": count_layers(config),
            "ap_n_filters": recipe.trained_filters(config.filters),
            "ap_kernel_side": config.kernel,
            "hp_learning_rate": recipe.learning_rate,
            "hp_lr_reduction": recipe.drop_factor,
            "hp_momentum": recipe.momentum,
            "hp_weight_decay": recipe.weight_decay,
            "hp_batch_size": recipe.batch_size,
        }

    def explain(self, recipe: ResNetTinyImageNetRecipe) -> str:
        """Return the card's Markdown."""
        from generators.resnet.tinyimagenet_card import write_description

        return write_description(recipe)

    def data_source(self, data_root: Path, recipe: ResNetTinyImageNetRecipe) -> dict[str, Any]:
        """Return source, checksum and split sizes of the recipe's classes of TinyImageNet."""
        return describe_source(TinyImageNet(recipe.n_classes), data_root, recipe)

    def load_data(self, data_root: Path, recipe: ResNetTinyImageNetRecipe, seed: int, device: str) -> Any:
        """Load the recipe's classes of TinyImageNet onto the device."""
        from generators.training import prepare_process

        prepare_process()
        return load_image_data(TinyImageNet(recipe.n_classes), data_root, recipe, seed, device)

    def train(
        self, config: Architecture, seed: int, recipe: ResNetTinyImageNetRecipe, data: Any, device: str
    ) -> Iterator[EpochRecord]:
        """Train an architecture with Nesterov's accelerated gradient."""
        from generators.resnet.tinyimagenet_network import build_network, build_optimizer
        from generators.training import Training, train_epochs

        training = Training(
            build=lambda: build_network(config, recipe),
            optimize=lambda network: build_optimizer(network, recipe),
            learning_rate_at=recipe.learning_rate_at,
        )
        return train_epochs(training, seed, recipe, data, device)


RESNET_TINYIMAGENET = ResNetTinyImageNet()
