"""The corpus ``lstm-ptb``: LSTM language models of random sizes on the Penn Treebank."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from generators.lstm.recipe import MINI, PAPER, LstmRecipe
from generators.lstm.sizes import Sizes, sample_sizes
from generators.lstm.weights import N_LAYERS, count_weights
from generators.metrics import perplexity
from generators.space import EpochRecord
from simlab.metric import Metric

SIZE_CLASS = 350  # cells, and inputs


@dataclass(frozen=True)
class LstmPtb:
    """LSTM language models on the Penn Treebank, recorded by validation perplexity."""

    name: str = "lstm-ptb"
    title: str = "LSTM language models on the Penn Treebank"
    log_scaled: tuple[str, ...] = ()
    recipes: Mapping[str, LstmRecipe] = field(default_factory=lambda: {"paper": PAPER, "mini": MINI})

    def metric(self, recipe: LstmRecipe) -> Metric:
        """Return the validation perplexity over the recipe's words."""
        return perplexity(recipe.vocabulary_size)

    def sample(self, rng: np.random.Generator) -> Sizes:
        """Draw the sizes of a language model."""
        return sample_sizes(rng)

    def key(self, config: Sizes) -> str:
        """Return the sizes as text."""
        return str(config)

    def describe(self, config: Sizes, recipe: LstmRecipe) -> dict[str, float]:
        """Return weights and layers of the network as trained, and the sizes as drawn."""
        return {
            "ap_n_weights": count_weights(config, recipe),
            "ap_n_layers": N_LAYERS,
            "hp_n_cells": config.n_cells,
            "hp_n_inputs": config.n_inputs,
        }

    def explain(self, recipe: LstmRecipe) -> str:
        """Return the card's Markdown."""
        from generators.lstm.card import write_description

        return write_description(recipe)

    def data_source(self, data_root: Path, recipe: LstmRecipe) -> dict[str, Any]:
        """Return source, checksum and split sizes of the Penn Treebank."""
        from generators.data.ptb import describe_source

        return describe_source(data_root, recipe)

    def load_data(self, data_root: Path, recipe: LstmRecipe, seed: int, device: str) -> Any:
        """Load the text onto the device; the seed plays no part, as the splits are given."""
        from generators.data.ptb import load_language_data
        from generators.training import prepare_process

        prepare_process()
        return load_language_data(data_root, recipe, device)

    def train(
        self, config: Sizes, seed: int, recipe: LstmRecipe, data: Any, device: str
    ) -> Iterator[EpochRecord]:
        """Train a language model."""
        from generators.lstm.training import train_language_model

        return train_language_model(config, seed, recipe, data, device)

    def population_key(self, config: Sizes, recipe: LstmRecipe) -> Hashable:
        """Return the class of sizes: models of a population are padded to the largest of them."""
        return -(-config.n_cells // SIZE_CLASS), -(-config.n_inputs // SIZE_CLASS)

    def train_population(
        self, configs: Sequence[Sizes], seeds: Sequence[int], recipe: LstmRecipe, data: Any, device: str
    ) -> Iterator[list[EpochRecord]]:
        """Train language models of similar sizes side by side."""
        from generators.lstm.population import train_language_models

        return train_language_models(configs, seeds, recipe, data, device)


LSTM_PTB = LstmPtb()
