"""SVHN from a folder: the cropped digits as they are published, a MATLAB file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from generators.data.images import Bytes, Rows, decoding, require_files

MATLAB = "train_32x32.mat"
SIDE = 32


@dataclass(frozen=True)
class Svhn:
    """73,257 house-number digits, cropped to 32 x 32 pixels with their neighbours (Netzer et al. 2011)."""

    title: str = "SVHN"
    where: str = (
        f"Put {MATLAB} (format 2, cropped digits, from http://ufldl.stanford.edu/housenumbers/) there, "
        "or name another folder with --data-root."
    )

    def find_files(self, data_root: Path) -> list[Path]:
        """Return the MATLAB file of the training split; the "extra" images are not used."""
        return require_files(self, data_root, [MATLAB])

    def read_labels(self, data_root: Path) -> Rows:
        """Return the labels [n] of the training split; the published ones have 10 for the digit 0."""
        labels = self._read(data_root, "y", (None, 1))[:, 0].astype(np.int64)
        return labels % 10

    def read_images(self, data_root: Path, rows: Rows) -> Bytes:
        """Return the chosen rows of the training split as images [n, 3, 32, 32]."""
        images = self._read(data_root, "X", (SIDE, SIDE, 3, None))[..., rows]
        return np.ascontiguousarray(images.transpose(3, 2, 0, 1), dtype=np.uint8)

    def _read(self, data_root: Path, name: str, shape: tuple[int | None, ...]) -> npt.NDArray[np.uint8]:
        """Return one of the file's arrays; its length is the None in ``shape``."""
        from scipy.io import loadmat

        (path,) = self.find_files(data_root)
        with decoding(path, self):
            array: npt.NDArray[np.uint8] = loadmat(path, variable_names=[name])[name]
            expected = tuple(
                found if side is None else side for side, found in zip(shape, array.shape, strict=True)
            )
            if array.shape != expected or array.dtype != np.uint8:
                raise ValueError(f"{name} is {array.dtype} {array.shape}")
        return array


SVHN = Svhn()
