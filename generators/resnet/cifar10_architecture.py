"""The architectures of ``resnet-cifar10``: twelve blocks, and random connections between them.

References
----------
Baker, Gupta, Raskar, Naik (2017), "Accelerating Neural Architecture Search using Performance Prediction".
Zoph, Le (2017), "Neural Architecture Search with Reinforcement Learning".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

KERNEL_SIDES = (1, 3, 5, 7)
FILTERS = (6, 12, 24, 36)
N_BLOCKS = 12  # of 3 convolutions each: 4 before the first pooling, 3 before the second, 5 after it
POSSIBLE_RESIDUALS = tuple(
    (source, target) for source, target in combinations(range(1, N_BLOCKS + 1), 2) if target - source > 1
)


@dataclass(frozen=True)
class Block:
    """What the three convolutions of a block share."""

    height: int
    width: int
    filters: int

    def __str__(self) -> str:
        return f"{self.height}x{self.width}x{self.filters}"


@dataclass(frozen=True)
class Architecture:
    """One configuration.

    Parameters
    ----------
    blocks : tuple of Block
        Each reads the output of the block before.
    residuals : tuple of (int, int)
        Pairs (source, target) of block numbers from 1, in order: the output of the source is added to what
        the target reads.

    Examples
    --------
    >>> print(Architecture((Block(3, 5, 6), Block(1, 1, 12), Block(7, 1, 36)), residuals=((1, 3),)))
    3x5x6-1x1x12-7x1x36 residuals 1-3
    """

    blocks: tuple[Block, ...]
    residuals: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        blocks = "-".join(map(str, self.blocks))
        residuals = ",".join(f"{source}-{target}" for source, target in self.residuals)
        return f"{blocks} residuals {residuals or 'none'}"


def sample_architecture(rng: np.random.Generator) -> Architecture:
    """Draw everything independently: sides and numbers of filters uniformly, each residual with chance 1/2.

    Examples
    --------
    >>> architecture = sample_architecture(np.random.default_rng(0))
    >>> [str(block) for block in architecture.blocks[:3]], len(architecture.residuals)
    (['7x5x12', '5x3x36', '3x1x24'], 30)
    """
    sides = rng.choice(KERNEL_SIDES, (N_BLOCKS, 2)).tolist()
    filters = rng.choice(FILTERS, N_BLOCKS).tolist()
    blocks = tuple(
        Block(height, width, number) for (height, width), number in zip(sides, filters, strict=True)
    )
    drawn = rng.random(len(POSSIBLE_RESIDUALS)) < 0.5
    residuals = tuple(pair for pair, is_there in zip(POSSIBLE_RESIDUALS, drawn, strict=True) if is_there)
    return Architecture(blocks, residuals)
