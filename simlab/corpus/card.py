"""The card of a corpus: what was trained and how, and what the curves look like, as a README.md."""

from __future__ import annotations

import json
import math

from simlab.corpus.corpus import Corpus
from simlab.corpus.statistics import (
    crossing_rate,
    final_quantiles,
    foresight,
    status_counts,
    worsening_share,
)


def write_card(corpus: Corpus) -> str:
    """Return the card's Markdown, with the front matter that data hubs read.

    Every figure is computed from the corpus itself.
    """
    metadata = corpus.metadata
    front = [
        "---",
        f"license: {json.dumps(str(metadata.get('license', 'unknown')).lower())}",
        "tags: [learning-curves]",
        "---",
        "",
    ]
    title = f"# {metadata.get('title', corpus.name)}"
    description = metadata.get("description", "Imported learning curves.")
    return "\n".join([*front, title, "", description, "", *_figures(corpus), "", *_provenance(corpus), ""])


def _figures(corpus: Corpus) -> list[str]:
    counts = ", ".join(f"{n} {status}" for status, n in status_counts(corpus).items() if n)
    spread = ", ".join(f"{name} {value:.4g}" for name, value in final_quantiles(corpus).items())
    error, crossed = corpus.standard_error, _percent(crossing_rate(corpus))
    lines = [
        "## The curves",
        "",
        f"- {len(corpus)} configurations, up to {corpus.n_epochs} epochs each: {counts}",
        f"- metric: {corpus.metric.name}, {corpus.metric.direction}, bounds {corpus.metric.bounds}",
        f"- final values of the completed ones: {spread}",
        f"- standard error of the best final value: {'unknown' if error is None else f'{error:.4f}'}",
        f"- steps from one epoch to the next that got worse: {_percent(worsening_share(corpus))}",
        f"- pairs of curves that swap order between 25 % of the epochs and the end: {crossed}",
        "",
        "How well the value at an early epoch foretells the final one (completed curves):",
        "",
        "| share of the epochs | epoch | Spearman with the final value | R2 of the last seen value |",
        "|---|---|---|---|",
    ]
    rows = [
        f"| {one.share:.0%} | {one.epoch} | {_number(one.spearman)} | {_number(one.last_seen_r2)} |"
        for one in foresight(corpus)
    ]
    return lines + rows


def _provenance(corpus: Corpus) -> list[str]:
    told = {"name", "title", "description", "license"}
    rest = {key: value for key, value in corpus.metadata.items() if key not in told}
    return ["## Provenance", "", "```json", json.dumps(rest, indent=2, sort_keys=True), "```"]


def _percent(share: float) -> str:
    return "n/a" if math.isnan(share) else f"{share:.1%}"


def _number(value: float) -> str:
    return "n/a" if math.isnan(value) else f"{value:.3f}"
