"""The search spaces that can be recorded, by name."""

from __future__ import annotations

from typing import Any

from generators.space import SearchSpace
from generators.spaces.cudaconvnet_cifar10 import CUDACONVNET_CIFAR10
from generators.spaces.cudaconvnet_svhn import CUDACONVNET_SVHN
from generators.spaces.cudaconvnet_svhn_standin import CUDACONVNET_SVHN_STANDIN
from generators.spaces.lstm_ptb import LSTM_PTB
from generators.spaces.metaqnn_cifar10 import METAQNN_CIFAR10
from generators.spaces.metaqnn_cifar10_elrd import METAQNN_CIFAR10_ELRD
from generators.spaces.metaqnn_svhn import METAQNN_SVHN
from generators.spaces.metaqnn_svhn_standin import METAQNN_SVHN_STANDIN
from generators.spaces.resnet_cifar10 import RESNET_CIFAR10
from generators.spaces.resnet_tinyimagenet import RESNET_TINYIMAGENET
from simlab.errors import UnknownNameError

SPACES: dict[str, SearchSpace] = {
    space.name: space
    for space in (
        METAQNN_CIFAR10,
        METAQNN_CIFAR10_ELRD,
        METAQNN_SVHN,
        METAQNN_SVHN_STANDIN,
        CUDACONVNET_CIFAR10,
        CUDACONVNET_SVHN,
        CUDACONVNET_SVHN_STANDIN,
        RESNET_CIFAR10,
        RESNET_TINYIMAGENET,
        LSTM_PTB,
    )
}


def get_space(name: str) -> SearchSpace:
    """Return a search space by name.

    Raises
    ------
    UnknownNameError
        With the nearest known name.
    """
    if name not in SPACES:
        raise UnknownNameError("search space", name, SPACES)
    return SPACES[name]


def get_recipe(space: SearchSpace, name: str) -> Any:
    """Return a recipe of a search space by name.

    Raises
    ------
    UnknownNameError
        With the nearest known name.
    """
    if name not in space.recipes:
        raise UnknownNameError(f"recipe of {space.name}", name, space.recipes)
    return space.recipes[name]
