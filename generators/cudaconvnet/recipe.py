"""How the Cuda-Convnet network is trained, apart from the hyperparameters that are searched."""

from __future__ import annotations

from dataclasses import dataclass

from generators.image_recipe import ImageRecipe


@dataclass(frozen=True, kw_only=True)
class CudaConvnetRecipe(ImageRecipe):
    """Settings of a recording; the defaults are those of cuda-convnet's ``layers-18pct.cfg``.

    Parameters
    ----------
    channels : (int, int, int)
        Of the three convolutions.
    initial_std : (float, float, float, float)
        Standard deviation of the normal distribution each layer's weights start from; biases start at zero.
    momentum : float
    bias_rate_factor : float
        Biases learn faster than weights by this factor, and bear no penalty.
    norm_region : {"within_channel", "across_channels"}
        Neighbourhood of the local response normalisation.
    norm_size : int
        Its width.
    """

    channels: tuple[int, int, int] = (32, 32, 64)
    initial_std: tuple[float, float, float, float] = (1e-4, 1e-2, 1e-2, 1e-2)
    momentum: float = 0.9
    bias_rate_factor: float = 2.0
    norm_region: str = "within_channel"
    norm_size: int = 3


PAPER = CudaConvnetRecipe(
    name="paper",
    epochs=60,
    image_size=32,
    n_train=45_000,
    n_valid=5_000,
    mirror=False,
    batch_size=100,
    bfloat16=False,
)

MINI = CudaConvnetRecipe(
    name="mini",
    epochs=60,
    image_size=16,
    n_train=1_600,
    n_valid=5_000,
    mirror=False,
    batch_size=25,
    bfloat16=True,
    channels=(8, 8, 16),
    initial_std=(1e-4, 4e-2, 4e-2, 8e-2),
)
