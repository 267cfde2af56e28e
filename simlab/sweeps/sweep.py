"""A sweep: corpora x policies and schedulers x their settings x orderings, as one declaration."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import joblib

from simlab.corpus import Corpus
from simlab.corpus.registry import load
from simlab.errors import SettingError, SimlabError, UnknownNameError
from simlab.policies import Policy
from simlab.predictions import PredictionStore
from simlab.schedulers import InOrder, Strategy
from simlab.simulator import SimulationResult
from simlab.simulator.costs import AnyClock
from simlab.simulator.scenario import Scenario
from simlab.simulator.simulation import check_settings, check_strategies
from simlab.simulator.trace import TABLES, Record
from simlab.sweeps.cell import Cell
from simlab.sweeps.folder import SweepFolder
from simlab.sweeps.grid import build, check_grid, expand
from simlab.sweeps.toml_file import read_declaration


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Many strategies, each over the same random orderings of each corpus.

    Parameters
    ----------
    corpora : sequence of str, path or Corpus
        Names of shipped corpora, folders, or corpora themselves.
    grids : sequence of mapping
        Each maps settings of named policies and schedulers to a value or a list of values, and stands for all
        combinations: ``{"policy": "srm", "threshold": [0.9, 0.95]}``. The settings are those of
        :class:`simlab.policies.PolicySettings` (with ``threshold`` for ``thresholds``) and of
        :class:`simlab.schedulers.HalvingSettings`.
    strategies : sequence of Policy or Strategy
        Further ones, as they are, after those of the grids.
    orderings, workers, seed, clock, scenario, level, record
        As in :func:`simlab.simulate`.
    block : int
        Orderings of one cell, the unit of work.

    Raises
    ------
    SettingError
        If a grid holds an unknown setting, or a value of another type, or a setting is out of range.
    UnknownNameError
        If there is no such way to record.

    Examples
    --------
    >>> sweep = Sweep(
    ...     corpora=["metaqnn-cifar10"],
    ...     grids=[{"policy": ["last-seen", "never"]}, {"scheduler": "asha", "eta": [2, 3]}],
    ...     orderings=10,
    ... )
    >>> [(cell.strategy.name, cell.orderings) for cell in sweep.cells()][:3]
    [('last-seen', range(0, 5)), ('last-seen', range(5, 10)), ('never', range(0, 5))]
    """

    corpora: Sequence[str | Path | Corpus]
    grids: Sequence[Mapping[str, Any]] = ()
    strategies: Sequence[Policy | Strategy] = ()
    orderings: int = 10
    block: int = 5
    workers: int = 1
    seed: int = 0
    clock: AnyClock = "auto"
    scenario: Scenario | None = None
    level: float = 0.95
    record: Record = "events"

    def __post_init__(self) -> None:
        for number, grid in enumerate(self.grids, 1):
            check_grid(grid, number)
        check_settings(
            orderings=self.orderings, workers=self.workers, seed=self.seed, level=self.level, n_jobs=1
        )
        if self.record not in TABLES:
            raise UnknownNameError("record", self.record, TABLES)
        if self.block < 1:
            raise SettingError(f"block must be 1 or more, not {self.block}")
        if not self.corpora:
            raise SettingError("a sweep needs a corpus")
        if not self.grids and not self.strategies:
            raise SettingError("a sweep needs a grid, or strategies")

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a sweep from a TOML file, whose keys are the parameters; each ``[[grids]]`` is one grid.

        Raises
        ------
        SettingError
            Naming the file, the key, and the nearest known one.
        """
        path = Path(path)
        try:
            return cls(**read_declaration(path))
        except SettingError as error:
            raise SettingError(f"{path}: {error}") from error

    def cells(self) -> list[Cell]:
        """Return the units of work, by corpus, strategy and block of orderings; loads the corpora.

        Raises
        ------
        SimlabError
            If a corpus or a name is unknown, a setting out of range, or a strategy stands there twice.
        """
        return list(self._cells)

    @cached_property
    def _cells(self) -> list[Cell]:
        corpora = [one if isinstance(one, Corpus) else load(one) for one in self.corpora]
        _check_names([corpus.name for corpus in corpora])
        blocks = [
            range(start, min(start + self.block, self.orderings))
            for start in range(0, self.orderings, self.block)
        ]
        shared = ("workers", "seed", "clock", "scenario", "level", "record")
        settings = {name: getattr(self, name) for name in shared}
        return [
            Cell(corpus, run, strategy, block, settings)
            for corpus in corpora
            for run, strategy in enumerate(self._strategies(corpus))
            for block in blocks
        ]

    def run(
        self,
        folder: str | Path,
        *,
        n_jobs: int = 1,
        store: PredictionStore | None = None,
        on_cell: Callable[[int], None] | None = None,
    ) -> dict[str, SimulationResult]:
        """Compute the cells that the folder lacks, and write ``CORPUS.parquet`` for each corpus.

        Each of these is what :func:`simlab.simulate` returns for all strategies at once, byte by byte,
        whatever the backend, the number of jobs, and how often the sweep was interrupted.

        Parameters
        ----------
        folder : path
            Holds the finished cells of this sweep, or nothing.
        n_jobs : int
            Cells computed in parallel. Honours ``joblib.parallel_config``, so that a Dask or Ray backend
            spreads them over machines, which need no common disk: this process writes all files.
        store : PredictionStore, optional
            Where predictions are looked for first, and kept.
        on_cell : callable, optional
            Called with the number of finished cells.

        Returns
        -------
        dict of str to SimulationResult
            By name of the corpus.

        Raises
        ------
        SettingError
            If the folder holds cells of another sweep, or another process is filling it.
        SimlabError
            As :func:`simlab.simulate` and :meth:`cells`; the cells finished before are kept.
        """
        check_settings(
            orderings=self.orderings, workers=self.workers, seed=self.seed, level=self.level, n_jobs=n_jobs
        )
        cells, kept = self.cells(), SweepFolder(folder)
        with kept.alone():
            kept.check(cells)
            missing = [cell for cell in cells if not kept.has(cell)]
            done = len(cells) - len(missing)
            for place, result in _computed(missing, n_jobs, store):
                kept.write(missing[place], result)
                done += 1
                if on_cell:
                    on_cell(done)
            results = {
                name: kept.put_together(list(group))
                for name, group in itertools.groupby(cells, key=lambda cell: cell.corpus.name)
            }
            for name, result in results.items():
                result.write(kept.folder / f"{name}.parquet")
        if store:
            store.trim()
        return results

    def _strategies(self, corpus: Corpus) -> list[Strategy]:
        """Build every strategy for one corpus."""
        points = [point for grid in self.grids for point in expand(grid)]
        built = [strategy for point in points for strategy in build(point, corpus.n_epochs)]
        built += [InOrder(one) if isinstance(one, Policy) else one for one in self.strategies]
        check_strategies(corpus, built)
        twice = _first_twice(f"'{one.name}' with {json.dumps(one.settings())}" for one in built)
        if twice:
            raise SettingError(f"{twice} stands twice in the sweep: what varies changes nothing in it")
        return built


def _check_names(names: Sequence[str]) -> None:
    """Refuse corpora whose results could not be told apart by the names of their files."""
    unusable = [name for name in names if Path(name).name != name]
    if unusable:
        raise SettingError(f"'{unusable[0]}' cannot name a file: give the corpus another name")
    twice = _first_twice(names)
    if twice:
        raise SettingError(f"two corpora have the name '{twice}': give one of them another name")


def _first_twice(texts: Iterable[str]) -> str | None:
    """Return the first text that has been there before."""
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            return text
        seen.add(text)
    return None


def _computed(
    cells: Sequence[Cell], n_jobs: int, store: PredictionStore | None
) -> Iterable[tuple[int, SimulationResult]]:
    """Yield each cell's number and result, as they are finished."""
    jobs = (joblib.delayed(_compute)(place, cell, store) for place, cell in enumerate(cells))
    finished: Iterable[tuple[int, SimulationResult]] = joblib.Parallel(
        n_jobs=n_jobs, return_as="generator_unordered"
    )(jobs)
    return finished


def _compute(place: int, cell: Cell, store: PredictionStore | None) -> tuple[int, SimulationResult]:
    try:
        return place, cell.compute(store)
    except SimlabError as error:
        raise SimlabError(f"{cell.strategy.name} on {cell.corpus.name}: {error}") from error
