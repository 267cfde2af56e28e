"""Predictions that come with a corpus are taken only for the very corpus and settings they were made for."""

from __future__ import annotations

import numpy as np
import pytest

import simlab
from simlab.corpus import registry, write_corpus
from simlab.corpus.registry import shipped_folder, shipped_names
from simlab.predictions import PredictionTable, shipped
from simlab.predictions.shipped import find_shipped, write_shipped
from simlab.predictors import LCE, LastSeenValue
from simlab.predictors.prediction import Prediction
from tests.synthetic import synthetic_tables

SHORT = LCE(steps=50, discard=10)
WITH_PREDICTIONS = [name for name in shipped_names() if (shipped_folder() / name / shipped.FOLDER).is_dir()]


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Return a corpus that is shipped, with made-up predictions at epoch 4."""
    for module in (registry, shipped):
        monkeypatch.setattr(module, "shipped_folder", lambda: tmp_path)
    metadata = {"name": "small", "title": "Small curves", "license": "MIT"}
    corpus = write_corpus(tmp_path / "small", *synthetic_tables(12, 8), metadata)
    made = Prediction(np.arange(12.0), np.ones(12), np.zeros((12, 29)), {"acceptance": np.full(12, 0.2)})
    write_shipped(corpus, SHORT, [(4, corpus.config_ids, made)])
    return corpus


def test_they_are_used(corpus):
    found = PredictionTable(corpus, SHORT, [0, 1]).at(4)
    assert found.prediction.mean.tolist() == list(range(12))
    assert found.prediction.quantiles.shape == (12, 29)
    assert found.prediction.diagnostics["acceptance"][0] == 0.2
    assert PredictionTable(corpus, SHORT, []).lookup(3, 4).mean == 3.0


def test_what_was_not_shipped_is_computed(corpus):
    computed = PredictionTable(corpus, SHORT, []).at(5).prediction
    assert np.all(computed.mean < 1.5)


@pytest.mark.parametrize("other", [LCE(steps=60, discard=10), LCE(), LastSeenValue()], ids=str)
def test_other_settings_do_not_get_them(corpus, other):
    assert find_shipped(corpus, SHORT) is not None
    assert find_shipped(corpus, other) is None


def test_another_corpus_of_that_name_does_not_get_them(corpus, tmp_path):
    metadata = {"name": "small", "title": "Small curves", "license": "MIT"}
    other = write_corpus(tmp_path / "small", *synthetic_tables(12, 8, seed=1), metadata)
    assert find_shipped(other, SHORT) is None


def test_another_horizon_does_not_get_them(corpus):
    assert PredictionTable(corpus, SHORT, [], horizon=6).at(4).prediction.mean[11] < 1.5


def apart(kept, made):
    """Return how far two predictions of one curve lie apart, in units of their spread."""
    middle = slice(7, 22)  # the tails of a chain are its noise
    one = np.append(kept.mean, kept.quantiles[0, middle])
    other = np.append(made.mean, made.quantiles[0, middle])
    if np.array_equal(one, other, equal_nan=True):
        return 0.0
    return np.abs(one - other).max() / max(np.ptp(kept.quantiles[0, middle]), kept.sigma[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_PREDICTIONS)
def test_the_shipped_ones_are_what_lce_says_today(name):
    """On another processor a chain may part from its twin, where a decision hangs on the last bit of exp."""
    corpus, lce = simlab.load(name), LCE()
    found = find_shipped(corpus, lce)
    assert found is not None, "made for another state of the corpus, or other settings: ship them anew"
    fitted = lce.fit(corpus.training_set([]))
    random, gaps = np.random.default_rng(0), []
    while len(gaps) < 5:
        epoch, config = int(random.choice(found.epochs)), int(random.integers(len(corpus)))
        if corpus.lengths[config] <= epoch:
            continue
        made = fitted.predict(corpus.prefixes([config], epoch))
        gaps.append(apart(found.at(epoch, corpus.config_ids[[config]]), made))
    assert max(gaps) < 0.3, gaps
    assert sum(gap < 1e-4 for gap in gaps) >= 3, gaps
