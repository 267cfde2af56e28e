"""Section 3.3.1 of the paper: what training a predictor and one inference cost."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

import simlab
from analyses import fig3
from analyses.options import Options
from simlab.charts import Section
from simlab.predictors import Predictor

TITLE: Final = "Cost of prediction"
CORPUS: Final = "metaqnn-cifar10"
EPOCH: Final = 5
#: Curves that are predicted in one call, and for a predictor that is slow at it.
BATCH: Final = 900
FEW: Final = 20
#: Seconds to train on 100 curves, and for one inference, as printed (one core of an Intel 6700k).
PAPER: Final = {"SRM, nu-SVR (RBF)": ("6 ms", "0.06 ms"), "LCE": ("", "60 s"), "LC-Net (BNN)": ("", "24 ms")}


def compute(options: Options) -> pl.DataFrame:
    """Measure CPU seconds on one prefix length, after everything has been compiled.

    Returns
    -------
    polars.DataFrame
        ``label, fit, inference``: CPU seconds to learn from 100 curves, the whole search included, and for
        one of 900 curves predicted in one call (of 20 for LCE). They are timings: no two runs are alike.
    """
    corpus = simlab.load(CORPUS)
    order = np.random.default_rng(options.seed).permutation(len(corpus))
    training = order[: options.train]
    rows = []
    for label, predictor in fig3.predictors(options).items():
        rest = corpus.prefixes(order[options.train :][: FEW if label == "LCE" else BATCH], EPOCH)
        _learn(predictor, corpus, training)  # compiles
        start = time.process_time()
        _learn(predictor, corpus, training)
        learned = time.process_time()
        predictor.predict(rest)
        ended = time.process_time()
        rows.append({"label": label, "fit": learned - start, "inference": (ended - learned) / len(rest)})
    return pl.DataFrame(rows)


def _learn(predictor: Predictor, corpus: simlab.Corpus, training: npt.NDArray[np.int64]) -> None:
    """Fit a predictor so that nothing is left to do: many build their model when first asked."""
    predictor.fit(corpus.training_set(training))
    predictor.predict(corpus.prefixes(training[:1], EPOCH))


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the section of the report."""
    rows = []
    for row in frame.iter_rows(named=True):
        paper = PAPER.get(row["label"], ("", ""))
        own = {"training": time_text(row["fit"]), "one inference": time_text(row["inference"])}
        theirs = {"training (paper)": paper[0] or "-", "one inference (paper)": paper[1] or "-"}
        rows.append({"predictor": row["label"]} | own | theirs)
    text = (
        f"CPU time on this machine, {CORPUS}, {EPOCH} epochs seen. Training is the whole protocol on 100 "
        "curves, for an SRM the search over 1,000 settings with 3 folds, leave-one-out and the final fit; "
        "the paper's 6 ms are one fit. LCE samples its chains in each inference. LC-Net trains anew for the "
        "curves that it predicts: its training stands under inference, shared by all that are predicted."
    )
    return [Section(text=text, table=pl.DataFrame(rows))]


def time_text(seconds: float) -> str:
    """Write a duration for people.

    Examples
    --------
    >>> time_text(2.5), time_text(0.0042), time_text(3e-6)
    ('2.5 s', '4.2 ms', '0.003 ms')
    """
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.2g} ms"
