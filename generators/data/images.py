"""What a source of labelled images offers, and how the share of it that a recipe wants is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from generators.image_recipe import ImageRecipe
from simlab.errors import SimlabError

if TYPE_CHECKING:
    from generators.training import ImageData

Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]


class DataError(SimlabError):
    """Training data is missing or cannot be read."""


class ImageSource(Protocol):
    """Labelled images in files below a folder; only their training split is ever read.

    A source is a field of the search spaces that train on it, and is pickled with them: it holds no data.
    Whatever is missing or damaged is reported as a :class:`DataError` that names the file and says where to
    get it.
    """

    @property
    def title(self) -> str:
        """Name of the data set."""

    @property
    def where(self) -> str:
        """The sentence that says where to get the data."""

    def find_files(self, data_root: Path) -> list[Path]:
        """Return the files that are read, the one that stands for them first; DataError if any is missing."""

    def read_labels(self, data_root: Path) -> Rows:
        """Return the labels [n] of the training split, in a fixed order."""

    def read_images(self, data_root: Path, rows: Rows) -> Bytes:
        """Return the chosen rows of the training split as images [n, 3, side, side]."""


def describe_source(source: ImageSource, data_root: Path, recipe: ImageRecipe) -> dict[str, Any]:
    """Return source, checksum and split sizes for the provenance, after a look at the labels.

    Parameters
    ----------
    source : ImageSource
    data_root : Path
    recipe : ImageRecipe

    Raises
    ------
    DataError
        If files are missing or damaged, or hold too few images for the recipe.
    """
    files = source.find_files(data_root)
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    n_images = len(source.read_labels(data_root))
    if n_images < recipe.n_train + recipe.n_valid:
        raise DataError(
            f"{files[0]}: {n_images} training images, but recipe '{recipe.name}' needs "
            f"{recipe.n_train} + {recipe.n_valid}. {source.where}"
        )
    return {
        "source": f"{source.title}, training split ({files[0].name})",
        "sha256": digest.hexdigest(),
        "train": recipe.n_train,
        "validation": recipe.n_valid,
    }


def load_image_data(
    source: ImageSource, data_root: Path, recipe: ImageRecipe, seed: int, device: str
) -> ImageData:
    """Load the recipe's training and validation images onto a device.

    Both are cut from the training split, shuffled by ``seed``; the test split is not read. Validation comes
    first in the shuffled order, so it stays the same when a recipe changes its number of training images.

    Parameters
    ----------
    source : ImageSource
    data_root : Path
    recipe : ImageRecipe
    seed : int
        Seed of the recording.
    device : str

    Raises
    ------
    DataError
        If files are missing or damaged.
    """
    import torch

    from generators.training import ImageData

    labels = source.read_labels(data_root)
    rows = np.random.default_rng(seed).permutation(len(labels))[: recipe.n_valid + recipe.n_train]
    pixels = average_down(source.read_images(data_root, rows), recipe.image_size)
    images = torch.from_numpy(pixels).to(device)
    targets = torch.from_numpy(labels[rows]).to(device)
    train = images[recipe.n_valid :]
    floats = train.float()
    return ImageData(
        train_images=train,
        train_labels=targets[recipe.n_valid :],
        valid_images=images[: recipe.n_valid],
        valid_labels=targets[: recipe.n_valid],
        mean=floats.mean((0, 2, 3), keepdim=True),
        std=floats.std((0, 2, 3), keepdim=True),
    )


def average_down(images: Bytes, side: int) -> Bytes:
    """Average square images [n, channels, s, s] down to ``side``, a divisor of s, and round.

    Examples
    --------
    >>> average_down(np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4), 2).tolist()
    [[[[2, 4], [10, 12]]]]
    """
    n, channels, original, _ = images.shape
    factor = original // side
    blocks = images.reshape(n, channels, side, factor, side, factor)
    return np.asarray(blocks.mean(axis=(3, 5)).round(), dtype=np.uint8)


def require_files(source: ImageSource, data_root: Path, names: list[str]) -> list[Path]:
    """Return the paths of ``names`` below the folder.

    Raises
    ------
    DataError
        If any is missing; names the first one, and says where to get it.
    """
    missing = [name for name in names if not (data_root / name).is_file()]
    if missing:
        raise DataError(f"{data_root}: no {source.title} found ({missing[0]} is missing). {source.where}")
    return [data_root / name for name in names]


@contextmanager
def decoding(path: Path, source: ImageSource) -> Iterator[None]:
    """Turn whatever goes wrong while a file is decoded into an error that names the file.

    Decoders of pickles, JPEG images and MATLAB files raise nearly any exception on damaged data.
    """
    try:
        yield
    except Exception as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise DataError(f"{path}: cannot be read as {source.title} ({reason}). {source.where}") from error
