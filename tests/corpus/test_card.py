"""What a card says beyond plain figures: how curves ended, and where predictors still separate."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simlab.corpus import Corpus
from simlab.corpus.card import write_card
from simlab.corpus.statistics import best_tenth_spearman, chance_share, flat_share, foresight
from tests.synthetic import synthetic_corpus


def corpus_of(values, *, worst=0.1, validation=None):
    """Return a corpus of these accuracies, one row per curve."""
    values = np.asarray(values, dtype=float)
    rows, epochs = np.indices(values.shape)
    curves = pl.DataFrame(
        {
            "config_id": [f"{row:04d}" for row in rows.ravel()],
            "epoch": epochs.ravel() + 1,
            "value": values.ravel(),
        }
    )
    frame = Corpus.from_frame(
        curves,
        config_id="config_id",
        epoch="epoch",
        value="value",
        direction="maximize",
        bounds=(0, 1),
        worst=worst,
    )
    metadata = {"data": {"train": 4000, "validation": validation}}
    return Corpus.from_tables(
        frame.curves_frame(), frame.configs, frame.metric, name="made", metadata=metadata
    )


def settled_early(n=100, epochs=20):
    """Return a corpus whose order never changes, while every curve still rises."""
    final = np.linspace(0.2, 0.8, n)
    return corpus_of(final[:, None] * np.linspace(0.3, 1.0, epochs))


def test_chance_counts_what_is_no_better_by_two_standard_errors():
    values = [[0.1], [0.11], [0.5], [0.6]]
    assert chance_share(corpus_of(values)) == 0.25
    assert chance_share(corpus_of(values, validation=1000)) == 0.5  # 0.1 + 2 * 0.0095
    assert np.isnan(chance_share(corpus_of(values, worst=None)))


def test_flat_curves_are_counted():
    assert flat_share(corpus_of([[0.2, 0.2, 0.2], [0.2, 0.2, 0.3], [0.1, 0.1, 0.1], [0.4, 0.3, 0.4]])) == 0.5
    assert np.isnan(flat_share(corpus_of([[0.2], [0.3]])))


def test_best_tenth_is_by_final_value():
    early = np.concatenate([np.linspace(0, 0.3, 90), [0.5, 0.4, 0.3, 0.2, 0.1, 0.6, 0.7, 0.8, 0.9, 0.95]])
    final = np.linspace(0.3, 0.99, 100)
    corpus = corpus_of(np.column_stack([early, final]))
    ranks = np.argsort(np.argsort(early[90:]))
    assert best_tenth_spearman(corpus, 1) == pytest.approx(np.corrcoef(ranks, np.arange(10))[0, 1])
    assert np.isnan(best_tenth_spearman(corpus_of(np.column_stack([early, final])[:20]), 1))


def test_the_card_tells_how_curves_ended():
    card = write_card(synthetic_corpus(20, 6, diverged=2, failed=1, censored=3))
    assert "- shares that did not complete: diverged 10.0%, failed 5.0%, censored 15.0%" in card
    assert "- completed ones that end at chance (no better than 0.1 by two standard errors): " in card
    assert "1,000 to measure the value on" in card


def test_the_card_gives_standard_errors_of_two_values():
    corpus = corpus_of([[0.5], [0.8], [0.9]], validation=1000)
    told = "standard error of a recorded value: 0.0095 at the best final value, 0.0126 at the median one"
    assert told in write_card(corpus)
    assert "standard error of a recorded value: unknown" in write_card(corpus_of([[0.5], [0.8]]))


def test_a_corpus_settled_early_comes_with_a_warning():
    corpus = settled_early()
    card, early = write_card(corpus), foresight(corpus)[0]
    assert "Read results on this corpus with care: at 10% of the epochs" in card
    assert "all but settled (rank correlation 1.000, above 0.98)" in card
    assert f"an R2 of\n{early.last_seen_r2:.3f} and does not pass" in card
    assert "whose rank\ncorrelation is 1.000 there" in card


def test_other_corpora_come_without():
    assert "with care" not in write_card(synthetic_corpus(60, 10))


def test_charts_are_linked_under_their_words():
    assert "\n\n![Learning curves](learning-curves.svg)\n\n" in write_card(
        synthetic_corpus(5, 3), ["learning-curves.svg"]
    )
