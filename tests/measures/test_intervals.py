"""Intervals against scipy and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simlab.measures import clopper_pearson, t_interval


@given(
    samples=st.lists(st.floats(-100, 100), min_size=2, max_size=30),
    level=st.sampled_from([0.5, 0.9, 0.95, 0.99]),
)
def test_t_interval_against_scipy(samples, level):
    ours = t_interval(samples, level)
    error = stats.sem(samples)
    low, high = (
        stats.t.interval(level, len(samples) - 1, np.mean(samples), error)
        if error
        else [np.mean(samples)] * 2
    )
    assert (ours.mean, ours.low, ours.high) == pytest.approx((np.mean(samples), low, high), abs=1e-9)


def test_t_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    intervals = [t_interval(rng.normal(3, 2, 5), 0.9) for _ in range(2000)]
    covered = np.mean([one.low <= 3 <= one.high for one in intervals])
    assert covered == pytest.approx(0.9, abs=0.02)


def test_one_sample_has_no_interval():
    one = t_interval([2.5])
    assert one.mean == 2.5
    assert math.isnan(one.low)
    assert math.isnan(one.high)


def binomial_tail(n, p, counts):
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in counts)


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(
    ("successes", "trials"), [(0, 1), (1, 1), (0, 10), (3, 10), (9, 10), (10, 10), (17, 40)]
)
def test_clopper_pearson_by_its_definition(successes, trials, level):
    """At each bound, what was observed or is more extreme has probability (1 - level) / 2."""
    ours = clopper_pearson(successes, trials, level)
    rest = (1 - level) / 2
    assert (ours.successes, ours.trials, ours.share) == (successes, trials, successes / trials)
    if successes == 0:
        assert ours.low == 0.0
    else:
        assert binomial_tail(trials, ours.low, range(successes, trials + 1)) == pytest.approx(rest)
    if successes == trials:
        assert ours.high == 1.0
    else:
        assert binomial_tail(trials, ours.high, range(successes + 1)) == pytest.approx(rest)
