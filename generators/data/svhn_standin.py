"""A stand-in for SVHN, made while it is loaded: digits of MNIST on patches of CIFAR-10 photographs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generators.data.cifar10 import CIFAR10
from generators.data.house_numbers import compose, draw_traits
from generators.data.images import Bytes, Rows, decoding, require_files

MNIST = "mnist.npz"
SEED = 20171
PREFACE = """\
> **This is not SVHN.** The networks were trained on a stand-in, because the street-view house numbers could
> not be had: digits of MNIST, coloured, between others, on patches of CIFAR-10 photographs, 32 x 32 pixels.
> They look alike, but nothing measured here is a result on SVHN. Pictures are made while they are loaded,
> from a fixed seed. All ten digits are about equally frequent: chance is 10 % (19 % in SVHN).
"""
CHUNK = 1000  # pictures composed at once, to save memory


@dataclass(frozen=True)
class SvhnStandIn:
    """One picture of 32 x 32 pixels for each of MNIST's 60,000 training digits.

    Picture i shows digit i between two others, as :mod:`generators.data.house_numbers` draws it. It depends
    on i, the files and a seed that never changes alone, whichever other pictures are made.
    """

    title: str = "SVHN stand-in (MNIST digits on CIFAR-10 photographs)"
    where: str = (
        f"Put {MNIST} (arrays x_train, y_train, as Keras has it: "
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz) and CIFAR-10 there, "
        "or name another folder with --data-root."
    )

    def find_files(self, data_root: Path) -> list[Path]:
        """Return the file of MNIST and those of CIFAR-10."""
        return [*require_files(self, data_root, [MNIST]), *CIFAR10.find_files(data_root)]

    def read_labels(self, data_root: Path) -> Rows:
        """Return the labels [n] of MNIST's training split, in file order."""
        return self._read(data_root, "y_train").astype(np.int64)

    def read_images(self, data_root: Path, rows: Rows) -> Bytes:
        """Return the pictures [n, 3, 32, 32] of the chosen digits; no others are made."""
        digits = self._read(data_root, "x_train")
        n_photographs = len(CIFAR10.read_labels(data_root))
        traits = draw_traits(np.random.default_rng(SEED), len(digits), n_photographs).take(rows)
        photographs = CIFAR10.read_images(data_root, traits.photograph)
        pictures = np.empty_like(photographs)
        for start in range(0, len(rows), CHUNK):
            some = slice(start, start + CHUNK)
            drawn = traits.take(some)
            middle, left, right = digits[rows[some]], digits[drawn.left], digits[drawn.right]
            pictures[some] = compose(middle, left, right, photographs[some], drawn)
        return pictures

    def _read(self, data_root: Path, name: str) -> Bytes:
        path = self.find_files(data_root)[0]
        with decoding(path, self), path.open("rb") as file, np.load(file) as arrays:
            array: Bytes = arrays[name]
            return array


SVHN_STANDIN = SvhnStandIn()
