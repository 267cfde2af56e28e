"""The folder of a sweep: finished cells, each an ordinary result named by its content, put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from simlab.errors import CorpusError, SettingError
from simlab.simulator import SimulationResult
from simlab.simulator.result import result_files
from simlab.simulator.trace import TABLES
from simlab.sweeps.cell import Cell

_CELLS, _LOCK = "cells", ".lock"


class SweepFolder:
    """Where the cells of one sweep are kept.

    Parameters
    ----------
    folder : path
        Created when the first cell is written.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._cells = self.folder / _CELLS

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from running a sweep into the same folder meanwhile.

        Raises
        ------
        SettingError
            If one does.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / _LOCK, timeout=0):
                yield
        except Timeout as error:
            raise SettingError(
                f"{self.folder}: another process runs a sweep into it. Wait for it, or give another folder."
            ) from error

    def check(self, cells: Sequence[Cell]) -> None:
        """Refuse a folder that holds cells of another sweep.

        Raises
        ------
        SettingError
            Saying how many they are, what one of them is, and what to do.
        """
        own = {cell.key for cell in cells}
        strange = sorted({_key(path) for path in self._cells.glob("*.parquet")} - own)
        if strange:
            raise SettingError(
                f"{self.folder}: holds {len(strange)} cells of another sweep, such as {strange[0]}"
                f"{self._describe(strange[0])}. A setting, a corpus, a version or the code was another one. "
                f"Give another folder, or remove {self._cells}."
            )

    def has(self, cell: Cell) -> bool:
        """Return whether a cell is finished: each of its files is there, and so was written to its end."""
        files = result_files(self._path(cell.key))
        return all(files[table].is_file() for table in TABLES[cell.settings["record"]])

    def write(self, cell: Cell, result: SimulationResult) -> None:
        """Keep a finished cell."""
        result.write(self._path(cell.key))

    def read(self, cell: Cell) -> SimulationResult:
        """Return a finished cell.

        Raises
        ------
        CorpusError
            If one of its files is damaged.
        """
        try:
            return SimulationResult.read(self._path(cell.key))
        except CorpusError as error:
            raise CorpusError(
                f"{error} Remove {self._path(cell.key)} and run the sweep again: it makes this cell anew."
            ) from error

    def put_together(self, cells: Sequence[Cell]) -> SimulationResult:
        """Return what a simulation of all strategies over all orderings would have: same frames, same bytes.

        Parameters
        ----------
        cells : sequence of Cell
            Those of one corpus, by strategy and then by ordering.
        """
        parts = [self.read(cell) for cell in cells]
        firsts = [part for part, cell in zip(parts, cells, strict=True) if cell.orderings.start == 0]
        whole = {
            "orderings": max(cell.orderings.stop for cell in cells),
            "policies": [part.provenance["policies"][0] for part in firsts],
            "ceilings": [part.provenance["ceilings"][0] for part in firsts],
        }
        frames = {
            table: pl.concat(
                getattr(part, table).with_columns(run=pl.lit(cell.run, dtype=pl.Int32))
                for part, cell in zip(parts, cells, strict=True)
            ).rechunk()
            for table in TABLES[cells[0].settings["record"]]
        }
        return SimulationResult(frames.pop("trials"), frames, provenance=dict(parts[0].provenance) | whole)

    def _path(self, key: str) -> Path:
        return self._cells / f"{key}.parquet"

    def _describe(self, key: str) -> str:
        try:
            told = SimulationResult.read(self._path(key)).provenance
        except CorpusError:
            return ""
        return f" ({told['policies'][0]['policy']} on {told['corpus']}, seed {told['seed']})"


def _key(path: Path) -> str:
    return path.name.partition(".")[0]
