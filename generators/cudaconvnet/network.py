"""Build the torch module of the Cuda-Convnet network, and the optimizer with its penalties."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from generators.cudaconvnet.hyperparameters import Hyperparameters
from generators.cudaconvnet.recipe import CudaConvnetRecipe
from generators.cudaconvnet.response_norm import ResponseNorm
from generators.cudaconvnet.weights import KERNEL, final_side
from generators.image_recipe import IMAGE_CHANNELS, N_CLASSES

LAYERS = ("conv1", "conv2", "conv3", "fc4")  # those with weights
WINDOW = {"kernel_size": 3, "stride": 2, "ceil_mode": True}  # pooling; windows hang over the far edges


def build_network(
    config: Hyperparameters, recipe: CudaConvnetRecipe, convolution: type[nn.Conv2d] = nn.Conv2d
) -> nn.Sequential:
    """Build the network that ``recipe`` trains for ``config``, freshly initialised.

    Parameters
    ----------
    config : Hyperparameters
    recipe : CudaConvnetRecipe
    convolution : type
        Another way to compute the same.

    Returns
    -------
    torch.nn.Sequential
        Maps images [batch, 3, side, side] to logits [batch, 10].
    """
    first, second, third = recipe.channels

    def conv(n_inputs: int, n_outputs: int) -> nn.Conv2d:
        return convolution(n_inputs, n_outputs, KERNEL, padding=KERNEL // 2)

    def norm() -> ResponseNorm:
        return ResponseNorm(recipe.norm_size, config.norm_scale, config.norm_power, recipe.norm_region)

    network = nn.Sequential(
        OrderedDict(
            conv1=conv(IMAGE_CHANNELS, first),
            pool1=nn.MaxPool2d(**WINDOW),
            relu1=nn.ReLU(),
            norm1=norm(),
            conv2=conv(first, second),
            relu2=nn.ReLU(),
            pool2=nn.AvgPool2d(**WINDOW),
            norm2=norm(),
            conv3=conv(second, third),
            relu3=nn.ReLU(),
            pool3=nn.AvgPool2d(**WINDOW),
            flat=nn.Flatten(),
            fc4=nn.Linear(third * final_side(recipe) ** 2, N_CLASSES),
        )
    )
    for layer, std in zip(weighted_layers(network), recipe.initial_std, strict=True):
        nn.init.normal_(layer.weight, std=std)
        nn.init.zeros_(layer.bias)
    return network


def weighted_layers(network: nn.Module) -> list[nn.Module]:
    """Return the layers that have weights, the first one first."""
    return [network.get_submodule(name) for name in LAYERS]


def build_optimizer(
    network: nn.Module, config: Hyperparameters, recipe: CudaConvnetRecipe
) -> torch.optim.Optimizer:
    """Return SGD with each layer's own penalty on its weights; biases learn faster and bear none.

    Parameters
    ----------
    network : torch.nn.Module
        As :func:`build_network` builds it.
    config : Hyperparameters
    recipe : CudaConvnetRecipe
    """
    layers = weighted_layers(network)
    penalties = (config.l2_conv1, config.l2_conv2, config.l2_conv3, config.l2_fc4)
    groups = [
        {"params": [layer.weight], "weight_decay": penalty}
        for layer, penalty in zip(layers, penalties, strict=True)
    ]
    biases = {"params": [layer.bias for layer in layers], "rate_factor": recipe.bias_rate_factor}
    return torch.optim.SGD([*groups, biases], lr=config.learning_rate, momentum=recipe.momentum, fused=True)
