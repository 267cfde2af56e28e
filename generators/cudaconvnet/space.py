"""The Cuda-Convnet network on a source of images, as a search space that can be recorded."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generators.card_notes import CardNotes
from generators.cudaconvnet.hyperparameters import TABLE_4, Hyperparameters, sample_hyperparameters
from generators.cudaconvnet.recipe import CudaConvnetRecipe
from generators.cudaconvnet.weights import N_LAYERS, count_weights
from generators.data.images import ImageSource, describe_source, load_image_data
from generators.image_recipe import N_CLASSES
from generators.metrics import accuracy
from generators.space import EpochRecord
from simlab.metric import Metric


@dataclass(frozen=True, kw_only=True)
class CudaConvnet:
    """One network under the hyperparameters of Table 4, recorded by validation accuracy.

    Parameters
    ----------
    name, title : str
    source : ImageSource
        Images of 10 classes.
    recipes : mapping of str to CudaConvnetRecipe
    notes : CardNotes
    """

    name: str
    title: str
    source: ImageSource
    recipes: Mapping[str, CudaConvnetRecipe]
    notes: CardNotes
    log_scaled: tuple[str, ...] = tuple(
        f"hp_{name}" for name, drawn in TABLE_4.items() if drawn.scale == "log"
    )

    def metric(self, recipe: CudaConvnetRecipe) -> Metric:
        """Return the validation accuracy among ten classes."""
        return accuracy(N_CLASSES)

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
        from generators.cudaconvnet.card import write_description

        return write_description(recipe, self.notes)

    def data_source(self, data_root: Path, recipe: CudaConvnetRecipe) -> dict[str, Any]:
        """Return source, checksum and split sizes of the images."""
        return describe_source(self.source, data_root, recipe)

    def load_data(self, data_root: Path, recipe: CudaConvnetRecipe, seed: int, device: str) -> Any:
        """Load the images onto the device; their pixels keep their scale of 0 to 255, as in cuda-convnet."""
        from generators.training import prepare_process

        prepare_process()
        return load_image_data(self.source, data_root, recipe, seed, device).centred_only()

    def train(
        self, config: Hyperparameters, seed: int, recipe: CudaConvnetRecipe, data: Any, device: str
    ) -> Iterator[EpochRecord]:
        """Train the network under a configuration."""
        from generators.cudaconvnet.network import build_network, build_optimizer
        from generators.training import Training, train_epochs

        training = Training(
            build=lambda: build_network(config, recipe),
            optimize=lambda network: build_optimizer(network, config, recipe),
            learning_rate_at=lambda progress: config.learning_rate_at(progress / recipe.epochs),
        )
        return train_epochs(training, seed, recipe, data, device)

    def population_key(self, config: Hyperparameters, recipe: CudaConvnetRecipe) -> Hashable:
        """Return the same for all: there is one architecture."""
        return recipe.name

    def train_population(
        self,
        configs: Sequence[Hyperparameters],
        seeds: Sequence[int],
        recipe: CudaConvnetRecipe,
        data: Any,
        device: str,
    ) -> Iterator[list[EpochRecord]]:
        """Train networks under several configurations side by side."""
        from generators.cudaconvnet.population import train_cudaconvnets

        return train_cudaconvnets(configs, seeds, recipe, data, device)
