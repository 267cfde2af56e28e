"""Images of noise, for tests that train."""

from __future__ import annotations

import pickle

import numpy as np


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
