"""How long a recording takes and how large it gets, from a few configurations trained beforehand."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import polars as pl

from generators.block_training import train_block
from generators.blocks import Block, block_size, make_blocks
from generators.consolidation import tables_of
from generators.draws import draw_configs
from generators.engine import FinishedBlock, Job
from generators.space import SearchSpace


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a recording of ``n_configs`` configurations is expected to take.

    Parameters
    ----------
    n_configs : int
    workers : int
    seconds : tuple of float
        Cost of a configuration in each block of the sample; without populations a block is a configuration.
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
    space: SearchSpace,
    recipe: Any,
    *,
    data_root: Path,
    n_configs: int,
    n_sample: int,
    device: str,
    seed: int,
    block: int | None = None,
) -> Iterator[FinishedBlock]:
    """Train some of the blocks that a recording would, and write nothing.

    Parameters
    ----------
    space : SearchSpace
    recipe : Recipe
    data_root : Path
        Folder of the training data.
    n_configs : int
        Size of the recording.
    n_sample : int
        How many blocks to train, evenly spread over the recording; a block is one configuration, but on a GPU
        it may be a population.
    device : str
    seed : int
        Seed of the recording.
    block : int, optional
        Largest number of configurations that train together.

    Yields
    ------
    FinishedBlock

    Raises
    ------
    SimlabError
        If the training data cannot be used.
    """
    size = block_size(space, device, block)
    sample = spread(make_blocks(space, recipe, draw_configs(space, seed, n_configs), size), n_sample)
    space.data_source(data_root, recipe)
    data = space.load_data(data_root, recipe, seed, device)
    job = Job(space, recipe, seed, data_root)
    for one in sample:
        yield train_block(job, one, data, device)


def spread(blocks: list[Block], n_sample: int) -> list[Block]:
    """Return the blocks in the middle of ``n_sample`` equal parts; all of them where there are fewer."""
    n_sample = min(n_sample, len(blocks))
    return [blocks[int((part + 0.5) * len(blocks) / n_sample)] for part in range(n_sample)]


def make_plan(sample: list[FinishedBlock], *, n_configs: int, workers: int) -> Plan:
    """Extrapolate from a sample to the whole recording.

    Parameters
    ----------
    sample : list of FinishedBlock
    n_configs : int
    workers : int
        Assumed not to slow each other down.
    """
    curves = [curve for block in sample for curve in block.curves]
    return Plan(
        n_configs=n_configs,
        workers=workers,
        seconds=tuple(seconds_of(block) / len(block.curves) for block in sample),
        bytes_per_config=sum(map(_bytes_of_rows, tables_of(curves))) / len(curves),
    )


def seconds_of(block: FinishedBlock) -> float:
    """Return what a block's epochs took: CPU seconds on a CPU, so that a busy machine plays no part."""
    return sum(epoch["seconds"] for curve in block.curves for epoch in curve.epochs)


def summarize(block: FinishedBlock) -> str:
    """Return what came out of a block, as a line to follow a plan by.

    Examples
    --------
    >>> from generators.parts import FinishedCurve
    >>> lost = FinishedCurve(config_id="0007", status="failed", reason="bad luck", seed=1, architecture="")
    >>> summarize(FinishedBlock([lost]))
    '0007: 0.0 s, failed (bad luck)'
    """
    first, last = block.curves[0], block.curves[-1]
    if first is last:
        outcome = first.status + (f" ({first.reason})" if first.reason else "")
        return f"{first.config_id}: {seconds_of(block):.1f} s, {outcome}"
    counts = Counter(curve.status for curve in block.curves)
    outcome = ", ".join(f"{count} {status}" for status, count in counts.items())
    return f"{first.config_id} to {last.config_id}: {seconds_of(block):.1f} s, {outcome}"


def _bytes_of_rows(table: pl.DataFrame) -> int:
    return _size(table) - _size(table.clear())


def _size(table: pl.DataFrame) -> int:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.tell()
