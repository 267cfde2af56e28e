"""Beyond the paper: does each predictor know how sure it may be? Every threshold rests on that."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import polars as pl

from analyses import fig3
from analyses.corpora import SPACES, TITLES, missing_text, recorded
from analyses.options import Options
from analyses.studies import study_corpus
from simlab.charts import Section
from simlab.charts.reliability import reliability
from simlab.evaluation import coverage
from simlab.measures import t_interval

TITLE: Final = "Calibration of the predictors' intervals"
FRACTION: Final = 0.5
LEVELS: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def compute(options: Options) -> pl.DataFrame:
    """Return the share of final values inside the central intervals.

    Returns
    -------
    polars.DataFrame
        ``corpus, label, n, level, coverage, low, high``: curves predicted, and the mean over the training
        sets with its 95 % t interval.
    """
    predictors = fig3.predictors(options)
    rows = []
    for corpus in recorded(SPACES):
        study = study_corpus(corpus, predictors, [FRACTION], options)
        known = study.predictions.filter(pl.col("integral").is_finite())
        for number, label in enumerate(predictors):
            sets = [
                group["integral"].to_numpy()
                for _, group in known.filter(pl.col("predictor") == number).group_by(
                    "repeat", maintain_order=True
                )
            ]
            for level in LEVELS if sets else ():
                mean = t_interval(np.array([coverage(one, level) for one in sets]))
                n = float(np.mean([len(one) for one in sets]))
                keys = {"corpus": corpus.name, "label": label, "n": n, "level": level}
                rows.append(keys | {"coverage": mean.mean, "low": mean.low, "high": mean.high})
    return pl.DataFrame(rows)


def draw(frame: pl.DataFrame) -> alt.FacetChart:
    """Draw coverage against level, one panel for each corpus."""
    return reliability(frame, "How many final values lie in the predicted intervals", TITLES, fig3.LABELS)


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    rows = []
    for (corpus, label), group in frame.group_by("corpus", "label", maintain_order=True):
        found = {row["level"]: f"{row['coverage']:.0%}" for row in group.iter_rows(named=True)}
        keys = {"corpus": TITLES[str(corpus)], "predictor": str(label), "predicted": f"{group['n'][0]:,.0f}"}
        rows.append(keys | {f"{level:.0%}": found[level] for level in (0.5, 0.9, 0.99)})
    text = (
        "Half of the curve seen. Above the diagonal a predictor is less sure than it may be, below it is too "
        f"sure, and a threshold means less than it says.{missing_text(SPACES)}"
    )
    return [Section(text=text, chart=draw(frame)), Section(table=pl.DataFrame(rows))]
