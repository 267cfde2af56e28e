"""Count the weights of a network of ``resnet-cifar10`` without building it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generators.image_recipe import IMAGE_CHANNELS
from generators.resnet.cifar10_recipe import ResNetCifar10Recipe

if TYPE_CHECKING:
    from generators.resnet.cifar10_architecture import Architecture

CONVS_PER_BLOCK = 3
N_LAYERS = 39  # 36 convolutions, 2 poolings, softmax


def count_weights(architecture: Architecture, recipe: ResNetCifar10Recipe) -> int:
    """Return the number of trained parameters: filters, scales and shifts, and the softmax with its biases.

    Residual connections have none.

    Examples
    --------
    Three 1 x 1 convolutions to 6 filters with their scales and shifts, and the softmax on maps of 8 x 8:

    >>> from generators.resnet.cifar10_architecture import Architecture, Block
    >>> from generators.resnet.cifar10_recipe import PAPER
    >>> expected = (3 + 6 + 6) * 6 + 3 * 12 + (6 * 8 * 8 + 1) * 10
    >>> count_weights(Architecture((Block(1, 1, 6),), ()), PAPER) == expected
    True
    """
    total, n_inputs = 0, IMAGE_CHANNELS
    for block in architecture.blocks:
        filters = block.filters // recipe.width_divisor
        maps_read = n_inputs + (CONVS_PER_BLOCK - 1) * filters
        total += block.height * block.width * maps_read * filters + CONVS_PER_BLOCK * 2 * filters
        n_inputs = filters
    return total + (n_inputs * final_side(recipe) ** 2 + 1) * recipe.n_classes


def final_side(recipe: ResNetCifar10Recipe) -> int:
    """Return the side of the maps after two poolings, each of which halves it.

    Examples
    --------
    >>> from generators.resnet.cifar10_recipe import PAPER
    >>> final_side(PAPER)
    8
    """
    return recipe.image_size // 2**2
