"""Long tables of curves, laid out as matrices: one row per run, one column per epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus.schema import series_columns

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Matrices:
    """The recorded series of n runs of at most t epochs.

    Attributes
    ----------
    config_ids : ndarray of str, shape (n,)
    lengths : ndarray of int, shape (n,)
        Recorded epochs of each run.
    series : mapping of str to ndarray, each of shape (n, t)
        NaN beyond a run's end.
    """

    config_ids: npt.NDArray[np.str_]
    lengths: Integers
    series: dict[str, Floats]

    @classmethod
    def of(cls, curves: pl.DataFrame) -> Self:
        """Lay out a table of whole runs that keeps the data contract and is in file order.

        Examples
        --------
        >>> curves = {"config_id": ["a", "a", "b"], "epoch": [1, 2, 1], "value": [0.1, 0.2, 0.3]}
        >>> Matrices.of(pl.DataFrame(curves)).series["value"]
        array([[0.1, 0.2],
               [0.3, nan]])
        """
        ids = curves["config_id"]
        rows = ids.rle_id().to_numpy()
        columns = curves["epoch"].to_numpy() - 1
        lengths = np.bincount(rows).astype(np.int64)
        shape = len(lengths), int(lengths.max(initial=0))
        return cls(
            config_ids=ids.gather(np.cumsum(lengths) - lengths).to_numpy().astype(np.str_),
            lengths=lengths,
            series={one: _spread(curves[one], rows, columns, shape) for one in series_columns(curves)},
        )


def put_together(
    parts: Sequence[Matrices], config_ids: npt.NDArray[np.str_]
) -> tuple[Integers, dict[str, Floats]]:
    """Return lengths and series of all configurations; those without an epoch have length 0.

    Parameters
    ----------
    parts : sequence of Matrices
        At least one, each of other runs; with the same series. Emptied, so that both need not fit in memory.
    config_ids : ndarray of str, shape (N,)
        Sorted.

    Returns
    -------
    lengths : ndarray of int, shape (N,)
    series : dict of str to ndarray, each of shape (N, T)
        Read-only.
    """
    places = [np.searchsorted(config_ids, part.config_ids) for part in parts]
    lengths = np.zeros(len(config_ids), dtype=np.int64)
    for part, place in zip(parts, places, strict=True):
        lengths[place] = part.lengths
    series = {}
    for name in list(parts[0].series):
        matrix = np.full((len(config_ids), int(lengths.max())), np.nan)
        for part, place in zip(parts, places, strict=True):
            own = part.series.pop(name)
            matrix[place, : own.shape[1]] = own
        matrix.setflags(write=False)
        series[name] = matrix
    return lengths, series


def _spread(
    column: pl.Series, rows: npt.NDArray[np.uint32], columns: npt.NDArray[np.int32], shape: tuple[int, int]
) -> Floats:
    """Lay a long column out as a matrix, NaN where nothing was recorded."""
    matrix = np.full(shape, np.nan)
    matrix[rows, columns] = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return matrix
