"""Convolution as a matrix product over patches: what a population of networks needs on a GPU."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from generators.precision import as_matrices


class UnfoldedConv2d(nn.Conv2d):
    """A convolution that keeps the size of its maps, as a matrix product over their patches.

    Under ``torch.func.vmap`` it becomes a batched matrix product, one per member, which a GPU computes well
    however few channels there are. An ``nn.Conv2d`` becomes a grouped convolution instead: measured to be
    faster on a CPU, but reported to be slow to train on GPUs (pytorch issues 70954 and 73764).

    Parameters
    ----------
    n_inputs, n_outputs : int
        Channels.
    kernel : int
        Side of the kernel, odd.
    padding : int
        Half of it, rounded down.

    Raises
    ------
    ValueError
        If the maps would not keep their size.

    Examples
    --------
    >>> UnfoldedConv2d(3, 8, 5, padding=2)(torch.zeros(10, 3, 16, 16)).shape
    torch.Size([10, 8, 16, 16])
    """

    def __init__(self, n_inputs: int, n_outputs: int, kernel: int, padding: int) -> None:
        if kernel != 2 * padding + 1:
            raise ValueError(f"a kernel of {kernel} with padding {padding} changes the size of the maps")
        super().__init__(n_inputs, n_outputs, kernel, padding=padding)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Convolve maps [batch, channels, height, width]."""
        maps, weight, bias = as_matrices([maps, self.weight, self.bias])
        return _Convolution.apply(maps, weight) + bias[:, None, None]


class _Convolution(torch.autograd.Function):
    """Keeps the maps for the backward pass and not their patches, which are 25 times as many numbers."""

    generate_vmap_rule = True

    @staticmethod
    def forward(maps: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return _convolve(maps, weight)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:  # noqa: ARG004
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor]:
        maps, weight = ctx.saved_tensors
        n_outputs, n_inputs, kernel, _ = weight.shape
        pixels = gradient.permute(0, 2, 3, 1).reshape(-1, n_outputs)
        of_weight = (_patches(maps, kernel).T @ pixels).reshape(kernel, kernel, n_inputs, n_outputs)
        # a pixel is seen by its neighbours through the kernel turned round
        of_maps = _convolve(gradient, weight.transpose(0, 1).flip(2, 3)) if ctx.needs_input_grad[0] else None
        return of_maps, of_weight.permute(3, 2, 0, 1)


def _convolve(maps: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    n_outputs, _, kernel, _ = weight.shape
    batch, _, height, width = maps.shape
    pixels = _patches(maps, kernel) @ weight.permute(2, 3, 1, 0).reshape(-1, n_outputs)
    return pixels.reshape(batch, height, width, n_outputs).permute(0, 3, 1, 2)


def _patches(maps: torch.Tensor, kernel: int) -> torch.Tensor:
    """Return the patch around every pixel as a row: [batch * height * width, kernel * kernel * channels]."""
    batch, channels, height, width = maps.shape
    padded = functional.pad(maps.permute(0, 2, 3, 1), (0, 0, *[kernel // 2] * 4))
    windows = padded.unfold(1, kernel, 1).unfold(2, kernel, 1)  # [batch, height, width, channels, y, x]
    return windows.permute(0, 1, 2, 4, 5, 3).reshape(batch * height * width, kernel * kernel * channels)
