"""Count the weights of the Cuda-Convnet network without building it."""

from __future__ import annotations

from generators.cudaconvnet.recipe import CudaConvnetRecipe
from generators.image_recipe import IMAGE_CHANNELS, N_CLASSES

KERNEL = 5
N_LAYERS = 4  # with weights: three convolutions and a fully connected one


def count_weights(recipe: CudaConvnetRecipe) -> int:
    """Return the number of trained parameters, biases included, of the network that ``recipe`` trains.

    Examples
    --------
    >>> from generators.cudaconvnet.recipe import PAPER
    >>> count_weights(PAPER)
    89578
    """
    widths = (IMAGE_CHANNELS, *recipe.channels)
    convs = sum((n * KERNEL**2 + 1) * m for n, m in zip(widths, recipe.channels, strict=False))
    return convs + (recipe.channels[-1] * final_side(recipe) ** 2 + 1) * N_CLASSES


def final_side(recipe: CudaConvnetRecipe) -> int:
    """Return the side of the maps after three poolings, each of which halves it.

    Examples
    --------
    >>> from generators.cudaconvnet.recipe import PAPER
    >>> final_side(PAPER)
    4
    """
    return recipe.image_size // 2**3
