"""Which configurations a worker takes at a time: one, or on a GPU a population that trains together."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise
from typing import Any, TypeAlias, cast

from generators.draws import Draw
from generators.space import PopulationSpace, SearchSpace
from simlab.errors import SettingError

Block: TypeAlias = tuple[Draw, ...]

POPULATION = 64  # configurations in a block, unless told otherwise


def block_size(space: SearchSpace, device: str, asked: int | None = None) -> int:
    """Return how many configurations train together at most: one on a CPU, and in most spaces.

    Raises
    ------
    SettingError
        If more are asked for where configurations train one at a time.
    """
    if device != "cpu" and isinstance(space, PopulationSpace):
        return POPULATION if asked is None else asked
    if asked not in (None, 1):
        why = "on a CPU" if device == "cpu" else f"in the search space '{space.name}'"
        raise SettingError(f"--block {asked}: {why} configurations train one at a time. Leave it out.")
    return 1


def make_blocks(space: SearchSpace, recipe: Any, draws: list[Draw], size: int) -> list[Block]:
    """Group configurations that can train together into blocks, each a task of its own.

    Parameters
    ----------
    space : SearchSpace
    recipe : Recipe
    draws : list of Draw
    size : int
        Largest number of configurations in a block; those of one kind are shared out evenly.

    Returns
    -------
    list of tuple of Draw
        By first configuration.
    """
    if size == 1:
        return [(draw,) for draw in draws]
    space = cast(PopulationSpace, space)  # block_size() has made sure
    alike: dict[Hashable, list[Draw]] = {}
    for draw in draws:
        alike.setdefault(space.population_key(draw.config, recipe), []).append(draw)
    blocks = [block for group in alike.values() for block in share_out(tuple(group), -(-len(group) // size))]
    return sorted(blocks, key=lambda block: block[0].index)


def share_out(block: Block, n_shares: int) -> list[Block]:
    """Cut a block into consecutive ones whose sizes differ by one at most.

    Examples
    --------
    >>> share_out((1, 2, 3, 4, 5), 2)
    [(1, 2), (3, 4, 5)]
    """
    cuts = [number * len(block) // n_shares for number in range(n_shares + 1)]
    return [block[start:end] for start, end in pairwise(cuts)]


def name_of(block: Block) -> str:
    """Return how a block is called in messages."""
    ids = [draw.config_id for draw in block]
    return ids[0] if len(ids) == 1 else f"{ids[0]} to {ids[-1]} ({len(ids)} together)"
