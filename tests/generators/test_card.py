"""A card written anew: today's text and drawings, and the same tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from polars.testing import assert_frame_equal

from generators import card
from generators.card import rewrite_card
from simlab.corpus import read_corpus, read_tables, write_corpus
from simlab.corpus.verify import verify
from tests.generators.toy import ToyRecipe, ToySpace, record
from tests.synthetic import synthetic_tables


@dataclass(frozen=True)
class RetoldSpace(ToySpace):
    """Toys that are described in other words now, by a recipe with other settings."""

    def explain(self, recipe):
        return f"Numbers, {recipe.epochs} epochs, diverging {recipe.diverging!r}."


@pytest.fixture
def folder(tmp_path):
    record(tmp_path, n_configs=6, recipe=ToyRecipe(epochs=3, diverging=(1001,)))
    return tmp_path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_recording_ends_with_charts(folder):
    assert {"learning-curves.svg", "early-and-final-values.svg"} <= contents(folder).keys()
    assert "](learning-curves.svg)" in (folder / "README.md").read_text()
    assert verify(folder) == []


def test_the_text_is_todays_and_the_recipe_that_of_the_recording(folder, monkeypatch):
    recipe = replace(ToyRecipe(), epochs=99)
    monkeypatch.setitem(card.SPACES, "toy", RetoldSpace(recipes={"toy": recipe}))
    curves, configs, metric, _ = read_tables(folder)
    digest = read_corpus(folder).digest
    assert rewrite_card(folder)
    assert "Numbers, 3 epochs, diverging (1001,)." in (folder / "README.md").read_text()
    after = read_tables(folder)
    assert_frame_equal(after[0], curves)
    assert_frame_equal(after[1], configs)
    assert (after[2], read_corpus(folder).digest) == (metric, digest)
    assert verify(folder) == []
    record(folder, n_configs=7, recipe=ToyRecipe(epochs=3, diverging=(1001,)))  # it can still grow


def test_nothing_changes_where_nothing_changed(folder, monkeypatch):
    monkeypatch.setitem(card.SPACES, "toy", ToySpace())
    before = contents(folder)
    assert rewrite_card(folder)
    assert contents(folder) == before


def test_any_other_corpus_keeps_its_text(tmp_path):
    write_corpus(tmp_path, *synthetic_tables(5, 4), {"name": "mine", "description": "My own words."})
    tables = (tmp_path / "curves.parquet").read_bytes()
    assert not rewrite_card(tmp_path)
    told = (tmp_path / "README.md").read_text()
    assert "My own words." in told
    assert "](learning-curves.svg)" in told
    assert (tmp_path / "curves.parquet").read_bytes() == tables
