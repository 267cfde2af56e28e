"""Section 3.3 of the paper: SRMs trained on shallow networks, and tested on deep ones."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import polars as pl

import simlab
from analyses.corpora import TITLES, missing_text, recorded
from analyses.options import Options
from analyses.studies import r2_text
from simlab.charts import Section
from simlab.charts.theme import PALETTE, title, with_theme
from simlab.evaluation import Split
from simlab.predictors import SRM

TITLE: Final = "Generalisation between depths"
#: The paper's is resnet-tinyimagenet; depth varies in MetaQNN's space as well.
CORPORA: Final = ("resnet-tinyimagenet", "metaqnn-cifar10", "metaqnn-svhn-standin")
DEPTH: Final = "ap_n_layers"
FRACTION: Final = 0.25
#: Fewest networks on either side of a depth that say anything.
FEWEST: Final = 20
#: R2 in percent and its standard error, as printed, by depth.
PAPER: Final = {32: "80.66 ± 3.8", 62: "84.58 ± 2.7"}


def splits(corpus: simlab.Corpus, depth: float, options: Options) -> list[Split]:
    """Train on min(100, available) random networks of at most this depth, test on all deeper ones."""
    depths = corpus.configs[DEPTH].to_numpy()
    shallow, deep = np.flatnonzero(depths <= depth), np.flatnonzero(depths > depth)
    children = np.random.SeedSequence(options.seed, spawn_key=(int(depth),)).spawn(options.repeats)
    return [
        Split(
            tuple(np.random.default_rng(child).permutation(shallow)[: options.train].tolist()),
            tuple(deep.tolist()),
        )
        for child in children
    ]


def compute(options: Options) -> pl.DataFrame:
    """Return R2 above each depth, one row each: ``corpus, depth, n_train``, and as :func:`study_corpora`."""
    parts = []
    for corpus in recorded(CORPORA):
        for depth in borders(corpus):
            own = splits(corpus, depth, options)
            with options.progress(f"{corpus.name}, {depth} layers", len(own)) as advance:
                study = simlab.evaluate(
                    corpus,
                    SRM(search=options.search),
                    splits=own,
                    fractions=[FRACTION],
                    n_jobs=options.n_jobs,
                    store=options.store,
                    on_repeat=advance,
                )
            keys = {"corpus": corpus.name, "depth": depth, "n_train": len(own[0].training)}
            literals = [pl.lit(value).alias(name) for name, value in keys.items()]
            parts.append(study.summary().drop("predictor").select(*literals, pl.all()))
    return pl.concat(parts)


def borders(corpus: simlab.Corpus) -> list[int]:
    """Return the depths with enough networks on either side."""
    depths = corpus.configs[DEPTH].to_numpy()
    found = [
        int(depth)
        for depth in np.unique(depths)
        if min(np.sum(depths <= depth), np.sum(depths > depth)) >= FEWEST
    ]
    step = -(-len(found) // 8)
    return found[::step]


def draw(frame: pl.DataFrame) -> alt.LayerChart:
    """Draw R2 above the border against the border, one line for each corpus."""
    shown = frame.with_columns(title=pl.col("corpus").replace(TITLES))
    base = alt.Chart(shown).encode(
        x=alt.X("depth:Q", title="Trained on networks of at most so many layers"),
        color=alt.Color("title:N", title=None, scale=alt.Scale(range=list(PALETTE))),
    )
    bands = base.mark_area(opacity=0.18).encode(
        y=alt.Y("r2_low:Q", scale=alt.Scale(domain=[0, 1], clamp=True)), y2="r2_high:Q"
    )
    lines = base.mark_line(point=True).encode(
        y=alt.Y("r2:Q", title="R2 on deeper ones", scale=alt.Scale(domain=[0, 1], clamp=True)),
        tooltip=["title:N", "depth:Q", "n_train:Q", alt.Tooltip("n:Q", title="predicted"), _R2],
    )
    heading = title(
        "Do predictions carry over to deeper networks?",
        "Mean over random training sets below the depth, 95 % t interval over them; drawn from 0 on.",
    )
    return with_theme(alt.LayerChart(layer=[bands, lines], width=480, height=300, title=heading))


_R2: Final = alt.Tooltip("r2:Q", title="R2", format=".3f")


def report(frame: pl.DataFrame) -> list[Section]:
    """Return the sections of the report."""
    rows = [
        {
            "corpus": TITLES[row["corpus"]],
            "trained on at most": f"{row['depth']} layers",
            "training curves": str(row["n_train"]),
            "deeper ones predicted": f"{row['n']:,.0f}",
            "R2": r2_text(row),
        }
        for row in frame.iter_rows(named=True)
    ]
    text = (
        "nu-SVR (RBF) with TS, AP and HP features, a quarter of the curve, trained on min(100, available) "
        "networks of at most d layers and tested on all deeper ones; R2 in percent. The paper, on ResNets "
        f"(TinyImageNet): {PAPER[32]} for d = 32, {PAPER[62]} for d = 62.{missing_text(CORPORA)}"
    )
    return [Section(text=text, table=pl.DataFrame(rows)), Section(chart=draw(frame))]
