"""Section 3.3.1 of the paper: exponential learning-rate decay, which has no jumps, and the rivals."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from analyses import fig3
from analyses.corpora import TITLES, missing_text, recorded
from analyses.options import Options
from analyses.studies import r2_text, study_corpora
from simlab.charts import Section
from simlab.charts.r_squared import r_squared_by_group

TITLE: Final = "Exponential decay of the learning rate"
CORPORA: Final = ("metaqnn-cifar10-elrd", "metaqnn-cifar10")
FRACTION: Final = 0.25
#: R2 in percent, as printed; LCE's after extreme outliers were removed, and negative with them.
PAPER: Final = {"SRM, nu-SVR (RBF)": "95", "LCE": "48", "LC-Net (BNN)": "31"}


def compute(options: Options) -> pl.DataFrame:
    """Return R2 of each predictor with either schedule; see :func:`study_corpora`."""
    return study_corpora(recorded(CORPORA), fig3.predictors(options), [FRACTION], options)


def draw(frame: pl.DataFrame) -> alt.LayerChart:
    """Draw R2 by schedule and predictor, with intervals."""
    return r_squared_by_group(
        frame, "A quarter of the curve, two learning-rate schedules", TITLES, fig3.LABELS
    )


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    found = {(row["corpus"], row["label"]): r2_text(row) for row in frame.iter_rows(named=True)}
    shown = [name for name in CORPORA if name in frame["corpus"].unique().to_list()]
    rows = [
        {"predictor": label}
        | {TITLES[name]: found[name, label] for name in shown}
        | {"paper (exponential decay)": PAPER.get(label, "-")}
        for label in fig3.LABELS
    ]
    text = (
        "R2 in percent at a quarter of the curve, all outliers included. The paper trained 630 of its "
        f"MetaQNN networks with exponential decay.{missing_text(CORPORA)}"
    )
    return [Section(text=text, table=pl.DataFrame(rows)), Section(chart=draw(frame))]
