"""Count the layers and weights of a network of ``resnet-tinyimagenet`` without building it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generators.image_recipe import IMAGE_CHANNELS
from generators.resnet.tinyimagenet_recipe import ResNetTinyImageNetRecipe

if TYPE_CHECKING:
    from generators.resnet.tinyimagenet_architecture import Architecture

CONVS_PER_BLOCK = 3


def count_layers(architecture: Architecture) -> int:
    """Return the depth as the paper counts it: three convolutions and three normalisations a block.

    The first convolution and the softmax come on top.

    Examples
    --------
    >>> from generators.resnet.tinyimagenet_architecture import Architecture
    >>> [count_layers(Architecture(n_blocks, kernel=3, filters=16)) for n_blocks in (2, 18)]
    [14, 110]
    """
    return 2 * CONVS_PER_BLOCK * architecture.n_blocks + 2


def count_weights(architecture: Architecture, recipe: ResNetTinyImageNetRecipe) -> int:
    """Return the number of trained parameters: filters, scales and shifts, and biases where there are any.

    Examples
    --------
    The first convolution with its biases, six others with scale and shift of each filter, the softmax:

    >>> from generators.resnet.tinyimagenet_architecture import Architecture
    >>> from generators.resnet.tinyimagenet_recipe import PAPER
    >>> expected = (3 * 9 + 1) * 16 + 6 * (16 * 9 + 2) * 16 + (16 + 1) * 200
    >>> count_weights(Architecture(2, kernel=3, filters=16), PAPER) == expected
    True
    """
    area, filters = architecture.kernel**2, recipe.trained_filters(architecture.filters)
    first = (IMAGE_CHANNELS * area + 1) * filters
    convs = CONVS_PER_BLOCK * architecture.n_blocks * (filters * area + 2) * filters
    return first + convs + (filters + 1) * recipe.n_classes
