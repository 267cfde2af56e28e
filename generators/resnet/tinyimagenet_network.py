"""Build the torch module of a network of ``resnet-tinyimagenet``, and its optimizer."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

from generators.image_recipe import IMAGE_CHANNELS
from generators.resnet.layers import conv_norm, initialise, softmax_layer
from generators.resnet.tinyimagenet_recipe import ResNetTinyImageNetRecipe
from generators.resnet.tinyimagenet_weights import CONVS_PER_BLOCK

if TYPE_CHECKING:
    from generators.resnet.tinyimagenet_architecture import Architecture

N_STAGES = 3  # the maps of one stage have half the side of those of the stage before


class ResidualBlock(nn.Module):
    """Three normalised convolutions whose output is added to what they read (He et al. 2016, Figure 2).

    Parameters
    ----------
    filters, kernel : int
    stride : int
        Of the first convolution; what is added to skips as many rows and columns.
    """

    def __init__(self, filters: int, kernel: int, stride: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for number in range(CONVS_PER_BLOCK):
            layers.append(conv_norm(filters, filters, (kernel, kernel), stride if number == 0 else 1))
            layers.append(nn.ReLU(inplace=True))
        self.layers = nn.Sequential(*layers[:-1])
        self.stride = stride

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Map [batch, filters, side, side] to [batch, filters, side / stride, side / stride]."""
        return torch.relu(self.layers(maps) + maps[:, :, :: self.stride, :: self.stride])


def block_strides(n_blocks: int) -> list[int]:
    """Return the stride of each block: 2 where a new stage begins; stages share the blocks evenly.

    Examples
    --------
    >>> block_strides(2), block_strides(7)
    ([1, 2], [1, 1, 1, 2, 1, 2, 1])
    """
    stages = [N_STAGES * number // n_blocks for number in range(n_blocks)]
    return [1] + [2 if stage > before else 1 for before, stage in pairwise(stages)]


def build_network(architecture: Architecture, recipe: ResNetTinyImageNetRecipe) -> nn.Sequential:
    """Build the network that ``recipe`` trains for ``architecture``, freshly initialised.

    Parameters
    ----------
    architecture : Architecture
    recipe : ResNetTinyImageNetRecipe

    Returns
    -------
    torch.nn.Sequential
        Maps images [batch, 3, side, side] to logits [batch, n_classes].
    """
    filters, kernel = recipe.trained_filters(architecture.filters), architecture.kernel
    network = nn.Sequential(
        nn.Conv2d(IMAGE_CHANNELS, filters, kernel, stride=recipe.stem_stride, padding=kernel // 2),
        nn.ReLU(inplace=True),
        *(ResidualBlock(filters, kernel, stride) for stride in block_strides(architecture.n_blocks)),
        softmax_layer(filters, recipe.n_classes),
    )
    initialise(network)
    return network


def build_optimizer(network: nn.Module, recipe: ResNetTinyImageNetRecipe) -> torch.optim.Optimizer:
    """Return SGD with Nesterov momentum and the recipe's penalty on all weights."""
    return torch.optim.SGD(
        network.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        nesterov=True,
        weight_decay=recipe.weight_decay,
        fused=True,
    )
