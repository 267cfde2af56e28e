"""Corpora by name and by path."""

from __future__ import annotations

import pytest

import simlab
from simlab.corpus import registry, write_corpus
from simlab.errors import CorpusError, UnknownNameError
from tests.synthetic import synthetic_tables


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Return a folder of shipped corpora: two of them."""
    for name in ("metaqnn-cifar10", "sweep"):
        write_corpus(tmp_path / name, *synthetic_tables(n=5, epochs=3), {"name": name})
    monkeypatch.setattr(registry, "shipped_folder", lambda: tmp_path)
    return tmp_path


def test_names_and_paths_load_the_same(shipped):
    assert registry.shipped_names() == ["metaqnn-cifar10", "sweep"]
    assert simlab.load("sweep").digest == simlab.load(shipped / "sweep").digest
    assert simlab.load("sweep").name == "sweep"


def test_an_unknown_name_suggests_the_nearest(shipped):
    with pytest.raises(UnknownNameError, match="did you mean 'metaqnn-cifar10'"):
        simlab.load("metaqn-cifar")


def test_a_path_that_is_no_corpus(shipped):
    with pytest.raises(CorpusError, match="no such folder"):
        simlab.load(shipped / "nothing")
    (shipped / "runs.csv").write_text("a,b\n")
    with pytest.raises(CorpusError, match="Import it first"):
        simlab.load(shipped / "runs.csv")
    (shipped / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"curves\.parquet: no such file"):
        simlab.load(shipped / "empty")


@pytest.mark.parametrize("name", registry.shipped_names())
def test_every_shipped_corpus_is_sound(name):
    from simlab.corpus.verify import verify

    folder = registry.find_folder(name)
    assert verify(folder) == []
    assert simlab.load(name).name == name
