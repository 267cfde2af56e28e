"""Train a MetaQNN network as its published code does: Adam, and a new start where nothing is learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import nn

from generators.metaqnn.recipe import MetaQNNRecipe
from generators.space import EpochRecord
from generators.training import ImageData, Training, train_epochs


def train_with_restarts(
    build: Callable[[], nn.Module], seed: int, recipe: MetaQNNRecipe, data: ImageData, device: str
) -> Iterator[EpochRecord]:
    """Train a classifier and yield one record per epoch; restart a network at chance as the recipe says.

    Parameters
    ----------
    build : callable
        Returns a freshly initialised network; called after seeding.
    seed : int
        Determines initialisation, batches, mirroring and dropout.
    recipe : MetaQNNRecipe
    data : ImageData
    device : str

    Yields
    ------
    EpochRecord
        Validation accuracy and losses after each epoch; ``seconds`` of the first include discarded starts.
    """
    discarded = 0.0
    for attempt in range(recipe.restarts + 1):
        scaled = replace(recipe, learning_rate=recipe.learning_rate * recipe.restart_factor**attempt)
        epochs = train_epochs(_with_adam(build, scaled), seed + attempt, recipe, data, device)
        first = next(epochs)
        if first.value > recipe.restart_below or attempt == recipe.restarts:
            yield replace(first, seconds=first.seconds + discarded)
            yield from epochs
            return
        discarded += first.seconds


def _with_adam(build: Callable[[], nn.Module], recipe: MetaQNNRecipe) -> Training:
    def optimize(network: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.Adam(network.parameters(), weight_decay=recipe.weight_decay, fused=True)

    return Training(build, optimize, recipe.learning_rate_at)
