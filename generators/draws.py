"""Which configurations a recording trains, and with which seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from generators.space import SearchSpace
from simlab.errors import SettingError

MIN_PATIENCE = 10_000  # draws without a new configuration
PATIENCE_PER_CONFIG = 30


@dataclass(frozen=True)
class Draw:
    """Configuration number ``index`` of a recording, and the seed of its training."""

    index: int
    config: Any
    seed: int

    @property
    def config_id(self) -> str:
        """The index with leading zeros, so that ids sort like numbers."""
        return f"{self.index:04d}"


def draw_configs(space: SearchSpace, seed: int, n_configs: int) -> list[Draw]:
    """Draw distinct configurations; number i depends on the seed and on i alone, however many are drawn.

    Each configuration has a random stream of its own, and is drawn from it until it is a new one. A finite
    space whose configurations are equally likely can be drawn to its end: its last one is missed with a
    probability of exp(-30).

    Parameters
    ----------
    space : SearchSpace
    seed : int
        Seed of the recording.
    n_configs : int

    Returns
    -------
    list of Draw

    Raises
    ------
    SettingError
        If the space has too few configurations to find a new one.
    """
    seen: set[str] = set()
    draws = []
    for index in range(n_configs):
        drawing, training = np.random.SeedSequence(seed, spawn_key=(index,)).spawn(2)
        config = _draw_new(space, np.random.default_rng(drawing), seen)
        seen.add(space.key(config))
        draws.append(Draw(index, config, int(training.generate_state(1, np.uint32)[0])))
    return draws


def _draw_new(space: SearchSpace, rng: np.random.Generator, seen: set[str]) -> Any:
    patience = max(MIN_PATIENCE, PATIENCE_PER_CONFIG * len(seen))
    for _ in range(patience):
        config = space.sample(rng)
        if space.key(config) not in seen:
            return config
    raise SettingError(
        f"search space '{space.name}': no new configuration in {patience} draws after {len(seen)} others. "
        "Ask for fewer with --configs."
    )
