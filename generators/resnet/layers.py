"""Pieces of torch modules that the residual networks share."""

from __future__ import annotations

from torch import nn


def conv_norm(n_inputs: int, n_outputs: int, kernel: tuple[int, int], stride: int = 1) -> nn.Sequential:
    """Return a convolution with "same" padding and its batch normalisation, which makes a bias needless."""
    padding = (kernel[0] // 2, kernel[1] // 2)
    conv = nn.Conv2d(n_inputs, n_outputs, kernel, stride=stride, padding=padding, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(n_outputs))


def softmax_layer(n_inputs: int, n_classes: int) -> nn.Sequential:
    """Return global average pooling and the fully connected layer of the softmax."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n_inputs, n_classes))


def initialise(network: nn.Module) -> None:
    """Draw the weights of convolutions as He et al. (2015) do: ReLU then keeps the scale of the signals."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
