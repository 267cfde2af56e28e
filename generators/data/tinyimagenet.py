"""TinyImageNet at 32 x 32 pixels, from a folder: as one Parquet file of JPEG images, or as published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generators.data import jpeg_parquet
from generators.data.images import Bytes, Rows, average_down, decoding, require_files

PARQUET = "tinyimagenet32_jpeg.parquet"
FOLDER = "tiny-imagenet-200"
PUBLISHED_SIDE = 64
SIDE = 32


@dataclass(frozen=True)
class TinyImageNet:
    """500 photographs of each class; published ones (64 x 64) are averaged down to 32 x 32 pixels.

    Classes are numbered in the alphabetical order of their WordNet ids, in both layouts (``wnids.txt`` has
    another order): the first one is n01443537, goldfish.

    Parameters
    ----------
    n_classes : int
        Only images of the first so many classes are read; there are 200.
    """

    n_classes: int = 200
    where: str = (
        f"Put the published folder ({FOLDER}/, from http://cs231n.stanford.edu/tiny-imagenet-200.zip) or "
        f"{PARQUET} (columns split, label, jpeg) there, or name another folder with --data-root."
    )

    @property
    def title(self) -> str:
        """Name of the data set, and of its part that is used."""
        return "TinyImageNet" if self.n_classes == 200 else f"TinyImageNet (first {self.n_classes} classes)"

    def find_files(self, data_root: Path) -> list[Path]:
        """Return the Parquet file, or where there is none the class list and all images in use."""
        if (data_root / PARQUET).is_file():
            return [data_root / PARQUET]
        class_list = require_files(self, data_root, [f"{FOLDER}/wnids.txt"])
        return class_list + [path for images in self._published(data_root) for path in images]

    def read_labels(self, data_root: Path) -> Rows:
        """Return the labels [n] of the training split: by class, then by number of the image."""
        files = self.find_files(data_root)
        if files[0].name != PARQUET:
            counts = [len(images) for images in self._published(data_root)]
            return np.repeat(np.arange(self.n_classes), counts)
        with decoding(files[0], self):
            return jpeg_parquet.read_labels(files[0], self.n_classes)

    def read_images(self, data_root: Path, rows: Rows) -> Bytes:
        """Return the chosen rows of the training split as images [n, 3, 32, 32]."""
        files = self.find_files(data_root)
        if files[0].name == PARQUET:
            with decoding(files[0], self):
                return jpeg_parquet.read_images(files[0], self.n_classes, rows, SIDE)
        images = np.empty((len(rows), 3, SIDE, SIDE), dtype=np.uint8)
        for image, row in zip(images, rows, strict=True):
            path = files[1 + row]
            with decoding(path, self):
                image[:] = average_down(jpeg_parquet.decode_jpegs([path], 1, PUBLISHED_SIDE), SIDE)[0]
        return images

    def _published(self, data_root: Path) -> list[list[Path]]:
        """Return the published training images of each class in use."""
        class_list = data_root / FOLDER / "wnids.txt"
        with decoding(class_list, self):
            classes = sorted(class_list.read_text(encoding="ascii").split())[: self.n_classes]
            if len(classes) < self.n_classes:
                raise ValueError(f"{len(classes)} classes instead of {self.n_classes}")
        return [self._images_of(data_root, wnid) for wnid in classes]

    def _images_of(self, data_root: Path, wnid: str) -> list[Path]:
        folder = data_root / FOLDER / "train" / wnid / "images"
        with decoding(folder, self):
            images = sorted(folder.glob("*.JPEG"), key=lambda path: int(path.stem.rpartition("_")[2]))
            if not images:
                raise ValueError("no images")
        return images
