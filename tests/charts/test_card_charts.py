"""The charts on a card: small, the same every time, checked by verify, and no part of the corpus itself."""

from __future__ import annotations

import json

import pytest

from simlab.charts.card_charts import MAX_DOTS, draw_card_charts, refresh_card
from simlab.charts.saving import svg_text
from simlab.corpus import read_corpus, write_corpus
from simlab.corpus.verify import verify
from tests.synthetic import synthetic_corpus, synthetic_tables

CHARTS = ["learning-curves.svg", "early-and-final-values.svg"]


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a corpus whose card has charts."""
    write_corpus(tmp_path, *synthetic_tables(30, 8, diverged=2), {"name": "small"})
    refresh_card(tmp_path)
    return tmp_path


def drawn(corpus):
    return {name: svg_text(chart) for name, chart in draw_card_charts(corpus).items()}


@pytest.mark.parametrize(("n", "epochs"), [(2000, 60), (6000, 3)])
def test_charts_of_a_large_corpus_are_small(n, epochs):
    svgs = drawn(synthetic_corpus(n, epochs))
    assert list(svgs) == CHARTS
    for svg in svgs.values():
        assert svg.startswith("<svg")
        assert len(svg) < 150_000


def test_charts_are_the_same_twice():
    corpus = synthetic_corpus(50, 6)
    assert drawn(corpus) == drawn(corpus)


@pytest.mark.parametrize(("n", "epochs"), [(1, 1), (1, 4), (2, 1)])
def test_the_smallest_corpora_have_charts(n, epochs):
    assert list(drawn(synthetic_corpus(n, epochs))) == CHARTS


def test_without_a_completed_curve_that_reaches_the_quarter_there_is_one_chart():
    curves, configs, metric = synthetic_tables(4, 20, censored=3)
    completed = configs.filter(status="completed")["config_id"][0]
    curves = curves.filter((curves["config_id"] != completed) | (curves["epoch"] == 1))
    if curves["epoch"].max() < 8:
        pytest.fail("the censored curves must be longer")
    from simlab.corpus import Corpus

    corpus = Corpus.from_tables(curves, configs, metric, name="short")
    assert list(draw_card_charts(corpus)) == CHARTS[:1]


def test_curves_are_coloured_by_status_where_not_all_completed():
    def colour(corpus):
        return draw_card_charts(corpus)["learning-curves.svg"].to_dict()["encoding"]["color"]["field"]

    assert colour(synthetic_corpus(20, 5)) == "final_value"
    assert colour(synthetic_corpus(20, 5, diverged=3)) == "status"


def test_bars_count_every_curve_and_dots_a_sample():
    chart = draw_card_charts(synthetic_corpus(MAX_DOTS + 200, 4))["early-and-final-values.svg"].to_dict()
    rows = list(chart["datasets"].values())
    assert MAX_DOTS in map(len, rows)
    (counts,) = (table for table in rows if "count" in table[0])
    assert sum(row["count"] for row in counts) == MAX_DOTS + 200
    assert f"{MAX_DOTS} of {MAX_DOTS + 200} completed curves" in chart["title"]["subtitle"][0]


def test_the_card_shows_its_charts_and_croissant_lists_them(folder):
    card = (folder / "README.md").read_text()
    listed = json.loads((folder / "croissant.json").read_text())["distribution"]
    for name in CHARTS:
        assert f"]({name})" in card
        (entry,) = (one for one in listed if one["name"] == name)
        assert entry["encodingFormat"] == "image/svg+xml"
    assert "![Learning curves](learning-curves.svg)" in card
    assert verify(folder) == []


def test_refreshing_changes_nothing_but_what_describes(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    digest = read_corpus(folder).digest
    (folder / "README.md").write_text("lost")
    (folder / CHARTS[0]).unlink()
    assert refresh_card(folder).digest == digest
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_verify_checks_the_charts_and_reading_does_not_need_them(folder):
    (folder / CHARTS[0]).write_text("<svg/>")
    (folder / CHARTS[1]).unlink()
    assert [(one.file, one.rule.partition(":")[0]) for one in verify(folder)] == [
        (CHARTS[0], "wrong checksum"),
        (CHARTS[1], "file is missing"),
    ]
    assert len(read_corpus(folder)) == 30
