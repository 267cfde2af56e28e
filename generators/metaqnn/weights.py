"""Count the weights of a MetaQNN network without building it."""

from __future__ import annotations

from generators.image_recipe import IMAGE_CHANNELS, N_CLASSES
from generators.metaqnn.architecture import Architecture, Conv, Dense, Pool, size_after
from generators.metaqnn.recipe import MetaQNNRecipe


def count_weights(architecture: Architecture, recipe: MetaQNNRecipe) -> int:
    """Return the number of trained parameters, biases included, of the network that ``recipe`` trains.

    Examples
    --------
    One 3 x 3 convolution to 64 channels, and the softmax layer on their averages:

    >>> from generators.metaqnn.recipe import PAPER
    >>> count_weights(Architecture((Conv(64, 3),)), PAPER) == (3 * 9 + 1) * 64 + (64 + 1) * 10
    True
    """
    total, size, width = 0, recipe.image_size, IMAGE_CHANNELS
    for layer in architecture.layers:
        match layer:
            case Conv(channels, kernel):
                n_inputs, width = width * kernel**2, channels // recipe.width_divisor
                total += (n_inputs + 1) * width
            case Pool(_, stride):
                size = -(-size // stride) if recipe.padded_pooling else size_after(layer, size)
            case Dense(neurons):
                n_inputs, width, size = width * size**2, neurons // recipe.width_divisor, 1
                total += (n_inputs + 1) * width
    return total + (width + 1) * N_CLASSES
