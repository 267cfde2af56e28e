"""Build the torch module of a MetaQNN architecture."""

from __future__ import annotations

import torch
from torch import nn

from generators.image_recipe import IMAGE_CHANNELS, N_CLASSES
from generators.metaqnn.architecture import Architecture, Conv, Dense, Layer, Pool
from generators.metaqnn.recipe import MetaQNNRecipe


def build_network(architecture: Architecture, recipe: MetaQNNRecipe) -> nn.Sequential:
    """Build the network that ``recipe`` trains for ``architecture``, in Xavier initialisation.

    Parameters
    ----------
    architecture : Architecture
    recipe : MetaQNNRecipe

    Returns
    -------
    torch.nn.Sequential
        Maps images [batch, 3, side, side] to logits [batch, 10].
    """
    modules: list[nn.Module] = []
    shape: tuple[int, ...] = (IMAGE_CHANNELS, recipe.image_size, recipe.image_size)
    n_dropouts = len(architecture.layers) // 2
    for number, layer in enumerate(architecture.layers, start=1):
        if isinstance(layer, Dense) and len(shape) == 3:
            modules.append(nn.Flatten())
        block = _block(layer, shape, recipe)
        shape = _output_shape(block, shape)
        modules.append(block)
        if number % 2 == 0 and recipe.max_dropout:
            modules.append(nn.Dropout(recipe.max_dropout * (number // 2) / n_dropouts))
    if len(shape) == 3:
        modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    modules.append(nn.Linear(shape[0], N_CLASSES))
    network = nn.Sequential(*modules)
    network.apply(_initialise)
    return network


def _block(layer: Layer, shape: tuple[int, ...], recipe: MetaQNNRecipe) -> nn.Module:
    match layer:
        case Conv(channels, kernel):
            width = channels // recipe.width_divisor
            return nn.Sequential(nn.Conv2d(shape[0], width, kernel, padding=kernel // 2), nn.ReLU())
        case Pool(kernel, stride):
            if not recipe.padded_pooling:
                return nn.MaxPool2d(kernel, stride)
            # an even kernel has no symmetric padding: let it hang over the edge instead
            return nn.MaxPool2d(kernel, stride, padding=(kernel - 1) // 2, ceil_mode=kernel % 2 == 0)
        case Dense(width):
            n_inputs = int(torch.Size(shape).numel())
            return nn.Sequential(nn.Linear(n_inputs, width // recipe.width_divisor), nn.ReLU())


def _output_shape(block: nn.Module, shape: tuple[int, ...]) -> tuple[int, ...]:
    with torch.no_grad():
        flat = isinstance(block, nn.Sequential) and isinstance(block[0], nn.Linear)
        inputs = torch.zeros(1, int(torch.Size(shape).numel())) if flat else torch.zeros(1, *shape)
        return tuple(block(inputs).shape[1:])


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
