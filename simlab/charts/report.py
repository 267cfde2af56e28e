"""One HTML file that shows tables and charts, opens without a network, and can be mailed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

import altair as alt
import polars as pl

from simlab.charts.learning_curves import learning_curves
from simlab.charts.speedup_against_threshold import speedup_against_threshold
from simlab.charts.speedup_and_recovery import speedup_and_recovery
from simlab.charts.summary_table import summary_caption, summary_cells
from simlab.charts.trials_and_curves import trials_and_curves
from simlab.corpus import Corpus
from simlab.simulator import SimulationResult

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart

#: Characters of the longest cell that stays on one line.
_LONGEST_FIGURE: Final = 30


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a report; what is left out is not shown.

    Attributes
    ----------
    heading : str
    text : str
        One paragraph of plain text.
    table : polars.DataFrame or None
        Shown as it is; figures should be text already.
    facts : mapping
        Names and what they are, shown as a two-column table.
    chart : altair chart or None
    """

    heading: str = ""
    text: str = ""
    table: pl.DataFrame | None = None
    facts: Mapping[str, Any] | None = None
    chart: AnyChart | None = None


def simulation_report(corpus: Corpus, result: SimulationResult) -> list[Section]:
    """Return the sections of a report on a simulation: what to switch on, the evidence, and the provenance.

    Parameters
    ----------
    corpus : Corpus
        The one that was simulated.
    result : SimulationResult

    Raises
    ------
    SettingError
        If the result belongs to another corpus.
    """
    charts = [Section(heading="Choosing a setting", chart=speedup_and_recovery(result))]
    if has_thresholds(result):
        charts = [Section(heading="Speedup and threshold", chart=speedup_against_threshold(result)), *charts]
    return [
        Section(heading="In one sentence", text=result.preference()),
        Section(heading="Every setting", text=summary_caption(result), table=summary_cells(result)),
        *charts,
        Section(heading="What was stopped", chart=trials_and_curves(corpus, result)),
        Section(heading="Where it was stopped", chart=learning_curves(corpus, result)),
        Section(
            heading="Provenance",
            text="The same corpus, settings, seed and versions give this file again, byte for byte.",
            facts=_provenance(result),
        ),
        Section(heading="Policies", table=_policies(result)),
    ]


def has_thresholds(result: SimulationResult) -> bool:
    """Whether the result holds two thresholds or more, so that a chart over thresholds says something."""
    return len({run.threshold for run in result.summaries} - {None}) > 1


def write_report(path: str | Path, title: str, sections: Sequence[Section]) -> Path:
    """Write a report; the same title and sections give the same bytes.

    Parameters
    ----------
    path : path
        Ends in ``.html``; its folder is created if needed.
    title : str
    sections : sequence of Section

    Returns
    -------
    Path
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_report(title, sections), encoding="utf-8", newline="\n")
    return path


def render_report(title: str, sections: Sequence[Section]) -> str:
    """Return the HTML: charts as Vega-Lite inline, drawn by one bundle of Vega inside the file.

    A content security policy in the file forbids the browser to fetch anything.

    Parameters
    ----------
    title : str
    sections : sequence of Section
    """
    charts = [section.chart for section in sections if section.chart is not None]
    scripts = [f"<script>{_bundle()}</script>", f"<script>{_drawing(charts)}</script>"] if charts else []
    numbers = iter(range(len(charts)))
    body = [_render(section, numbers) for section in sections]
    head = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>",
    ]
    return "\n".join([*head, *body, *scripts, "</body>\n</html>\n"])


def _render(section: Section, numbers: Any) -> str:
    parts = ["<section>"]
    if section.heading:
        parts.append(f"<h2>{escape(section.heading)}</h2>")
    if section.text:
        parts.append(f"<p>{escape(section.text)}</p>")
    if section.table is not None:
        parts.append(_table(section.table))
    if section.facts:
        rows = (
            f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
            for name, value in section.facts.items()
        )
        parts.append(f'<div class="wide"><table class="facts">{"".join(rows)}</table></div>')
    if section.chart is not None:
        parts.append(f'<div class="wide"><div class="chart" id="chart-{next(numbers)}"></div></div>')
    return "\n".join([*parts, "</section>"])


def _cell(value: Any) -> str:
    """Return a cell; what is a sentence rather than a figure may take several lines."""
    text = escape(str(value))
    return f'<td class="sentence">{text}</td>' if len(text) > _LONGEST_FIGURE else f"<td>{text}</td>"


def _table(frame: pl.DataFrame) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in frame.columns)
    rows = ("".join(map(_cell, row)) for row in frame.iter_rows())
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'


@cache
def _bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, in the version that Altair writes for."""
    import vl_convert

    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)
    return script.replace("</script", "<\\/script")


def _drawing(charts: Sequence[AnyChart]) -> str:
    """Return the script that draws the charts one after the other."""
    specs = json.dumps([chart.to_dict() for chart in charts], sort_keys=True, allow_nan=False)
    return _DRAW.replace("SPECS", specs.replace("<", "\\u003c"))


def _provenance(result: SimulationResult) -> dict[str, Any]:
    told = result.provenance
    plain = ("corpus", "corpus_sha256", "n_configs", "seed", "orderings", "workers", "clock", "level")
    metric = told["metric"]
    return (
        {name.replace("_", " "): told[name] for name in plain}
        | {"metric": f"{metric['name']}, {metric['direction']}, bounds {metric['bounds']}"}
        | {"best value": told["best_value"], "standard error of it": told["standard_error"] or "unknown"}
        | {f"version of {name}": version for name, version in told["versions"].items()}
    )


def _policies(result: SimulationResult) -> pl.DataFrame:
    """Return every policy's settings, one row each."""
    policies = result.provenance["policies"]
    names = dict.fromkeys(["policy", *(name for settings in policies for name in settings)])
    return pl.DataFrame(
        {name: [_setting_text(settings.get(name)) for settings in policies] for name in names}
    )


def _setting_text(value: Any) -> str:
    return "-" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)

_STYLE: Final = """
body { font: 15px/1.5 Helvetica, Arial, "Liberation Sans", sans-serif; color: #222; max-width: 1180px;
       margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
p { max-width: 75ch; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .22rem .7rem; border-bottom: 1px solid #e6e6e6; text-align: right; white-space: nowrap;
         vertical-align: top; }
th { font-weight: 600; } thead th { border-bottom: 1px solid #999; }
td.sentence { white-space: normal; text-align: left; min-width: 11rem; }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
.facts th { font-weight: 500; color: #555; }
"""

_DRAW: Final = """
const specs = SPECS;
const options = {renderer: "svg", actions: {export: true, source: false, compiled: false, editor: false}};
document.drawn = Promise.all(specs.map((spec, number) => vegaEmbed("#chart-" + number, spec, options)));
"""
