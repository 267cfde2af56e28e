"""How the networks of ``resnet-tinyimagenet`` are trained: every setting that is not searched."""

from __future__ import annotations

from dataclasses import dataclass

from generators.resnet.recipe import ResNetRecipe


@dataclass(frozen=True, kw_only=True)
class ResNetTinyImageNetRecipe(ResNetRecipe):
    """Settings for training with Nesterov's accelerated gradient.

    Parameters
    ----------
    width_divisor : int
        The number of filters of the drawn architecture is divided by it, and rounded up.
    stem_stride : int
        Stride of the first convolution.
    momentum : float
    """

    width_divisor: int
    stem_stride: int
    momentum: float = 0.9

    def trained_filters(self, filters: int) -> int:
        """Return how many filters a network trained by this recipe has for ``filters`` drawn.

        Examples
        --------
        >>> [MINI.trained_filters(filters) for filters in (2, 3, 22)]
        [1, 2, 11]
        """
        return -(-filters // self.width_divisor)


PAPER = ResNetTinyImageNetRecipe(
    name="paper",
    epochs=140,
    image_size=32,
    n_classes=200,
    width_divisor=1,
    stem_stride=1,
    n_train=90_000,
    n_valid=10_000,
    mirror=True,
    batch_size=128,
    learning_rate=0.1,
    drop_epochs=(70, 105),
    drop_factor=0.1,
    weight_decay=1e-4,
    bfloat16=False,
)

MINI = ResNetTinyImageNetRecipe(
    name="mini",
    epochs=70,
    image_size=16,
    n_classes=20,
    width_divisor=2,
    stem_stride=2,
    n_train=3_000,
    n_valid=2_000,
    mirror=True,
    batch_size=125,
    learning_rate=0.1,
    drop_epochs=(35, 53),
    drop_factor=0.1,
    weight_decay=5e-3,
    bfloat16=True,
)
