"""Several predictors tested on several corpora, as one tidy frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

import simlab
from analyses.corpora import TITLES
from analyses.options import Options
from simlab.predictors import Predictor


def study_corpora(
    corpora: Iterable[simlab.Corpus],
    predictors: Mapping[str, Predictor],
    fractions: Sequence[float],
    options: Options,
) -> pl.DataFrame:
    """Evaluate every predictor on every corpus.

    Parameters
    ----------
    corpora : iterable of Corpus
    predictors : mapping of str to Predictor
        By the label that they get.
    fractions : sequence of float
    options : Options

    Returns
    -------
    polars.DataFrame
        The summaries of :meth:`simlab.PredictionStudy.summary` one below the other, with ``corpus`` and
        ``label`` in front.
    """
    parts = []
    for corpus in corpora:
        study = study_corpus(corpus, predictors, fractions, options)
        labels = pl.DataFrame({"predictor": range(len(predictors)), "label": list(predictors)}).cast(
            {"predictor": pl.Int32}
        )
        summary = study.summary().cast({"predictor": pl.Int32})
        parts.append(
            summary.join(labels, on="predictor", maintain_order="left")
            .drop("predictor", "name")
            .select(pl.lit(corpus.name).alias("corpus"), "label", pl.exclude("label"))
        )
    return pl.concat(parts)


def study_corpus(
    corpus: simlab.Corpus, predictors: Mapping[str, Predictor], fractions: Sequence[float], options: Options
) -> simlab.PredictionStudy:
    """Evaluate predictors on one corpus."""
    with options.progress(corpus.name, options.repeats) as advance:
        return simlab.evaluate(
            corpus,
            list(predictors.values()),
            train=options.train,
            repeats=options.repeats,
            fractions=fractions,
            seed=options.seed,
            n_jobs=options.n_jobs,
            store=options.store,
            on_repeat=advance,
        )


def r2_text(row: Mapping[str, float]) -> str:
    """Write R2 in percent with the half width of its interval, as the paper's tables do."""
    half = 100 * (row["r2_high"] - row["r2"])
    return f"{100 * row['r2']:.1f} ± {half:.1f}"


def beside_the_paper(
    frame: pl.DataFrame, labels: Sequence[str], paper: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Return a table of R2 as text: a row of ours for each corpus, and below it the paper's, if it has one.

    Parameters
    ----------
    frame : polars.DataFrame
        As :func:`study_corpora` returns it.
    labels : sequence of str
        The columns; ``n/a`` where a corpus has no such label.
    paper : mapping of str to sequence of str
        Its figures by corpus, in the order of the labels.
    """
    rows = []
    for (corpus,), group in frame.group_by("corpus", maintain_order=True):
        name = {"corpus": TITLES[str(corpus)]}
        found = {row["label"]: r2_text(row) for row in group.iter_rows(named=True)}
        rows.append(name | {"whose": "ours"} | {label: found.get(label, "n/a") for label in labels})
        if corpus in paper:
            rows.append(name | {"whose": "paper"} | dict(zip(labels, paper[str(corpus)], strict=True)))
    return pl.DataFrame(rows)
