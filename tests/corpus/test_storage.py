"""A corpus on disk: identical after a round trip, identical bytes, checksums, and never half written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from simlab.corpus import read_corpus, storage, write_corpus
from simlab.corpus.schema import STATUSES
from simlab.corpus.statistics import crossing_rate, worsening_share
from simlab.corpus.verify import verify
from simlab.errors import CorpusError
from simlab.metric import Metric
from tests.synthetic import synthetic_tables

FILES = ("README.md", "configs.parquet", "croissant.json", "curves.parquet")
METADATA = {
    "name": "small",
    "title": "Small curves",
    "license": "MIT",
    "data": {"validation": 1000},
    "seed": 7,
}


def write(folder, seed=0, **shape):
    tables = synthetic_tables(**{"n": 12, "epochs": 5, "seed": seed, "diverged": 1, "censored": 2} | shape)
    return write_corpus(folder, *tables, METADATA)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_read_gives_back_what_was_written(tmp_path):
    written = write(tmp_path / "small", failed=1, ragged=True)
    read = read_corpus(tmp_path / "small")
    assert read.digest == written.digest
    assert read.configs.equals(written.configs)
    assert (read.name, read.metric, read.metadata) == (written.name, written.metric, written.metadata)
    for name, array in written.series.items():
        np.testing.assert_array_equal(read.series[name], array)


def test_two_writes_give_identical_bytes_whatever_the_row_order(tmp_path):
    curves, configs, metric = synthetic_tables(n=10, epochs=4)
    write_corpus(tmp_path / "a", curves, configs, metric, METADATA)
    shuffled = curves.sample(fraction=1, shuffle=True, seed=1).select(reversed(curves.columns))
    write_corpus(tmp_path / "b", shuffled, configs.reverse(), metric, METADATA)
    assert sorted(contents(tmp_path / "a")) == sorted(FILES)
    first, second = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert first["configs.parquet"] == second["configs.parquet"]
    assert pq.read_table(tmp_path / "b" / "curves.parquet").column_names[:3] == [
        "config_id",
        "epoch",
        "value",
    ]
    write_corpus(tmp_path / "b", curves.reverse(), configs, metric, METADATA)
    assert contents(tmp_path / "b") == first


def test_croissant_describes_both_tables(tmp_path):
    write(tmp_path)
    described = json.loads((tmp_path / "croissant.json").read_text())
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert (described["name"], described["license"]) == ("small", "MIT")
    for entry in described["distribution"]:
        content = (tmp_path / entry["contentUrl"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["contentSize"] == f"{len(content)} B"
    for record in described["recordSet"]:
        columns = [field["source"]["extract"]["column"] for field in record["field"]]
        assert columns == pq.read_schema(tmp_path / f"{record['name']}.parquet").names
    types = {
        field["@id"]: field["dataType"] for record in described["recordSet"] for field in record["field"]
    }
    assert types["curves/epoch"] == "sc:Integer"
    assert types["curves/value"] == "sc:Float"
    assert types["configs/status"] == "sc:Text"


def test_the_card_tells_the_figures_of_the_corpus(tmp_path):
    corpus = write(tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith('---\nlicense: "mit"\n')
    assert "# Small curves" in card
    assert "12 configurations, up to 5 epochs each: 9 completed, 1 diverged, 2 censored" in card
    assert f"{worsening_share(corpus):.1%}" in card
    assert f"{crossing_rate(corpus):.1%}" in card
    assert f"max {corpus.best_value:.4g}" in card
    assert f"{corpus.standard_error:.4f}" in card
    assert '"seed": 7' in card


def test_provenance_stands_in_both_parquet_files(tmp_path):
    write(tmp_path)
    for name in ("curves.parquet", "configs.parquet"):
        header = json.loads(pq.read_schema(tmp_path / name).metadata[b"simlab"])
        assert header["metadata"] == METADATA
        assert header["metric"]["direction"] == "maximize"
        assert header["schema_version"] == 1


def test_nothing_is_written_when_a_rule_is_broken(tmp_path):
    curves, configs, metric = synthetic_tables(n=5, epochs=3)
    with pytest.raises(CorpusError):
        write_corpus(tmp_path / "new", curves.with_columns(value=pl.lit(9.0)), configs, metric, METADATA)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("stop_at", range(4))
def test_an_interrupted_overwrite_leaves_the_old_corpus_or_a_clear_error(tmp_path, monkeypatch, stop_at):
    old = write(tmp_path, seed=0)
    publish, calls = storage._publish, iter(range(4))

    def interrupted(draft, path):
        if next(calls) == stop_at:
            raise KeyboardInterrupt
        publish(draft, path)

    monkeypatch.setattr(storage, "_publish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, seed=1)
    if stop_at == 0:
        assert read_corpus(tmp_path).digest == old.digest
    else:
        with pytest.raises(CorpusError, match=r"wrong checksum of curves\.parquet"):
            read_corpus(tmp_path)
    monkeypatch.undo()
    assert write(tmp_path, seed=1).digest == read_corpus(tmp_path).digest
    assert sorted(contents(tmp_path)) == sorted(FILES)


def test_a_full_disk_leaves_no_draft(tmp_path, monkeypatch):
    old = write(tmp_path, seed=0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "_publish", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, seed=1)
    assert read_corpus(tmp_path).digest == old.digest
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def test_a_truncated_file_is_named(tmp_path):
    write(tmp_path)
    truncate(tmp_path / "configs.parquet")
    with pytest.raises(CorpusError, match=r"wrong checksum of configs\.parquet"):
        read_corpus(tmp_path)
    (tmp_path / "croissant.json").unlink()
    with pytest.raises(CorpusError, match=r"configs\.parquet: cannot be read as Parquet"):
        read_corpus(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    write(tmp_path)
    (tmp_path / "curves.parquet").unlink()
    with pytest.raises(CorpusError, match=r"curves\.parquet: no such file"):
        read_corpus(tmp_path)


def test_any_other_parquet_file_must_be_imported_first(tmp_path):
    for name in ("curves.parquet", "configs.parquet"):
        pl.DataFrame({"a": [1]}).write_parquet(tmp_path / name)
    with pytest.raises(CorpusError, match="Import the file first"):
        read_corpus(tmp_path)


def test_a_newer_schema_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "SCHEMA_VERSION", 2)
    write(tmp_path)
    monkeypatch.undo()
    with pytest.raises(CorpusError, match="Upgrade simlab"):
        read_corpus(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"distribution": [{}]}'])
def test_an_unreadable_croissant_is_named(tmp_path, content):
    write(tmp_path)
    (tmp_path / "croissant.json").write_text(content)
    with pytest.raises(CorpusError, match=r"croissant\.json: cannot be read"):
        read_corpus(tmp_path)
    assert [one.file for one in verify(tmp_path)] == ["croissant.json"]


def test_verify_finds_everything_at_once(tmp_path):
    write(tmp_path)
    assert verify(tmp_path) == []
    curves, header = storage.read_parquet(tmp_path / "curves.parquet")
    storage.write_parquet(tmp_path / "curves.parquet", curves.with_columns(value=pl.lit(3.0)), header)
    (tmp_path / "README.md").unlink()
    found = {(one.file, one.rule.split(":")[0]) for one in verify(tmp_path)}
    assert found == {
        ("README.md", "file is missing"),
        ("curves.parquet", "wrong checksum"),
        ("curves.parquet", "values must lie within (0.0, 1.0)"),
    }


def test_verify_names_a_missing_table_once(tmp_path):
    write(tmp_path)
    (tmp_path / "configs.parquet").unlink()
    assert [(one.file, one.rule) for one in verify(tmp_path)] == [("configs.parquet", "file is missing")]


def test_verify_reports_tables_that_cannot_be_read(tmp_path):
    write(tmp_path)
    truncate(tmp_path / "curves.parquet")
    found = verify(tmp_path)
    assert [one.file for one in found] == ["curves.parquet", "tables"]
    assert "truncated or damaged" in str(found[1])


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
numbers = st.floats(-1e6, 1e6)


@st.composite
def ragged_tables(draw):
    """Any valid corpus: odd names, any statuses, curves of any length, features with any finite numbers."""
    ids = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    status = draw(st.lists(st.sampled_from(STATUSES), min_size=len(ids), max_size=len(ids)))
    status[0] = "completed"
    shortest = [1 if one in {"completed", "censored"} else 0 for one in status]
    curves = [draw(st.lists(numbers, min_size=fewest, max_size=5)) for fewest in shortest]
    rows = [(name, t, v) for name, curve in zip(ids, curves, strict=True) for t, v in enumerate(curve, 1)]
    features = draw(st.lists(numbers, min_size=len(ids), max_size=len(ids)))
    direction = draw(st.sampled_from(["maximize", "minimize"]))
    return (
        pl.DataFrame(draw(st.permutations(rows)), schema=["config_id", "epoch", "value"], orient="row"),
        pl.DataFrame({"config_id": ids, "status": status, "reason": [None] * len(ids), "hp_x": features}),
        Metric(name="loss", direction=direction, worst=draw(numbers)),
    )


@settings(max_examples=40)
@given(ragged_tables())
def test_any_valid_corpus_survives_a_round_trip(tmp_path_factory, tables):
    folder = tmp_path_factory.mktemp("corpus")
    written = write_corpus(folder, *tables, {"name": "any"})
    read = read_corpus(folder)
    assert read.digest == written.digest
    assert read.lengths.sum() == tables[0].height
    assert read.configs.equals(written.configs)
    assert verify(folder) == []
    assert read.curves_frame().equals(storage.read_parquet(folder / "curves.parquet")[0])
