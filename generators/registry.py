"""The search spaces that can be recorded, by name."""

from __future__ import annotations

from typing import Any

from generators.cudaconvnet_cifar10 import CUDACONVNET_CIFAR10
from generators.metaqnn_cifar10 import METAQNN_CIFAR10
from generators.space import SearchSpace
from simlab.errors import UnknownNameError

SPACES: dict[str, SearchSpace] = {space.name: space for space in (METAQNN_CIFAR10, CUDACONVNET_CIFAR10)}


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
