"""CIFAR-10 from a folder: as one Parquet file of JPEG images, or as the original Python batches."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generators.data import jpeg_parquet
from generators.data.images import Bytes, Rows, decoding, require_files
from generators.image_recipe import N_CLASSES

PARQUET = "cifar10_jpeg.parquet"
BATCHES = [f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)]
SIDE = 32


@dataclass(frozen=True)
class Cifar10:
    """50,000 photographs of 32 x 32 pixels in 10 classes."""

    title: str = "CIFAR-10"
    where: str = (
        "Put the Python batches (cifar-10-batches-py/, from https://www.cs.toronto.edu/~kriz/cifar.html) or "
        f"{PARQUET} (columns split, label, jpeg) there, or name another folder with --data-root."
    )

    def find_files(self, data_root: Path) -> list[Path]:
        """Return the Parquet file, or the batches where there is none."""
        if (data_root / PARQUET).is_file():
            return [data_root / PARQUET]
        return require_files(self, data_root, BATCHES)

    def read_labels(self, data_root: Path) -> Rows:
        """Return the labels [n] of the training split, in file order."""
        files = self.find_files(data_root)
        if files[0].name == PARQUET:
            with decoding(files[0], self):
                return jpeg_parquet.read_labels(files[0], N_CLASSES)
        return np.concatenate([self._read_batch(path, b"labels") for path in files]).astype(np.int64)

    def read_images(self, data_root: Path, rows: Rows) -> Bytes:
        """Return the chosen rows of the training split as images [n, 3, 32, 32]."""
        files = self.find_files(data_root)
        if files[0].name == PARQUET:
            with decoding(files[0], self):
                return jpeg_parquet.read_images(files[0], N_CLASSES, rows, SIDE)
        images = np.concatenate([self._read_batch(path, b"data") for path in files])
        return np.asarray(images[rows], dtype=np.uint8).reshape(-1, 3, SIDE, SIDE)

    def _read_batch(self, path: Path, key: bytes) -> Any:
        with decoding(path, self), path.open("rb") as file:
            return np.asarray(pickle.load(file, encoding="bytes")[key])


CIFAR10 = Cifar10()
