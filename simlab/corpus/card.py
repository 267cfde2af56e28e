"""The card of a corpus: what was trained and how, and what the curves look like, as a README.md."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Final

from simlab.corpus.corpus import Corpus
from simlab.corpus.schema import CENSORED, DIVERGED, FAILED
from simlab.corpus.statistics import (
    Foresight,
    best_tenth_spearman,
    chance_share,
    crossing_rate,
    final_quantiles,
    flat_share,
    foresight,
    status_counts,
    worsening_share,
)

#: Above this rank correlation with the final values an early epoch has all but settled the order.
SETTLED: Final = 0.98


def write_card(corpus: Corpus, charts: Sequence[str] = ()) -> str:
    """Return the card's Markdown, with the front matter that data hubs read.

    Every figure is computed from the corpus itself.

    Parameters
    ----------
    corpus : Corpus
    charts : sequence of str
        Names of the charts' files beside the card; the words of a name are the chart's text.
    """
    metadata = corpus.metadata
    front = [
        "---",
        f"license: {json.dumps(str(metadata.get('license', 'unknown')).lower())}",
        "tags: [learning-curves]",
        "---",
    ]
    parts = [
        front,
        [f"# {metadata.get('title', corpus.name)}"],
        [metadata.get("description", "Imported learning curves.")],
        ["## The curves"],
        _figures(corpus),
        *([f"![{_words(name)}]({name})"] for name in charts),
        _foresight(corpus),
        _provenance(corpus),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _words(file: str) -> str:
    return file.partition(".")[0].replace("-", " ").capitalize()


def _figures(corpus: Corpus) -> list[str]:
    counts = status_counts(corpus)
    ended = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
    shares = ", ".join(f"{one} {counts[one] / len(corpus):.1%}" for one in (DIVERGED, FAILED, CENSORED))
    spread = ", ".join(f"{name} {value:.4g}" for name, value in final_quantiles(corpus).items())
    return [
        f"- {len(corpus)} configurations, up to {corpus.n_epochs} epochs each: {ended}",
        f"- shares that did not complete: {shares}",
        *_sizes(corpus),
        f"- metric: {corpus.metric.name}, {corpus.metric.direction}, bounds {corpus.metric.bounds}",
        f"- final values of the completed ones: {spread}",
        f"- standard error of a recorded value: {_errors(corpus)}",
        *_chance(corpus),
        f"- curves that stay at one value throughout: {_percent(flat_share(corpus))}",
        f"- steps from one epoch to the next that got worse: {_percent(worsening_share(corpus))}",
        "- pairs of curves that swap order between 25 % of the epochs and the end: "
        + _percent(crossing_rate(corpus)),
    ]


def _sizes(corpus: Corpus) -> list[str]:
    data = corpus.metadata.get("data", {})
    told = {"train on": data.get("train"), "measure the value on": data.get("validation")}
    sizes = ", ".join(f"{count:,} to {what}" for what, count in told.items() if count)
    return [f"- examples: {sizes}"] if sizes else []


def _errors(corpus: Corpus) -> str:
    best, median = corpus.standard_error, corpus.standard_error_of(final_quantiles(corpus)["median"])
    if best is None or median is None:
        return "unknown"
    return f"{best:.4f} at the best final value, {median:.4f} at the median one"


def _chance(corpus: Corpus) -> list[str]:
    worst = corpus.metric.worst
    if worst is None:
        return []
    than = f"{worst:g}" if corpus.standard_error is None else f"{worst:g} by two standard errors"
    return [f"- completed ones that end at chance (no better than {than}): {_percent(chance_share(corpus))}"]


def _foresight(corpus: Corpus) -> list[str]:
    found = foresight(corpus)
    return [
        "How well the value at an early epoch foretells the final one (completed curves):",
        "",
        "| share of the epochs | epoch | Spearman with the final value | R2 of the last seen value |",
        "|---|---|---|---|",
        *(
            f"| {one.share:.0%} | {one.epoch} | {_number(one.spearman)} | {_number(one.last_seen_r2)} |"
            for one in found
        ),
        *_settled(corpus, found),
    ]


def _settled(corpus: Corpus, found: Sequence[Foresight]) -> list[str]:
    """Say where predictors still separate on a corpus whose order is settled early."""
    first = found[0]
    if not first.spearman > SETTLED:
        return []
    passed = [one.share for one in found if one.last_seen_r2 > SETTLED]
    later = f"passes {SETTLED} by {passed[0]:.0%} of them" if passed else f"does not pass {SETTLED} by 75 %"
    among = _number(best_tenth_spearman(corpus, first.epoch))
    return [
        "",
        f"Read results on this corpus with care: at {first.share:.0%} of the epochs the order of the curves",
        f"is all but settled (rank correlation {first.spearman:.3f}, above {SETTLED}). Predictors still",
        "separate in the level they foretell, where the last seen value has an R2 of",
        f"{_number(first.last_seen_r2)} and {later}, and among the best tenth of the curves, whose rank",
        f"correlation is {among} there.",
    ]


def _provenance(corpus: Corpus) -> list[str]:
    told = {"name", "title", "description", "license"}
    rest = {key: value for key, value in corpus.metadata.items() if key not in told}
    return ["## Provenance", "", "```json", json.dumps(rest, indent=2, sort_keys=True), "```"]


def _percent(share: float) -> str:
    return "n/a" if math.isnan(share) else f"{share:.1%}"


def _number(value: float) -> str:
    return "n/a" if math.isnan(value) else f"{value:.3f}"
