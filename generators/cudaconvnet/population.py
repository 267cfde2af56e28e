"""Train Cuda-Convnet networks side by side, each under its own hyperparameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import torch
from torch import nn

from generators.cudaconvnet.hyperparameters import Hyperparameters
from generators.cudaconvnet.network import LAYERS, build_network
from generators.cudaconvnet.recipe import CudaConvnetRecipe
from generators.cudaconvnet.unfolded_convolution import UnfoldedConv2d
from generators.population import Member, Tensors, train_members
from generators.space import EpochRecord
from generators.training import ImageData


def train_cudaconvnets(
    configs: Sequence[Hyperparameters],
    seeds: Sequence[int],
    recipe: CudaConvnetRecipe,
    data: ImageData,
    device: str,
    *,
    convolution: type[nn.Conv2d] | None = None,
    capture: bool = False,
) -> Iterator[list[EpochRecord]]:
    """Train a population and yield the records of its members after each epoch.

    Parameters
    ----------
    configs, seeds : sequence
        Of the members.
    recipe : CudaConvnetRecipe
    data : ImageData
    device : str
    convolution : type, optional
        How to convolve: by default ``nn.Conv2d`` on a CPU, :class:`UnfoldedConv2d` on a GPU.
    capture : bool
        Replay the training step as a CUDA graph; on a GPU only.

    Yields
    ------
    list of EpochRecord
    """
    convolution = convolution or (nn.Conv2d if device == "cpu" else UnfoldedConv2d)
    members = [
        Member(
            build=partial(build_network, config, recipe, convolution),
            learning_rate_at=partial(_learning_rate_at, config, recipe),
            seed=seed,
        )
        for config, seed in zip(configs, seeds, strict=True)
    ]
    optimize = partial(PenalisedMomentum, configs, recipe)
    return train_members(members, optimize, recipe, data, device, capture=capture)


def _learning_rate_at(config: Hyperparameters, recipe: CudaConvnetRecipe, progress: float) -> float:
    return config.learning_rate_at(progress / recipe.epochs)


class PenalisedMomentum:
    """The update of :func:`generators.cudaconvnet.network.build_optimizer`, for all members at once.

    Parameters
    ----------
    configs : sequence of Hyperparameters
    recipe : CudaConvnetRecipe
    parameters : dict of str to torch.Tensor
        Each [member, ...].
    """

    def __init__(
        self, configs: Sequence[Hyperparameters], recipe: CudaConvnetRecipe, parameters: Tensors
    ) -> None:
        self.recipe, self.parameters = recipe, parameters
        self.momenta = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
        some = parameters["fc4.weight"]
        self.penalties = {
            f"{layer}.weight": some.new_tensor([getattr(config, f"l2_{layer}") for config in configs])
            for layer in LAYERS
        }

    def __call__(self, gradients: Tensors, rates: torch.Tensor) -> None:
        """Change the parameters in place, given gradients [member, ...] and learning rates [member]."""
        for name, parameter in self.parameters.items():
            gradient = gradients[name]
            if name in self.penalties:
                gradient = gradient + _along(self.penalties[name], parameter) * parameter
                factor = 1.0
            else:
                factor = self.recipe.bias_rate_factor
            momentum = self.momenta[name].mul_(self.recipe.momentum).add_(gradient)
            parameter.sub_(_along(factor * rates, parameter) * momentum)


def _along(of_members: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    """Shape numbers [member] so that they broadcast over a parameter [member, ...]."""
    return of_members.reshape(-1, *[1] * (parameter.ndim - 1))
