"""Table 1 of the paper: four regressors compared, on a quarter of the curve."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from analyses.corpora import SPACES, TITLES, missing_text, recorded
from analyses.options import Options
from analyses.studies import beside_the_paper, study_corpora
from simlab.charts import Section
from simlab.charts.r_squared import r_squared_by_group
from simlab.predictors import SRM

TITLE: Final = "Table 1: which regression"
FRACTION: Final = 0.25
REGRESSORS: Final = {
    "nusvr-rbf": "nu-SVR (RBF)",
    "nusvr-linear": "nu-SVR (linear)",
    "random-forest": "random forest",
    "ols": "OLS",
}
#: R2 in percent and its standard error, as printed.
PAPER: Final = {
    "metaqnn-cifar10": ("94.22 ± 0.25", "94.44 ± 0.14", "92.27 ± 0.91", "93.22 ± 1.1"),
    "resnet-tinyimagenet": ("85.78 ± 1.82", "91.8 ± 1.1", "91.37 ± 2.18", "90.15 ± 1.8"),
    "lstm-ptb": ("83.29 ± 7.71", "98.59 ± 0.8", "91.38 ± 1.97", "89.8 ± 0.16"),
}


def compute(options: Options) -> pl.DataFrame:
    """Return R2 of each regressor on each corpus, one row each; see :func:`study_corpora`."""
    predictors = {
        label: SRM(regressor=regressor, search=_search(regressor, options))
        for regressor, label in REGRESSORS.items()
    }
    return study_corpora(recorded(SPACES), predictors, [FRACTION], options)


def _search(regressor: str, options: Options) -> int | None:
    return options.search if regressor.startswith("nusvr") else None


def draw(frame: pl.DataFrame) -> alt.LayerChart:
    """Draw R2 by corpus and regressor, with intervals."""
    return r_squared_by_group(
        frame, "Final values predicted from a quarter of the curve", TITLES, list(REGRESSORS.values())
    )


def table(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table beside the paper's, as text."""
    return beside_the_paper(frame, list(REGRESSORS.values()), PAPER)


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    repeats, n = frame["repeats"][0], frame["n"].sum() / len(REGRESSORS)
    text = (
        "R2 in percent of sequential regression models with TS, AP and HP features, trained on 100 curves, a "
        f"quarter of each seen. Ours: mean and 95 % t interval over {repeats} random training sets, {n:,.0f} "
        "curves predicted; diverged configurations count with the metric's worst value. The paper: mean and "
        f"standard error, on recordings of its own.{missing_text(SPACES)}"
    )
    return [Section(text=text, table=table(frame)), Section(chart=draw(frame))]
