"""The paper's search spaces, and the recordings here that stand for them."""

from __future__ import annotations

from typing import Final

import simlab
from simlab.corpus.registry import shipped_names

#: What the paper calls them.
TITLES: Final = {
    "metaqnn-cifar10": "MetaQNN (CIFAR-10)",
    "metaqnn-svhn-standin": "MetaQNN (SVHN)",
    "resnet-tinyimagenet": "ResNets (TinyImageNet)",
    "resnet-cifar10": "ResNets (CIFAR-10)",
    "lstm-ptb": "LSTM (Penn Treebank)",
    "cudaconvnet-cifar10": "Cuda-Convnet (CIFAR-10)",
    "cudaconvnet-svhn-standin": "Cuda-Convnet (SVHN)",
    "metaqnn-cifar10-elrd": "MetaQNN ELRD (CIFAR-10)",
}

#: The recordings of the paper's spaces, in the order of its tables; the variant with exponential decay apart.
SPACES: Final = (
    "metaqnn-cifar10",
    "resnet-tinyimagenet",
    "lstm-ptb",
    "cudaconvnet-cifar10",
    "metaqnn-svhn-standin",
    "cudaconvnet-svhn-standin",
    "resnet-cifar10",
)


def recorded(names: tuple[str, ...]) -> list[simlab.Corpus]:
    """Load those of some corpora that are shipped."""
    shipped = shipped_names()
    return [simlab.load(name) for name in names if name in shipped]


def missing_text(names: tuple[str, ...]) -> str:
    """Say which corpora are not recorded yet; empty where all are."""
    shipped = shipped_names()
    missing = [name for name in names if name not in shipped]
    return f" Not recorded yet: {', '.join(missing)}." if missing else ""
