"""The figures of the card, against ways of counting that are plainly right."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from simlab.corpus import Corpus
from simlab.corpus.statistics import (
    crossing_rate,
    final_quantiles,
    foresight,
    foresight_frame,
    status_counts,
    worsening_share,
)
from tests.synthetic import synthetic_corpus


@pytest.fixture
def corpus():
    return synthetic_corpus(n=30, epochs=12, diverged=2, failed=1, censored=3, ragged=True)


def test_crossing_rate_counts_pairs(corpus):
    rows = [row for row in corpus.completed if corpus.lengths[row] == corpus.n_epochs]
    full = synthetic_corpus(n=30, epochs=12)
    assert math.isnan(crossing_rate(corpus)) == (len(rows) < 2)
    pairs = list(itertools.combinations(full.values[:, [2, -1]].tolist(), 2))
    crossed = sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in pairs)
    assert crossing_rate(full) == crossed / len(pairs) > 0


def test_worsening_share_counts_recorded_steps_in_either_direction(corpus):
    steps = [
        later - sooner
        for row, length in enumerate(corpus.lengths)
        for sooner, later in itertools.pairwise(corpus.values[row, :length])
    ]
    assert worsening_share(corpus) == pytest.approx(np.mean(np.array(steps) < 0))
    assert worsening_share(synthetic_corpus(direction="minimize")) == worsening_share(synthetic_corpus())


def test_foresight_compares_with_the_final_value(corpus):
    for one in foresight(corpus):
        rows = [row for row in corpus.completed if corpus.lengths[row] >= one.epoch]
        seen, final = corpus.values[rows, one.epoch - 1], corpus.final_values[rows]
        assert one.spearman == pytest.approx(spearmanr(seen, final).statistic)
        assert one.last_seen_r2 == pytest.approx(1 - np.mean((seen - final) ** 2) / np.var(final))
    assert foresight_frame(corpus)["epoch"].to_list() == [1, 3, 6, 9]


def test_foresight_of_flat_or_few_curves_is_unknown():
    frame = pl.DataFrame({"run": [1, 1, 2, 2, 3, 3], "t": [1, 2] * 3, "v": [0.1] * 6})
    flat = Corpus.from_frame(frame, config_id="run", epoch="t", value="v", direction="maximize")
    assert all(math.isnan(one.spearman) and math.isnan(one.last_seen_r2) for one in foresight(flat))
    assert crossing_rate(flat) == 0


def test_status_counts_and_quantiles(corpus):
    assert status_counts(corpus) == {"completed": 24, "diverged": 2, "censored": 3, "failed": 1}
    quantiles = final_quantiles(corpus)
    assert quantiles["max"] == corpus.best_value
    assert quantiles["median"] == np.median(corpus.final_values[corpus.completed])
