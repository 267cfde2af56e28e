"""Images as one Parquet file of JPEGs: columns ``split``, ``label`` and ``jpeg`` (the encoded bytes)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl

from generators.data.images import Bytes, Rows


def read_labels(path: Path, n_classes: int) -> Rows:
    """Return the labels [n] below ``n_classes`` of the training split, in file order."""
    # the JPEGs' lengths are read along, so that a truncated column is noticed here
    rows = _training_rows(path, n_classes).select("label", pl.col("jpeg").len()).collect()
    return rows["label"].to_numpy().astype(np.int64)


def read_images(path: Path, n_classes: int, rows: Rows, side: int) -> Bytes:
    """Return the chosen rows of :func:`read_labels` as images [n, 3, side, side]; only these are decoded."""
    jpegs = _training_rows(path, n_classes).select("jpeg").collect()["jpeg"].gather(rows)
    return decode_jpegs(map(io.BytesIO, jpegs), len(rows), side)


def decode_jpegs(files: Iterable[io.BytesIO | Path], n_images: int, side: int) -> Bytes:
    """Decode RGB or grey images of ``side`` x ``side`` pixels into [n_images, 3, side, side]."""
    from PIL import Image

    images = np.empty((n_images, side, side, 3), dtype=np.uint8)
    for image, file in zip(images, files, strict=True):
        image[:] = np.asarray(Image.open(file).convert("RGB"))
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def _training_rows(path: Path, n_classes: int) -> pl.LazyFrame:
    split = pl.col("split").cast(pl.String)
    return pl.scan_parquet(path).filter(split == "train", pl.col("label") < n_classes)
