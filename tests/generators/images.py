"""Images of noise, for tests that train, and small data sets in every layout that is read."""

from __future__ import annotations

import io
import pickle

import numpy as np
import polars as pl
import pytest


def noise(*, n_train=64, n_valid=40, side=16):
    """Return noise that is brighter for higher labels, as a network sees it."""
    import torch

    from generators.training import ImageData

    labels = torch.arange(n_valid + n_train) % 10
    shape = (len(labels), 3, side, side)
    pixels = torch.randint(0, 100, shape, generator=torch.Generator().manual_seed(0))
    images = (pixels + 15 * labels[:, None, None, None]).to(torch.uint8)
    train = images[n_valid:].float()
    return ImageData(
        train_images=images[n_valid:],
        train_labels=labels[n_valid:],
        valid_images=images[:n_valid],
        valid_labels=labels[:n_valid],
        mean=train.mean((0, 2, 3), keepdim=True),
        std=train.std((0, 2, 3), keepdim=True),
    )


def write_batches(root):
    """Write CIFAR-10 lookalikes of noise as Python batches."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(1, 6):
        pixels = rng.integers(0, 256, (30, 3072), dtype=np.uint8)
        batch = {b"data": pixels, b"labels": rng.integers(0, 10, 30).tolist()}
        (folder / f"data_batch_{number}").write_bytes(pickle.dumps(batch))


def flat_colours(n, side=32):
    """Return images [n, 3, side, side] of one colour each, so that JPEG and averaging hardly change them."""
    colours = np.random.default_rng(0).integers(0, 256, (n, 3), dtype=np.uint8)
    return np.broadcast_to(colours[:, :, None, None], (n, 3, side, side)).copy()


def as_jpeg(image):
    """Encode an image [3, side, side]."""
    Image = pytest.importorskip("PIL.Image", reason="needs pillow, of the generators extra")  # noqa: N806
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def write_parquet(path, images, labels, other_split):
    """Write images as JPEGs of the training split, after five of another split."""
    jpegs = [as_jpeg(image) for image in images]
    split = [other_split] * 5 + ["train"] * len(images)
    frame = pl.DataFrame({"split": split, "label": [0] * 5 + list(labels), "jpeg": jpegs[:5] + jpegs})
    frame.write_parquet(path)


def write_svhn(root, n=150):
    """Write SVHN lookalikes of noise as the published file; return images [n, 3, 32, 32] and digits [n]."""
    from scipy.io import savemat

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 3, 32, 32), dtype=np.uint8)
    digits = rng.integers(0, 10, n)
    labels = np.where(digits == 0, 10, digits).astype(np.uint8)
    root.mkdir(parents=True, exist_ok=True)
    savemat(root / "train_32x32.mat", {"X": images.transpose(2, 3, 1, 0), "y": labels[:, None]})
    return images, digits


def write_mnist(root, n=150):
    """Write bright squares as MNIST; return the digits [n]."""
    rng = np.random.default_rng(0)
    images = np.zeros((n, 28, 28), dtype=np.uint8)
    images[:, 4:24, 10:18] = 255
    digits = rng.integers(0, 10, n, dtype=np.uint8)
    root.mkdir(parents=True, exist_ok=True)
    np.savez(root / "mnist.npz", x_train=images, y_train=digits)
    return digits
