"""How long a recording takes and how large it gets, from a few configurations trained beforehand."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import polars as pl

from generators.consolidation import configs_table, curves_table
from generators.draws import Draw, draw_configs
from generators.parts import FinishedCurve, Parts
from generators.space import SearchSpace
from generators.workers import Job, record_curve


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a recording of ``n_configs`` configurations is expected to take.

    Parameters
    ----------
    n_configs : int
    workers : int
    seconds : tuple of float
        Cost of each configuration of the sample.
    bytes_per_config : float
        Too large rather than too small: a small table compresses less well than the whole.

    Examples
    --------
    >>> print(Plan(n_configs=1000, workers=2, seconds=(9.0, 12.0, 15.0), bytes_per_config=2e3))
    12.0 s per configuration (9.0 to 15.0 in a sample of 3)
    1000 configurations on 2 workers: about 1.7 h, give or take 0.2 h (standard error of the mean)
    at most about 2.0 MB in the corpus folder
    """

    n_configs: int
    workers: int
    seconds: tuple[float, ...]
    bytes_per_config: float

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        hours_per_second = self.n_configs / self.workers / 3600
        total = f"about {mean(self.seconds) * hours_per_second:.1f} h"
        if len(self.seconds) > 1:
            error = stdev(self.seconds) / len(self.seconds) ** 0.5 * hours_per_second
            total += f", give or take {error:.1f} h (standard error of the mean)"
        return (
            f"{mean(self.seconds):.1f} s per configuration "
            f"({low:.1f} to {high:.1f} in a sample of {len(self.seconds)})\n"
            f"{self.n_configs} configurations on {self.workers} workers: {total}\n"
            f"at most about {self.n_configs * self.bytes_per_config / 1e6:.1f} MB in the corpus folder"
        )


def train_sample(
    space: SearchSpace, recipe: Any, *, data_root: Path, n_configs: int, n_sample: int, device: str, seed: int
) -> Iterator[FinishedCurve]:
    """Train some of the configurations that a recording would, and write nothing.

    Parameters
    ----------
    space : SearchSpace
    recipe : Recipe
    data_root : Path
        Folder of the training data.
    n_configs : int
        Size of the recording.
    n_sample : int
        How many to train, evenly spread over the recording.
    device : str
    seed : int
        Seed of the recording.

    Yields
    ------
    FinishedCurve

    Raises
    ------
    SimlabError
        If the training data cannot be used.
    """
    sample = spread(draw_configs(space, seed, n_configs), n_sample)
    space.data_source(data_root, recipe)
    data = space.load_data(data_root, recipe, seed, device)
    nowhere = Parts(Path())  # training a curve does not store it
    job = Job(space, recipe, seed, data_root, nowhere)
    for draw in sample:
        yield record_curve(job, draw, data, device)


def spread(draws: list[Draw], n_sample: int) -> list[Draw]:
    """Return the draws in the middle of ``n_sample`` equal parts; all of them where there are fewer."""
    n_sample = min(n_sample, len(draws))
    return [draws[int((part + 0.5) * len(draws) / n_sample)] for part in range(n_sample)]


def make_plan(curves: list[FinishedCurve], *, n_configs: int, workers: int) -> Plan:
    """Extrapolate from a sample to the whole recording.

    Parameters
    ----------
    curves : list of FinishedCurve
    n_configs : int
    workers : int
        Assumed not to slow each other down.
    """
    return Plan(
        n_configs=n_configs,
        workers=workers,
        seconds=tuple(seconds_of(curve) for curve in curves),
        bytes_per_config=sum(map(_bytes_of_rows, (curves_table(curves), configs_table(curves))))
        / len(curves),
    )


def seconds_of(curve: FinishedCurve) -> float:
    """Return what a curve's epochs took: CPU seconds on a CPU, so that a busy machine plays no part."""
    return sum(epoch["seconds"] for epoch in curve.epochs)


def _bytes_of_rows(table: pl.DataFrame) -> int:
    return _size(table) - _size(table.clear())


def _size(table: pl.DataFrame) -> int:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.tell()
