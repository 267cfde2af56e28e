"""Our chains against emcee's: mean and quantiles of y_T are equal in distribution.

The posterior is improper (flat priors), and chains of the original's length do not forget their start: what a
prediction says is defined by the start and the length, and differs between seeds. So chains of one length are
compared, over seeds. If emcee's and ours are draws of one distribution, the rank of emcee's among ours is
uniform.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

import simlab
from simlab.predictors.lce_extrapolation import Chains, extrapolate, starting_point
from tests.predictors.lce_reference import run_chain

FILE = Path(__file__).with_name("lce_reference.csv")
LEVELS = (0.05, 0.5, 0.95)
N_SEEDS = 9


@pytest.fixture(scope="module")
def corpus():
    return simlab.load("metaqnn-cifar10")


def references(steps):
    with FILE.open() as file:
        return [row for row in csv.DictReader(file) if int(row["steps"]) == steps]


def summary(found):
    return [found.draws.mean(), *np.quantile(found.draws, LEVELS), found.acceptance]


def ranks(corpus, rows):
    """Return the share of our seeds below emcee's chain, shape (chains, 5), ties broken at random."""
    random, found = np.random.default_rng(0), []
    ours = {}
    for row in rows:
        key = row["config_id"], int(row["epoch"])
        if key not in ours:
            scores = corpus.scores[list(corpus.config_ids).index(key[0]), : key[1]].copy()
            chains = [Chains(100, int(row["steps"]), 500, seed) for seed in range(N_SEEDS)]
            ours[key] = np.array([summary(extrapolate(scores, corpus.n_epochs, one)) for one in chains])
        theirs = np.array([float(row[name]) for name in ("mean", "q05", "q50", "q95", "acceptance")])
        found.append(((ours[key] < theirs).sum(axis=0) + random.random(5)) / (N_SEEDS + 1))
    return np.array(found)


def assert_uniform(found):
    for name, column in zip(("mean", "5 %", "50 %", "95 %", "acceptance"), found.T, strict=True):
        assert kstest(column, "uniform").pvalue > 0.002, name


def test_some_chains(corpus):
    assert_uniform(ranks(corpus, references(2500)[:8]))


@pytest.mark.slow
def test_all_chains(corpus):
    rows = references(2500)
    assert len({row["config_id"] for row in rows}) >= 36
    assert_uniform(ranks(corpus, rows))


@pytest.mark.slow
def test_chains_four_times_as_long(corpus):
    assert_uniform(ranks(corpus, references(10_000)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_references_are_what_the_script_makes(corpus):
    pytest.importorskip("emcee")
    for row in references(2500)[:2]:
        scores = corpus.scores[list(corpus.config_ids).index(row["config_id"]), : int(row["epoch"])].copy()
        draws, acceptance = run_chain(scores, corpus.n_epochs, 2500, int(row["seed"]))
        found = [draws.mean(), *np.quantile(draws, LEVELS), acceptance]
        stored = [float(row[name]) for name in ("mean", "q05", "q50", "q95", "acceptance")]
        # one rounding difference turns a decision, and the chains part: the same law, not the same numbers
        assert np.abs(found[2] - stored[2]) < 0.5
        assert found[4] == pytest.approx(stored[4], rel=0.5)


def test_every_reference_starts_from_a_fit(corpus):
    for row in references(2500)[:20]:
        scores = corpus.scores[list(corpus.config_ids).index(row["config_id"]), : int(row["epoch"])]
        assert starting_point(scores.copy(), corpus.n_epochs) is not None
