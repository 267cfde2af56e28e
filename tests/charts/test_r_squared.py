"""Charts of R2 show what lies below their scale, even where it has no number."""

from __future__ import annotations

import json
import math

import polars as pl

from simlab.charts.r_squared import LOWEST, clipped_frame, r_squared_against_share

FRAME = pl.DataFrame(
    {
        "corpus": ["c"] * 4,
        "label": ["fine", "low", "endless", "none"],
        "fraction": [0.1] * 4,
        "epoch": [2] * 4,
        "r2": [0.5, -1e9, -math.inf, math.nan],
        "r2_low": [0.4, -2e9, -math.inf, math.nan],
        "r2_high": [0.6, 1e9, math.inf, math.nan],
        "n": [9.0] * 4,
    }
)


def test_below_the_scale_is_drawn_at_its_edge_and_no_number_is_not_drawn():
    shown = clipped_frame(FRAME, {"c": "Curves"})
    assert shown["label"].to_list() == ["fine", "low", "endless"]
    assert shown["shown"].to_list() == [0.5, LOWEST, LOWEST]
    assert shown["below"].to_list() == [False, True, True]
    assert shown["r2"].to_list() == [0.5, -1e9, None]
    assert shown["high"].to_list() == [0.6, 1e9, None]


def test_the_chart_is_json():
    chart = r_squared_against_share(FRAME, "R2", {}, ["fine", "low", "endless", "none"])
    assert "Infinity" not in json.dumps(chart.to_dict(), allow_nan=False)
