"""Figure 2 of the paper: predicted against true final values."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from analyses.corpora import TITLES, missing_text, recorded
from analyses.options import Options
from analyses.studies import study_corpus
from simlab.charts import Section
from simlab.charts.predicted_and_true import predicted_and_true
from simlab.predictors import SRM

TITLE: Final = "Figure 2: predicted and true final values"
CORPORA: Final = ("metaqnn-cifar10", "resnet-tinyimagenet", "lstm-ptb", "cudaconvnet-cifar10")
FRACTION: Final = 0.25


def compute(options: Options) -> pl.DataFrame:
    """Return every prediction of the first training set of each corpus.

    Returns
    -------
    polars.DataFrame
        ``corpus, config_id, status, truth, predicted, sigma, r2``; R2 is that of this one training set.
    """
    parts = []
    for corpus in recorded(CORPORA):
        study = study_corpus(corpus, {"srm": SRM(search=options.search)}, [FRACTION], options)
        first = study.predictions.filter(pl.col("repeat") == 0, pl.col("predicted").is_not_null())
        own = study.per_repeat.filter(pl.col("repeat") == 0)
        parts.append(
            first.select(
                pl.lit(corpus.name).alias("corpus"),
                pl.lit(corpus.metric.name).alias("metric"),
                "config_id",
                "status",
                "truth",
                "predicted",
                "sigma",
                pl.lit(own["r2"][0]).alias("r2"),
            )
        )
    return pl.concat(parts)


def draw(frame: pl.DataFrame) -> alt.HConcatChart:
    """Draw one panel for each corpus."""
    return predicted_and_true(frame, "Final values predicted from a quarter of the curve", TITLES)


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    text = (
        "Each point is a configuration that the model has not seen; nu-SVR (RBF), 100 training curves, a "
        "quarter of the curve, the first of the random training sets. Diverged configurations, if any, stand "
        f"at the metric's worst value.{missing_text(CORPORA)}"
    )
    return [Section(text=text, chart=draw(frame))]
