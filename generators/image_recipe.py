"""What a recipe for image classifiers settles, whatever the network and its optimizer."""

from __future__ import annotations

from dataclasses import dataclass

IMAGE_CHANNELS = 3
N_CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class ImageRecipe:
    """The part of a recipe that the data and the epoch loop need; each search space adds its own to it.

    Parameters
    ----------
    name : str
    epochs : int
    image_size : int
        Side of the square images trained on, in pixels; larger originals are averaged down.
    n_train, n_valid : int
        Images taken from the shuffled training split; the test split is never touched.
    mirror : bool
        Mirror training images at random.
    batch_size : int
    bfloat16 : bool
        Matrix products in bfloat16 (autocast); weights, losses and updates stay in float32.
    eval_batch_size : int
    """

    name: str
    epochs: int
    image_size: int
    n_train: int
    n_valid: int
    mirror: bool
    batch_size: int
    bfloat16: bool
    eval_batch_size: int = 500
