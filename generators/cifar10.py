"""CIFAR-10 from a folder: as one Parquet file of JPEG images, or as the original Python batches."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from generators.image_recipe import ImageRecipe
from simlab.errors import SimlabError

if TYPE_CHECKING:
    from generators.training import ImageData

T = TypeVar("T")
Bytes = npt.NDArray[np.uint8]

PARQUET = "cifar10_jpeg.parquet"
BATCHES = tuple(f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6))
WHERE = (
    "Put the Python batches (cifar-10-batches-py/, from https://www.cs.toronto.edu/~kriz/cifar.html) or "
    f"{PARQUET} (columns split, label, jpeg) there, or name another folder with --data-root."
)
SIDE = 32


class DataError(SimlabError):
    """Training data is missing or cannot be read."""


def find_files(data_root: Path) -> list[Path]:
    """Return the files that hold the training split.

    Raises
    ------
    DataError
        If neither layout is there; says where to get it.
    """
    if (data_root / PARQUET).is_file():
        return [data_root / PARQUET]
    batches = [data_root / name for name in BATCHES]
    if all(path.is_file() for path in batches):
        return batches
    raise DataError(f"{data_root}: no CIFAR-10 found. {WHERE}")


def describe_source(data_root: Path, recipe: ImageRecipe) -> dict[str, Any]:
    """Return source, checksum and split sizes for the provenance, after a look at the labels."""
    files = find_files(data_root)
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    n_images = len(read_labels(data_root))
    if n_images < recipe.n_train + recipe.n_valid:
        raise DataError(
            f"{files[0]}: {n_images} training images, but recipe '{recipe.name}' needs "
            f"{recipe.n_train} + {recipe.n_valid}. {WHERE}"
        )
    return {
        "source": f"CIFAR-10, training split ({files[0].name})",
        "sha256": digest.hexdigest(),
        "train": recipe.n_train,
        "validation": recipe.n_valid,
    }


def read_labels(data_root: Path) -> npt.NDArray[np.int64]:
    """Return the labels [n] of the training split, in file order."""
    return _read(find_files(data_root), _parquet_labels, _batch_labels)


def read_images(data_root: Path, rows: npt.NDArray[np.int64]) -> Bytes:
    """Return the chosen rows of the training split as images [n, 3, 32, 32]."""
    return _read(
        find_files(data_root), lambda path: _parquet_images(path, rows), lambda f: _batch_images(f, rows)
    )


def load_image_data(data_root: Path, recipe: ImageRecipe, seed: int, device: str) -> ImageData:
    """Load the recipe's training and validation images onto a device.

    Both are cut from the training split, shuffled by ``seed``; the test split is not read. Validation comes
    first in the shuffled order, so it stays the same when a recipe changes its number of training images.

    Parameters
    ----------
    data_root : Path
    recipe : ImageRecipe
    seed : int
        Seed of the recording.
    device : str
    """
    import torch

    from generators.training import ImageData

    labels = read_labels(data_root)
    rows = np.random.default_rng(seed).permutation(len(labels))[: recipe.n_valid + recipe.n_train]
    images = torch.from_numpy(average_down(read_images(data_root, rows), recipe.image_size)).to(device)
    targets = torch.from_numpy(labels[rows]).to(device)
    train = images[recipe.n_valid :]
    pixels = train.float()
    return ImageData(
        train_images=train,
        train_labels=targets[recipe.n_valid :],
        valid_images=images[: recipe.n_valid],
        valid_labels=targets[: recipe.n_valid],
        mean=pixels.mean((0, 2, 3), keepdim=True),
        std=pixels.std((0, 2, 3), keepdim=True),
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


def _read(files: list[Path], from_parquet: Callable[[Path], T], from_batches: Callable[[list[Path]], T]) -> T:
    try:
        return from_parquet(files[0]) if files[0].name == PARQUET else from_batches(files)
    except (
        pl.exceptions.PolarsError,
        OSError,
        KeyError,
        ValueError,
        pickle.UnpicklingError,
        EOFError,
    ) as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise DataError(f"{files[0]}: cannot be read as CIFAR-10 ({reason}). {WHERE}") from error


def _parquet_labels(path: Path) -> npt.NDArray[np.int64]:
    split = pl.col("split").cast(pl.String)
    frame = pl.scan_parquet(path).filter(split == "train").select("label", pl.col("jpeg").len()).collect()
    return frame["label"].to_numpy().astype(np.int64)


def _parquet_images(path: Path, rows: npt.NDArray[np.int64]) -> Bytes:
    from PIL import Image

    split = pl.col("split").cast(pl.String)
    jpegs = pl.scan_parquet(path).filter(split == "train").select("jpeg").collect()["jpeg"].gather(rows)
    images = np.empty((len(rows), SIDE, SIDE, 3), dtype=np.uint8)
    for image, jpeg in zip(images, jpegs, strict=True):
        image[:] = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def _batch_labels(files: list[Path]) -> npt.NDArray[np.int64]:
    return np.concatenate([_unpickle(path)[b"labels"] for path in files]).astype(np.int64)


def _batch_images(files: list[Path], rows: npt.NDArray[np.int64]) -> Bytes:
    images = np.concatenate([_unpickle(path)[b"data"] for path in files])[rows]
    return np.asarray(images, dtype=np.uint8).reshape(-1, 3, SIDE, SIDE)


def _unpickle(path: Path) -> Any:
    with path.open("rb") as file:
        return pickle.load(file, encoding="bytes")
