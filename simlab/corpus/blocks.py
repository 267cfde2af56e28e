"""A long table in a Parquet file, read in blocks of whole runs: never all of it lies in memory at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from simlab.corpus.schema import offenders
from simlab.errors import CorpusError

#: Rows that are read at once.
BLOCK_ROWS: Final = 2**20


@contextmanager
def opened(path: Path, hint: str = "") -> Iterator[pq.ParquetFile]:
    """Open a Parquet file.

    Raises
    ------
    CorpusError
        If it is missing, truncated or damaged, as far as it is read.
    """
    if not path.is_file():
        raise CorpusError(f"{path}: no such file.{hint}")
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CorpusError(f"{path}: cannot be read as Parquet (truncated or damaged): {reason}") from error


def whole_runs(
    path: Path, key: str, columns: Sequence[str] | None = None, *, rows: int | None = None
) -> Iterator[pl.DataFrame]:
    """Yield a long table in blocks of about so many rows, none of which ends in the middle of a run.

    Parameters
    ----------
    path : path
    key : str
        Column that identifies the run.
    columns : sequence of str, optional
        By default all.
    rows : int, optional
        By default :data:`BLOCK_ROWS`.

    Raises
    ------
    CorpusError
        If the file cannot be read; or, after the last block, if the rows of a run stand apart, in a table of
        more than so many rows: then the blocks were none of whole runs.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "runs.parquet"
    >>> pl.DataFrame({"run": ["a", "a", "b", "b", "b", "c"], "loss": range(6)}).write_parquet(path)
    >>> [block["run"].to_list() for block in whole_runs(path, "run", rows=3)]
    [['a', 'a'], ['b', 'b', 'b'], ['c']]
    """
    rows = rows or BLOCK_ROWS
    with opened(path) as file:
        if not {key, *(columns or ())} <= set(file.schema_arrow.names):
            yield _frame(file.schema_arrow.empty_table())  # whoever needs the missing one will say so
            return
        if file.metadata.num_rows <= rows:
            yield _frame(file.read(columns=columns))
            return
        begun: list[pl.Series] = []  # the run of each stretch of rows that belong to one run
        rest = pl.DataFrame()
        for batch in file.iter_batches(rows, columns=columns):
            read = pl.concat([rest, _frame(batch)]) if len(rest) else _frame(batch)
            run = read[key].rle_id()
            last = int(run.search_sorted(run[-1]))
            block, rest = read[:last], read[last:]
            if len(block):
                begun.append(_begun(block[key]))
                yield block
        begun.append(_begun(rest[key]))
        yield rest
    runs = pl.concat(begun)
    apart = runs.filter(runs.is_duplicated()).unique().sort()
    if len(apart):
        raise CorpusError(
            f"{path}, column '{key}': in so large a table the rows of a run must stand together, but those "
            f"of {len(apart)} runs stand apart: {offenders(apart.to_list())}. Sort the table by this column."
        )


def _frame(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def on_its_own(part: pl.Series) -> pl.Series:
    """Copy a few rows of a block: as they are, they would keep all of its text in memory."""
    return pl.Series(part.name, part.to_list(), dtype=part.dtype)


def _begun(keys: pl.Series) -> pl.Series:
    return on_its_own(keys.filter(keys.rle_id().diff().fill_null(1) > 0))
