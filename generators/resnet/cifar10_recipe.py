"""How the networks of ``resnet-cifar10`` are trained: every setting that is not searched."""

from __future__ import annotations

from dataclasses import dataclass

from generators.resnet.recipe import ResNetRecipe


@dataclass(frozen=True, kw_only=True)
class ResNetCifar10Recipe(ResNetRecipe):
    """Settings for training with RMSProp.

    Parameters
    ----------
    width_divisor : int
        The numbers of filters of the drawn architecture are divided by it.
    smoothing : float
        RMSProp keeps this share of its mean of squared gradients at each step.
    """

    width_divisor: int
    smoothing: float = 0.99


PAPER = ResNetCifar10Recipe(
    name="paper",
    epochs=50,
    image_size=32,
    n_classes=10,
    width_divisor=1,
    n_train=45_000,
    n_valid=5_000,
    mirror=True,
    batch_size=128,
    learning_rate=1e-3,
    drop_epochs=(30,),
    drop_factor=0.01,
    weight_decay=1e-4,
    bfloat16=False,
)

MINI = ResNetCifar10Recipe(
    name="mini",
    epochs=50,
    image_size=8,
    n_classes=10,
    width_divisor=3,
    n_train=2_500,
    n_valid=2_500,
    mirror=True,
    batch_size=100,
    learning_rate=3e-3,
    drop_epochs=(30,),
    drop_factor=0.01,
    weight_decay=1e-2,
    bfloat16=True,
)
