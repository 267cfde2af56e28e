"""The MetaQNN search space: Table 3 of the paper, with the transition rules of Baker et al. (2017).

A network is a path through layer states. The rules of the table stand in :func:`next_layers`; a random
architecture is a walk that picks uniformly among the layers they allow at each step, as the MetaQNN agent
does in its first phase, in which it only explores.

References
----------
Baker, Gupta, Raskar, Naik (2017), "Accelerating Neural Architecture Search using Performance Prediction".
Baker, Gupta, Naik, Raskar (2017), "Designing Neural Network Architectures using Reinforcement Learning".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

IMAGE_SIZE = 32  # nominal: architectures are drawn and validated at this size, whatever the recipe trains on
CHANNELS = (64, 128, 256, 512)
KERNELS = (1, 3, 5)
POOLS = ((5, 3), (3, 2), (2, 2))
DENSE_WIDTHS = (512, 256, 128)
MAX_CONSECUTIVE_DENSE = 2
DENSE_BELOW_SIZE = 8


@dataclass(frozen=True)
class Conv:
    """Convolution with stride 1, "same" padding, a square receptive field of side ``kernel``."""

    channels: int
    kernel: int

    def __str__(self) -> str:
        return f"C({self.channels},{self.kernel})"


@dataclass(frozen=True)
class Pool:
    """Max pooling with a square receptive field of side ``kernel``."""

    kernel: int
    stride: int

    def __str__(self) -> str:
        return f"P({self.kernel},{self.stride})"


@dataclass(frozen=True)
class Dense:
    """Fully connected layer of ``width`` neurons."""

    width: int

    def __str__(self) -> str:
        return f"FC({self.width})"


Layer = Conv | Pool | Dense


@dataclass(frozen=True)
class Architecture:
    """A path through the state space; the termination is implied by its last layer.

    After a convolution or pooling the network ends in global average pooling and softmax, after a fully
    connected layer in softmax.

    Examples
    --------
    >>> str(Architecture((Conv(64, 3), Pool(2, 2), Conv(128, 5))))
    'C(64,3)-P(2,2)-C(128,5)-GAP-SM'
    """

    layers: tuple[Layer, ...]

    def __str__(self) -> str:
        ending = "SM" if isinstance(self.layers[-1], Dense) else "GAP-SM"
        return "-".join([*map(str, self.layers), ending])

    @property
    def size(self) -> int:
        """Side of the representation after the last layer, at the nominal image size."""
        size = IMAGE_SIZE
        for layer in self.layers:
            size = size_after(layer, size)
        return size


def size_after(layer: Layer, size: int) -> int:
    """Return the side of the representation after ``layer``: pooling shrinks it, nothing else does.

    Examples
    --------
    >>> size_after(Pool(5, 3), 32), size_after(Conv(64, 5), 32)
    (10, 32)
    """
    return (size - layer.kernel) // layer.stride + 1 if isinstance(layer, Pool) else size


def next_layers(layers: tuple[Layer, ...], max_depth: int) -> list[Layer]:
    """List the layers Table 3 allows after ``layers``, in a fixed order; the termination is allowed besides.

    - Nothing follows layer number ``max_depth``.
    - The first layer is a convolution (Baker et al. allow no pooling there).
    - A convolution may go to any layer, pooling to any layer but pooling.
    - A receptive field must fit into the representation.
    - A fully connected layer may follow a convolution or pooling only where the representation is below 8,
      and another fully connected layer only as its second, and never wider.

    Examples
    --------
    >>> [str(layer) for layer in next_layers((Conv(64, 3), Dense(256)), max_depth=18)]
    ['FC(256)', 'FC(128)']
    """
    if len(layers) >= max_depth:
        return []
    last = layers[-1] if layers else None
    if isinstance(last, Dense):
        n_dense = sum(isinstance(layer, Dense) for layer in layers)  # nothing but Dense follows a Dense
        narrower: list[Layer] = [Dense(width) for width in DENSE_WIDTHS if width <= last.width]
        return narrower if n_dense < MAX_CONSECUTIVE_DENSE else []
    size = Architecture(layers).size
    allowed: list[Layer] = [
        Conv(channels, kernel) for channels in CHANNELS for kernel in KERNELS if kernel <= size
    ]
    if isinstance(last, Conv):
        allowed += [Pool(kernel, stride) for kernel, stride in POOLS if kernel <= size]
    if last is not None and size < DENSE_BELOW_SIZE:
        allowed += [Dense(width) for width in DENSE_WIDTHS]
    return allowed


def sample_architecture(rng: np.random.Generator, max_depth: int) -> Architecture:
    """Walk at random to the termination, which is as likely at each step as any of the allowed layers.

    Parameters
    ----------
    rng : numpy.random.Generator
    max_depth : int
        Largest number of layers, the termination not counted.

    Examples
    --------
    >>> str(sample_architecture(np.random.default_rng(28), max_depth=18))
    'C(256,3)-P(3,2)-C(64,5)-P(2,2)-FC(256)-SM'
    """
    layers: tuple[Layer, ...] = ()
    while True:
        allowed = next_layers(layers, max_depth)
        may_end = bool(layers)
        choice = int(rng.integers(len(allowed) + may_end))
        if choice == len(allowed):
            return Architecture(layers)
        layers += (allowed[choice],)
