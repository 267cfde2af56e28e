"""Charts that compare policies: each is drawn, says what it shows, and draws what it was given."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest
import vl_convert
from PIL import Image

from simlab.charts.anytime import anytime
from simlab.charts.critical_difference import critical_difference_diagram
from simlab.charts.rank_over_budget import rank_over_budget
from simlab.charts.speedup_by_run import speedup_by_run
from simlab.charts.speedup_by_setting import speedup_by_setting
from simlab.charts.wall_clock_speedup import wall_clock_speedup
from simlab.measures import rank_policies

INTERVAL = {"mean": [1.5, 2.0, 1.2, 1.4], "low": [1.2, -1.0, None, 1.1], "high": [1.8, 5.0, None, 1.7]}
TWO = {"label": ["a", "a", "b", "b"]} | INTERVAL


def ranking(blocks=30):
    scores = np.random.default_rng(0).normal([3.0, 1.0, 0.9, 0.0], 0.3, size=(blocks, 4))
    return rank_policies(scores, ["ahead", "second", "third", "last"])


def draw_anytime():
    lines = pl.DataFrame(TWO | {"epochs": [0.0, 10.0, 0.0, 10.0]})
    marks = lines.with_columns(number=pl.lit(1), pass_ends=pl.lit(value=False))
    return anytime(lines, marks, lines.filter(label="b"), "Heading", "over orderings")


CHARTS = {
    "anytime": draw_anytime,
    "critical difference": lambda: critical_difference_diagram(ranking(), "Heading"),
    "rank over budget": lambda: rank_over_budget(
        pl.DataFrame({"label": ["a", "a", "b", "b"], "budget": [0.1, 1.0] * 2, "rank": [1.0, 1.5, 2.0, 1.5]}),
        "Heading",
        "over corpora",
    ),
    "speedup by run": lambda: speedup_by_run(
        pl.DataFrame(TWO | {"number": [1, 2, 1, 2], "measure": ["run", "so far"] * 2}), 2.5, "Heading", "over"
    ),
    "speedup by setting": lambda: speedup_by_setting(
        pl.DataFrame(TWO | {"row": ["x", "y", "x", "y"]}), 2.0, "Heading", "over orderings"
    ),
    "wall-clock": lambda: wall_clock_speedup(
        pl.DataFrame(
            TWO | {"corpus": "c", "synchronous": [True, True, False, False], "workers": [1, 64] * 2}
        ),
        "Heading",
        {"c": "Corpus"},
        "over orderings",
    ),
}


@pytest.mark.parametrize("draw", CHARTS.values(), ids=CHARTS)
def test_a_chart_draws_its_data_and_says_what_it_shows(draw):
    chart = draw().to_dict()
    assert chart["title"]["text"] == "Heading"
    assert chart["title"]["subtitle"]
    image = Image.open(io.BytesIO(vl_convert.vegalite_to_png(chart))).convert("RGB")
    blue = sum(
        count
        for count, (red, green, blue) in image.getcolors(maxcolors=image.width * image.height)
        if blue - red > 40 and blue > green
    )
    assert blue > 20, "no mark in the blue that every chart begins with"
    assert draw().to_dict() == chart


def test_bars_join_what_cannot_be_told_apart():
    found = ranking()
    assert found.groups() == [("second", "third")]
    chart = critical_difference_diagram(found, "Heading").to_dict()
    (bars,) = (rows for rows in chart["datasets"].values() if "low" in rows[0])
    assert [(row["low"], row["high"]) for row in bars] == [found.ranks[1:3]]
    assert f"critical difference of {found.critical_difference:.2f}" in chart["title"]["subtitle"][-1]


def test_without_groups_there_is_no_bar():
    scores = np.tile([3.0, 2.0, 1.0], (40, 1)) + np.arange(40)[:, None]
    chart = critical_difference_diagram(rank_policies(scores, ["a", "b", "c"]), "Heading").to_dict()
    assert "mean over its orderings" in chart["title"]["subtitle"][0]
    vl_convert.vegalite_to_png(chart)
