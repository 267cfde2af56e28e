"""Every chart is valid Vega-Lite, draws something, and is the same twice."""

from __future__ import annotations

import io

import pytest
import vl_convert
from PIL import Image

from simlab.charts import (
    learning_curves,
    save_chart,
    speedup_against_threshold,
    speedup_and_recovery,
    trials_and_curves,
)
from simlab.charts.learning_curves import MAX_CURVES
from simlab.errors import SettingError
from tests.synthetic import synthetic_corpus

CHARTS = {
    "speedup against threshold": lambda corpus, result: speedup_against_threshold(result),
    "speedup and recovery": lambda corpus, result: speedup_and_recovery(result),
    "learning curves": lambda corpus, result: learning_curves(corpus),
    "stopped curves": learning_curves,
    "trials and curves": trials_and_curves,
}
each_chart = pytest.mark.parametrize("draw", CHARTS.values(), ids=CHARTS)


@each_chart
def test_a_chart_draws_its_data(draw, corpus, result):
    png = vl_convert.vegalite_to_png(draw(corpus, result).to_dict())
    image = Image.open(io.BytesIO(png)).convert("RGB")
    near = sum(
        count
        for count, (red, green, blue) in image.getcolors(maxcolors=image.width * image.height)
        if blue - red > 40 and blue > green
    )
    assert image.width > 500
    assert near > 20, "no mark in the blue that every chart begins with"


@each_chart
def test_a_chart_says_what_it_shows(draw, corpus, result):
    title = draw(corpus, result).to_dict()["title"]
    assert "synthetic" in title["text"]
    assert title["subtitle"]


@each_chart
def test_a_chart_is_the_same_twice(draw, corpus, result):
    assert draw(corpus, result).to_dict() == draw(corpus, result).to_dict()


def test_intervals_say_what_they_are_over(result):
    assert (
        "3 random orderings, 95% t interval"
        in speedup_against_threshold(result).to_dict()["title"]["subtitle"][0]
    )
    assert "Clopper-Pearson" in speedup_and_recovery(result).to_dict()["title"]["subtitle"][0]


def test_a_sample_of_curves_is_declared():
    corpus = synthetic_corpus(MAX_CURVES + 1, 2)
    subtitle = learning_curves(corpus).to_dict()["title"]["subtitle"]
    assert subtitle == ["300 of 301 curves, evenly spaced by final value, the best included."]


@pytest.mark.parametrize(
    ("suffix", "start"), [("html", b"<!DOCTYPE html>"), ("svg", b"<svg"), ("png", b"\x89PNG")]
)
def test_a_chart_is_saved_as_its_suffix_says(corpus, tmp_path, suffix, start):
    path = save_chart(learning_curves(corpus), tmp_path / "new" / f"chart.{suffix}", title="Curves")
    assert path.read_bytes().startswith(start)


def test_an_unknown_suffix_is_an_error(corpus, tmp_path):
    with pytest.raises(SettingError, match=r"\.html, \.svg or \.png"):
        save_chart(learning_curves(corpus), tmp_path / "chart.gif", title="Curves")
    assert not list(tmp_path.iterdir())
