"""One quiet look for all charts: colour-blind safe, readable, the same in a notebook, a report and a PNG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import altair as alt

TopLevel = TypeVar("TopLevel", alt.Chart, alt.LayerChart, alt.FacetChart, alt.HConcatChart, alt.VConcatChart)

#: Okabe and Ito (2008), safe for the common kinds of colour blindness; yellow is left out.
PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
INK: Final = "#333333"
QUIET: Final = "#767676"  #: for bounds and what is not the point of a chart
FAINT: Final = "#C8C8C8"

_CONFIG: Final[dict[str, Any]] = {
    "background": "white",
    "font": "Helvetica, Arial, Liberation Sans, sans-serif",
    "padding": 8,
    "view": {"stroke": None},
    "range": {"category": list(PALETTE)},
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": 15,
        "fontWeight": 600,
        "subtitleFontSize": 12,
        "subtitleColor": "#555555",
        "subtitlePadding": 4,
        "offset": 12,
        "color": INK,
    },
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 500,
        "titleColor": INK,
        "labelColor": INK,
        "gridColor": "#EBEBEB",
        "domainColor": "#999999",
        "tickColor": "#999999",
        "titlePadding": 8,
    },
    "legend": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 500,
        "labelLimit": 360,
        "symbolSize": 90,
    },
    "header": {"labelFontSize": 12, "titleFontSize": 12},
    "text": {"fontSize": 12, "color": INK},
}


def with_theme(chart: TopLevel) -> TopLevel:
    """Return a finished chart with the common look; it can no longer be put inside another."""
    themed: TopLevel = chart.properties(config=_CONFIG)
    return themed


def predictor_colour(labels: Sequence[str]) -> alt.Color:
    """Return one colour for each predictor, in the order in which they stand."""
    scale = alt.Scale(domain=list(labels), range=[*PALETTE, "#999999", "#8C6D31"][: len(labels)])
    return alt.Color("label:N", title=None, scale=scale, legend=alt.Legend(symbolOpacity=1))


def title(text: str, *subtitle: str) -> alt.TitleParams:
    """Return a title that says what is shown, above lines that say over what the intervals are."""
    return alt.TitleParams(text=text, subtitle=list(subtitle))


def small_title(text: str) -> alt.TitleParams:
    """Return the title of one panel of several."""
    return alt.TitleParams(text=text, fontSize=13, fontWeight=500)
