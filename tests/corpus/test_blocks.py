"""A table that is read in blocks is the table that is read at once, with its errors."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from simlab.corpus import Corpus, blocks, read_corpus, write_corpus
from simlab.corpus.blocks import whole_runs
from simlab.errors import CorpusError
from tests.synthetic import synthetic_tables

SIZES = [1, 2, 7, 30, 10_000]
COLUMNS = {"config_id": "run", "epoch": "step", "value": "acc", "seconds": "secs", "direction": "maximize"}


@pytest.fixture
def frame():
    """Runs of different lengths, whose names are not in order."""
    curves, _, _ = synthetic_tables(n=15, epochs=6, ragged=True)
    names = {f"config-{row:04d}": f"{(7 * row) % 15}" for row in range(15)}
    return curves.select(
        pl.col("config_id").replace_strict(names).alias("run"),
        (pl.col("epoch") - 1).alias("step"),
        pl.col("value").alias("acc"),
        pl.col("epoch").cast(pl.Float64).alias("secs"),
        pl.lit("not needed").alias("note"),
    )


@pytest.fixture(params=SIZES)
def size(request, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_ROWS", request.param)
    return request.param


def both(frame, path, **settings):
    """Return what reading in blocks and reading at once give: corpora, or errors."""
    frame.write_parquet(path)
    given = COLUMNS | {"first_epoch": 0, "name": "runs", "source": "runs"} | settings
    made = []
    for build, table in ((Corpus.from_parquet, path), (Corpus.from_frame, frame)):
        try:
            made.append(build(table, **given))
        except CorpusError as error:
            made.append(str(error))
    return made


@pytest.mark.parametrize("settings", [{}, {"short_runs": "completed"}, {"cumulative_seconds": True}])
def test_a_corpus_is_the_same(frame, tmp_path, size, settings):
    in_blocks, at_once = both(frame, tmp_path / "runs.parquet", **settings)
    assert in_blocks.digest == at_once.digest
    assert in_blocks.configs.equals(at_once.configs)
    assert in_blocks.lengths.tolist() == at_once.lengths.tolist()
    assert not in_blocks.values.flags.writeable


def test_diverged_runs_end_at_their_first_hole(frame, tmp_path, size):
    holes = frame.with_columns(
        acc=pl.when((pl.col("step") == 2) & (pl.col("run") == "7")).then(np.nan).otherwise("acc")
    )
    holes = holes.with_columns(acc=pl.when(pl.col("run") == "3").then(np.nan).otherwise("acc"))
    settings = {"nan_values": "diverged", "worst": 0.0}
    in_blocks, at_once = both(holes, tmp_path / "runs.parquet", **settings)
    assert in_blocks.digest == at_once.digest
    assert in_blocks.lengths[in_blocks.config_ids == "3"] == 0


BROKEN = {
    "bounds": (pl.col("acc") + 5, {"bounds": (0, 1)}),
    "not a number": (pl.lit(None, dtype=pl.Float64), {}),
    "gaps": (pl.col("acc"), {"first_epoch": 1}),
}


@pytest.mark.parametrize("what", BROKEN)
def test_errors_are_counted_over_all_blocks(frame, tmp_path, size, what):
    acc, settings = BROKEN[what]
    in_blocks, at_once = both(frame.with_columns(acc=acc), tmp_path / "runs.parquet", **settings)
    count = f"({frame['run'].n_unique()}x)"
    assert count in in_blocks
    assert count in at_once
    if size > len(frame):
        assert in_blocks == at_once


def test_rows_of_a_run_may_stand_apart_in_a_small_table_only(frame, tmp_path, size):
    path = tmp_path / "runs.parquet"
    in_blocks, at_once = both(frame.sort("step", "run"), path)
    if size > len(frame):
        assert in_blocks.digest == at_once.digest
    else:
        assert in_blocks.startswith(f"{path}, column 'run': in so large a table the rows of a run must stand")
        assert "Sort the table by this column." in in_blocks


def test_a_missing_column_is_named_as_ever(frame, tmp_path, size):
    in_blocks, at_once = both(frame.drop("secs"), tmp_path / "runs.parquet")
    assert in_blocks == at_once
    assert "no column 'secs'" in in_blocks


def test_a_missing_and_a_damaged_file(tmp_path, size):
    with pytest.raises(CorpusError, match="no such file"):
        Corpus.from_parquet(tmp_path / "none.parquet", **COLUMNS)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(CorpusError, match="cannot be read as Parquet"):
        Corpus.from_parquet(tmp_path / "bad.parquet", **COLUMNS)


def test_a_folder_is_read_in_blocks_too(tmp_path, size):
    curves, configs, metric = synthetic_tables(n=12, epochs=5, ragged=True, failed=1, diverged=1, censored=2)
    written = write_corpus(tmp_path / "small", curves, configs, metric, {"name": "small"})
    read = read_corpus(tmp_path / "small")
    assert read.digest == written.digest
    assert read.configs.equals(written.configs)


def test_no_block_ends_in_the_middle_of_a_run_and_none_is_lost(frame, tmp_path, size):
    path = tmp_path / "runs.parquet"
    frame.write_parquet(path)
    read = list(whole_runs(path, "run", ["run", "acc"]))
    assert pl.concat(read).equals(frame.select("run", "acc"))
    assert all(before["run"][-1] != after["run"][0] for before, after in pairwise(read))
