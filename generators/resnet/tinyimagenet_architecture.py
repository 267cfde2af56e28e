"""The architectures of ``resnet-tinyimagenet``: how many blocks, and of what filters.

References
----------
Baker, Gupta, Raskar, Naik (2017), "Accelerating Neural Architecture Search using Performance Prediction".
He, Zhang, Ren, Sun (2016), "Deep Residual Learning for Image Recognition".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

N_BLOCKS = (2, 18)  # least and most
FILTERS = (2, 22)
KERNELS = (3, 5, 7)


@dataclass(frozen=True)
class Architecture:
    """One configuration.

    Parameters
    ----------
    n_blocks : int
        Of three convolutions each.
    kernel : int
        Side of the square filters of all convolutions.
    filters : int
        Number of filters of every convolution.

    Examples
    --------
    >>> print(Architecture(n_blocks=5, kernel=3, filters=16))
    5 blocks, 16 filters of 3x3
    """

    n_blocks: int
    kernel: int
    filters: int

    def __str__(self) -> str:
        return f"{self.n_blocks} blocks, {self.filters} filters of {self.kernel}x{self.kernel}"


def sample_architecture(rng: np.random.Generator) -> Architecture:
    """Draw the three of them independently and uniformly.

    Examples
    --------
    >>> print(sample_architecture(np.random.default_rng(0)))
    16 blocks, 12 filters of 5x5
    """
    return Architecture(
        n_blocks=int(rng.integers(*N_BLOCKS, endpoint=True)),
        kernel=int(rng.choice(KERNELS)),
        filters=int(rng.integers(*FILTERS, endpoint=True)),
    )
