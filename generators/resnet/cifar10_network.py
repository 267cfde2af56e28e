"""Build the torch module of a network of ``resnet-cifar10``, and its optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from generators.image_recipe import IMAGE_CHANNELS
from generators.resnet.cifar10_recipe import ResNetCifar10Recipe
from generators.resnet.cifar10_weights import CONVS_PER_BLOCK, final_side
from generators.resnet.layers import conv_norm, initialise

if TYPE_CHECKING:
    from generators.resnet.cifar10_architecture import Architecture

POOLED_BEFORE = (5, 8)  # blocks, from 1: the poolings stand after 12 and after 12 + 9 convolutions


class DenseBlock(nn.Module):
    """Convolutions of one shape, each of which reads the sum of all outputs before it; so does what follows.

    Parameters
    ----------
    n_inputs, filters : int
    kernel : (int, int)
        Height and width.
    """

    def __init__(self, n_inputs: int, filters: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        widths = [n_inputs] + [filters] * (CONVS_PER_BLOCK - 1)
        self.layers = nn.ModuleList(
            nn.Sequential(conv_norm(width, filters, kernel), nn.ReLU(inplace=True)) for width in widths
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Map [batch, n_inputs, height, width] to [batch, filters, height, width]."""
        first, *others = self.layers
        total: torch.Tensor = first(maps)
        for layer in others:
            total = total + layer(total)
        return total


class ResidualNetwork(nn.Module):
    """Blocks in a row, with residual connections between them that have no weights.

    Parameters
    ----------
    architecture : Architecture
    recipe : ResNetCifar10Recipe
    """

    def __init__(self, architecture: Architecture, recipe: ResNetCifar10Recipe) -> None:
        super().__init__()
        filters = [block.filters // recipe.width_divisor for block in architecture.blocks]
        self.blocks = nn.ModuleList(
            DenseBlock(n_inputs, n_outputs, (block.height, block.width))
            for n_inputs, n_outputs, block in zip(
                [IMAGE_CHANNELS, *filters[:-1]], filters, architecture.blocks, strict=True
            )
        )
        self.sources = {
            target: [source for source, other in architecture.residuals if other == target]
            for target in range(1, len(filters) + 1)
        }
        self.softmax = nn.Linear(filters[-1] * final_side(recipe) ** 2, recipe.n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map images [batch, 3, side, side] to logits [batch, n_classes]."""
        outputs: list[torch.Tensor] = []
        maps = images
        for number, block in enumerate(self.blocks, start=1):
            if number in POOLED_BEFORE:
                outputs = [functional.max_pool2d(output, 2) for output in outputs]
            if outputs:
                maps = add_all(outputs[-1], [outputs[source - 1] for source in self.sources[number]])
            outputs.append(block(maps))
        logits: torch.Tensor = self.softmax(outputs[-1].flatten(1))
        return logits


def add_all(maps: torch.Tensor, others: list[torch.Tensor]) -> torch.Tensor:
    """Add other maps of the same size; channels they lack count as zero, surplus ones are left out."""
    width = maps.shape[1]
    for other in others:
        maps = maps + functional.pad(other, (0, 0, 0, 0, 0, width - other.shape[1]))
    return maps


def build_network(architecture: Architecture, recipe: ResNetCifar10Recipe) -> ResidualNetwork:
    """Build the network that ``recipe`` trains for ``architecture``, freshly initialised.

    Parameters
    ----------
    architecture : Architecture
    recipe : ResNetCifar10Recipe
    """
    network = ResidualNetwork(architecture, recipe)
    initialise(network)
    return network


def build_optimizer(network: nn.Module, recipe: ResNetCifar10Recipe) -> torch.optim.Optimizer:
    """Return RMSProp with the recipe's penalty on all weights."""
    return torch.optim.RMSprop(
        network.parameters(), alpha=recipe.smoothing, weight_decay=recipe.weight_decay, foreach=True
    )
