"""Figures 3 and 7 of the paper: how well each method predicts, by the share of the curve that it has seen."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from analyses.corpora import SPACES, TITLES, missing_text, recorded
from analyses.options import Options
from analyses.studies import study_corpora
from simlab.charts import Section
from simlab.charts.r_squared import r_squared_against_share
from simlab.predictors import PREDICTORS, SRM, Predictor

TITLE: Final = "Figures 3 and 7: prediction and share of the curve"
CORPORA: Final = (*SPACES, "lemur-cifar10", "lemur-svhn", "lemur-cifar100")
FRACTIONS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
#: Others than the SRMs, by the names under which they are registered.
RIVALS: Final = {
    "last-seen": "last seen value",
    "lce": "LCE",
    "lcnet": "LC-Net (BNN)",
    "power-law": "power law",
    "pooled-boosting": "pooled boosting",
}
LABELS: Final = ("SRM, nu-SVR (RBF)", "SRM, nu-SVR (linear)", *RIVALS.values())


def predictors(options: Options) -> dict[str, Predictor]:
    """Return all predictors by label."""
    srms: dict[str, Predictor] = {
        LABELS[0]: SRM(regressor="nusvr-rbf", search=options.search),
        LABELS[1]: SRM(regressor="nusvr-linear", search=options.search),
    }
    return srms | {label: PREDICTORS[name]() for name, label in RIVALS.items()}


def compute(options: Options) -> pl.DataFrame:
    """Return R2 of each predictor on each corpus at each share, one row each; see :func:`study_corpora`."""
    return study_corpora(recorded(CORPORA), predictors(options), FRACTIONS, options)


def draw(frame: pl.DataFrame) -> alt.FacetChart:
    """Draw one panel for each corpus."""
    return r_squared_against_share(
        frame, "Final values predicted from the beginning of a curve", TITLES, LABELS
    )


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    text = (
        "R2 of each method over all curves that it has not learned from (100 training curves; LCE and the "
        "last seen value need none for their mean). The paper draws SRM, BNN, LCE and the last seen value, "
        "leaves out what has no positive R2, and removes outliers of LCE; nothing is removed here. The power "
        "law and pooled boosting are baselines beyond the paper. lemur-* are full-size networks that others "
        f"recorded, for stress and illustration.{missing_text(CORPORA)}"
    )
    return [Section(text=text, chart=draw(frame)), Section(heading="Best at each share", table=table(frame))]


def table(frame: pl.DataFrame) -> pl.DataFrame:
    """Return, for each corpus and share, who predicts best and how well an SRM does, as text."""
    rows = []
    for (corpus, fraction), group in frame.group_by("corpus", "fraction", maintain_order=True):
        known = group.filter(pl.col("r2").is_finite()).sort("r2", descending=True)
        srms = known.filter(pl.col("label").is_in(LABELS[:2]))
        rows.append(
            {
                "corpus": TITLES.get(str(corpus), str(corpus)),
                "seen": f"{fraction:.0%}",
                "best": known["label"][0],
                "its R2": f"{known['r2'][0]:.3f}",
                "better SRM": f"{srms['r2'][0]:.3f}",
                "last seen value": f"{known.filter(label=RIVALS['last-seen'])['r2'].sum():.3f}",
            }
        )
    return pl.DataFrame(rows)
