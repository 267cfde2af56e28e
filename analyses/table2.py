"""Table 2 of the paper: what each set of features explains."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import polars as pl

import simlab
from analyses.corpora import SPACES, TITLES, missing_text, recorded
from analyses.options import Options
from analyses.studies import beside_the_paper, study_corpora
from simlab.charts import Section
from simlab.charts.r_squared import r_squared_by_group
from simlab.predictors import SRM

TITLE: Final = "Table 2: which features"
FRACTION: Final = 0.25
FEATURES: Final = {
    "TS": ("ts",),
    "AP": ("ap",),
    "HP": ("hp",),
    "TS+AP": ("ts", "ap"),
    "AP+HP": ("ap", "hp"),
    "TS+AP+HP": ("ts", "ap", "hp"),
}
#: R2 in percent and its standard error, as printed.
PAPER: Final = {
    "metaqnn-cifar10": (
        "93.98 ± 0.15",
        "27.45 ± 4.25",
        "12.60 ± 1.79",
        "84.09 ± 1.4",
        "27.01 ± 5.2",
        "94.44 ± 0.14",
    ),
    "resnet-tinyimagenet": (
        "86.52 ± 1.85",
        "84.33 ± 1.7",
        "8.78 ± 1.14",
        "88.82 ± 2.95",
        "81.71 ± 3.9",
        "91.8 ± 1.1",
    ),
    "lstm-ptb": (
        "97.81 ± 2.45",
        "16.11 ± 1.13",
        "3.98 ± 0.88",
        "96.92 ± 2.8",
        "15.97 ± 2.57",
        "98.24 ± 2.11",
    ),
    "cudaconvnet-cifar10": (
        "95.54 ± 0.24",
        "1.1 ± 0.6",
        "18.19 ± 2.19",
        "95.36 ± 0.27",
        "21.65 ± 2.72",
        "95.69 ± 0.15",
    ),
}


def compute(options: Options) -> pl.DataFrame:
    """Return R2 of each set of features on each corpus, one row each; see :func:`study_corpora`.

    A set is left out where a corpus has no column in it that varies, or where it would repeat a smaller one.
    """
    parts = []
    for corpus in recorded(SPACES):
        predictors = {
            label: SRM(features=features, search=options.search)
            for label, features in FEATURES.items()
            if set(features) <= varying_sets(corpus)
        }
        parts.append(study_corpora([corpus], predictors, [FRACTION], options))
    return pl.concat(parts)


def varying_sets(corpus: simlab.Corpus) -> set[str]:
    """Return the feature sets that hold a column which is not the same for all configurations."""
    features = {"ap": corpus.architecture_parameters.matrix, "hp": corpus.hyperparameters.matrix}
    varying = {name for name, matrix in features.items() if matrix.size and np.ptp(matrix, axis=0).any()}
    return {"ts"} | varying


def draw(frame: pl.DataFrame) -> alt.LayerChart:
    """Draw R2 by corpus and feature set, with intervals."""
    return r_squared_by_group(frame, "What each set of features explains", TITLES, list(FEATURES))


def table(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table beside the paper's, as text; ``n/a`` where the columns of a set do not vary."""
    return beside_the_paper(frame, list(FEATURES), PAPER)


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    text = (
        "R2 in percent of nu-SVR (RBF) trained on 100 curves with the time series of a quarter of the curve "
        "(TS), architecture parameters (AP) and hyperparameters (HP). n/a: the columns of a set are the same "
        f"for all configurations of the corpus. Mean and 95 % t interval over {frame['repeats'][0]} random "
        "training sets; the paper: mean and standard error. Its column for all three sets is the linear one "
        f"of its Table 1 on two corpora, though the caption says RBF.{missing_text(SPACES)}"
    )
    return [Section(text=text, table=table(frame)), Section(chart=draw(frame))]
