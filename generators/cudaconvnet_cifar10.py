"""The corpus ``cudaconvnet-cifar10``: the Cuda-Convnet network under random hyperparameters on CIFAR-10."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from generators.cudaconvnet import Hyperparameters, sample_hyperparameters
from generators.cudaconvnet_recipe import MINI, PAPER, CudaConvnetRecipe
from generators.cudaconvnet_weights import N_LAYERS, count_weights
from generators.metrics import ACCURACY_OF_TEN
from generators.space import EpochRecord
from simlab.metric import Metric


@dataclass(frozen=True)
class CudaConvnetCifar10:
    """One network on CIFAR-10 under the hyperparameters of Table 4, recorded by validation accuracy."""

    name: str = "cudaconvnet-cifar10"
    title: str = "Cuda-Convnet under random hyperparameters on CIFAR-10"
    metric: Metric = ACCURACY_OF_TEN
    recipes: Mapping[str, CudaConvnetRecipe] = field(default_factory=lambda: {"paper": PAPER, "mini": MINI})

    def sample(self, rng: np.random.Generator) -> Hyperparameters:
        """Draw hyperparameters."""
        return sample_hyperparameters(rng)

    def key(self, config: Hyperparameters) -> str:
        """Return the hyperparameters as text."""
        return str(config)

    def describe(self, config: Hyperparameters, recipe: CudaConvnetRecipe) -> dict[str, float]:
        """Return weights and layers of the network, which never vary, and the hyperparameters."""
        hyperparameters = {f"hp_{name}": value for name, value in asdict(config).items()}
        return {"ap_n_weights": count_weights(recipe), "ap_n_layers": N_LAYERS, **hyperparameters}

    def explain(self, recipe: CudaConvnetRecipe) -> str:
        """Return the card's Markdown."""
        from generators.cudaconvnet_card import write_description

        return write_description(recipe)

    def data_source(self, data_root: Path, recipe: CudaConvnetRecipe) -> dict[str, Any]:
        """Return source, checksum and split sizes of CIFAR-10."""
        from generators.cifar10 import describe_source

        return describe_source(data_root, recipe)

    def load_data(self, data_root: Path, recipe: CudaConvnetRecipe, seed: int, device: str) -> Any:
        """Load CIFAR-10 onto the device; its pixels keep their scale of 0 to 255, as in cuda-convnet."""
        from generators.cifar10 import load_image_data
        from generators.training import prepare_process

        prepare_process()
        return load_image_data(data_root, recipe, seed, device).centred_only()

    def train(
        self, config: Hyperparameters, seed: int, recipe: CudaConvnetRecipe, data: Any, device: str
    ) -> Iterator[EpochRecord]:
        """Train the network under a configuration."""
        from generators.cudaconvnet_network import build_network, build_optimizer
        from generators.training import Training, train_epochs

        training = Training(
            build=lambda: build_network(config, recipe),
            optimize=lambda network: build_optimizer(network, config, recipe),
            learning_rate_at=lambda progress: config.learning_rate_at(progress / recipe.epochs),
        )
        return train_epochs(training, seed, recipe, data, device)


CUDACONVNET_CIFAR10 = CudaConvnetCifar10()
