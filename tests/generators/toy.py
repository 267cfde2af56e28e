"""A search space without torch that trains in no time: a configuration is a number, its curve is noise."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from generators import recorder
from generators.space import EpochRecord
from simlab.errors import SimlabError
from simlab.metric import Metric

ACCURACY = Metric(name="accuracy", direction="maximize", bounds=(0.0, 1.0), worst=0.1)


@dataclass(frozen=True, kw_only=True)
class ToyRecipe:
    """Epochs and how long they last, and the configurations that misbehave."""

    name: str = "toy"
    epochs: int = 4
    pause: float = 0.0
    diverging: tuple[int, ...] = ()  # in their third epoch
    stillborn: tuple[int, ...] = ()  # diverge in their first epoch
    failing: tuple[int, ...] = ()  # in their third epoch
    dying: tuple[int, ...] = ()  # take their worker with them
    dying_once: tuple[int, ...] = ()  # the first time only
    crowd: int = 1000  # members of a population that no longer fit into memory


@dataclass(frozen=True)
class ToySpace:
    """The numbers below ``n_values``."""

    name: str = "toy"
    title: str = "Toy"
    log_scaled: tuple[str, ...] = ()
    n_values: int = 1000
    recipes: Mapping[str, ToyRecipe] = field(default_factory=lambda: {"toy": ToyRecipe()})

    def metric(self, recipe: ToyRecipe) -> Metric:
        return ACCURACY

    def sample(self, rng: np.random.Generator) -> int:
        return int(rng.integers(self.n_values))

    def key(self, config: int) -> str:
        return f"toy({config})"

    def describe(self, config: int, recipe: ToyRecipe) -> dict[str, float]:
        return {"ap_n_weights": config, "hp_learning_rate": 0.1}

    def explain(self, recipe: ToyRecipe) -> str:
        return "Numbers."

    def data_source(self, data_root: Path, recipe: ToyRecipe) -> dict[str, Any]:
        return {"source": "none", "sha256": "0", "train": 0, "validation": 100}

    def load_data(self, data_root: Path, recipe: ToyRecipe, seed: int, device: str) -> Path:
        return data_root

    def train(
        self, config: int, seed: int, recipe: ToyRecipe, data: Path, device: str
    ) -> Iterator[EpochRecord]:
        rng = np.random.default_rng(seed)
        for epoch in range(1, recipe.epochs + 1):
            start = time.perf_counter()
            time.sleep(recipe.pause)
            if config in recipe.failing and epoch == 3:
                raise MemoryError("out of memory\nwith a second line")
            if config in recipe.dying:
                os.kill(os.getpid(), signal.SIGKILL)
            if config in recipe.dying_once and not (data / f"died {config}").exists():
                (data / f"died {config}").touch()
                os._exit(1)
            lost = (config in recipe.diverging and epoch == 3) or config in recipe.stillborn
            value, loss = rng.random(2)
            seconds = time.perf_counter() - start
            yield EpochRecord(
                value=value, seconds=seconds, train_loss=math.nan if lost else loss, valid_loss=0.5
            )


@dataclass(frozen=True)
class ToyPopulations(ToySpace):
    """Numbers of which the odd train together, and the even ones."""

    def population_key(self, config: int, recipe: ToyRecipe) -> int:
        return config % 2

    def train_population(
        self, configs: Sequence[int], seeds: Sequence[int], recipe: ToyRecipe, data: Path, device: str
    ) -> Iterator[list[EpochRecord]]:
        assert len({config % 2 for config in configs}) == 1
        if len(configs) > recipe.crowd:
            raise MemoryError("too many")
        members = [self.train(*member, recipe, data, device) for member in zip(configs, seeds, strict=True)]
        yield from map(list, zip(*members, strict=True))


@dataclass(frozen=True)
class DatalessToys(ToySpace):
    """Their data is missing."""

    def load_data(self, data_root: Path, recipe: ToyRecipe, seed: int, device: str) -> Path:
        raise SimlabError("no such data")


@dataclass(frozen=True)
class BrokenToys(ToySpace):
    """Their data cannot be loaded for lack of a package."""

    def load_data(self, data_root: Path, recipe: ToyRecipe, seed: int, device: str) -> Path:
        raise ModuleNotFoundError("No module named 'torch'")


@dataclass(frozen=True)
class CountingToys(ToySpace):
    """They leave a mark whenever their data is loaded."""

    def load_data(self, data_root: Path, recipe: ToyRecipe, seed: int, device: str) -> Path:
        with (data_root / f"loads of {os.getpid()}").open("a") as file:
            file.write("1")
        return data_root


@dataclass(frozen=True)
class ForgetfulToys(ToySpace):
    """Their data is another one outside of the process ``home``."""

    home: int = 0

    def data_source(self, data_root: Path, recipe: ToyRecipe) -> dict[str, Any]:
        return {"sha256": "ours" if os.getpid() == self.home else "theirs"}


def record(out, *, n_configs, recipe=None, workers=1, device="cpu", seed=0, space=None, **settings):
    """Record toys into ``out``."""
    out.mkdir(exist_ok=True)
    return recorder.record(
        space or ToySpace(),
        recipe or ToyRecipe(),
        data_root=out,
        out=out,
        n_configs=n_configs,
        devices=[device] * workers,
        seed=seed,
        **settings,
    )


def main() -> None:
    """Record in a process of its own: ``OUT N_CONFIGS WORKERS PAUSE``."""
    out, n_configs, workers, pause = sys.argv[1:]
    recorder.CONSOLIDATE_EVERY = 0.1
    record(Path(out), n_configs=int(n_configs), recipe=ToyRecipe(pause=float(pause)), workers=int(workers))
