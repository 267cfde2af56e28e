"""Average ranks, Friedman and Nemenyi, against a published example."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simlab.errors import SettingError
from simlab.measures import critical_difference, rank_policies

#: Demsar (2006), Table 6: AUC of C4.5, C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets. Of the last but one it
#: prints 0.975 twice and ranks them 2 and 3; the fourth decimal tells them apart here.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)
NAMES = ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"]


def test_the_published_example():
    ranking = rank_policies(DEMSAR, NAMES)
    assert ranking.names == ("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5")
    assert ranking.ranks == pytest.approx((1.964, 2.000, 2.893, 3.143), abs=5e-4)
    assert rank_policies(DEMSAR, NAMES, level=0.95).critical_difference == pytest.approx(1.25, abs=5e-3)
    assert rank_policies(DEMSAR, NAMES, level=0.90).critical_difference == pytest.approx(1.12, abs=5e-3)
    assert ranking.groups() == [("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5")]  # its post-hoc test: not at 0.05


@pytest.mark.parametrize(("k", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)])
def test_the_quantiles_of_its_table_5(k, q):
    assert critical_difference(k, 7) == pytest.approx(q * math.sqrt(k * (k + 1) / 42), abs=1e-3)


def test_the_published_statistic_corrected_for_ties():
    """Demsar, Section 3.2.3, has a chi-square of 9.28, without the correction."""
    ranking = rank_policies(DEMSAR, NAMES)
    ties = sum(n**3 - n for row in DEMSAR for n in np.unique(row, return_counts=True)[1])
    assert ranking.statistic * (1 - ties / (14 * 4 * 15)) == pytest.approx(9.28, abs=5e-3)
    assert ranking.p_value == pytest.approx(float(stats.chi2.sf(ranking.statistic, 3)))


def test_nothing_is_told_where_everything_is_tied():
    ranking = rank_policies(np.ones((7, 4)), NAMES)
    assert ranking.ranks == (2.5, 2.5, 2.5, 2.5)
    assert math.isnan(ranking.p_value)


def test_better_policies_have_lower_ranks_and_far_ones_share_no_group():
    scores = np.tile([3.0, 2.0, 1.0], (40, 1))
    ranking = rank_policies(scores, ["best", "middle", "worst"])
    assert (ranking.names, ranking.ranks) == (("best", "middle", "worst"), (1.0, 2.0, 3.0))
    assert ranking.groups() == []


def test_what_cannot_be_ranked_is_an_error():
    with pytest.raises(SettingError, match="two blocks"):
        rank_policies(np.ones((1, 4)), NAMES)
    with pytest.raises(SettingError, match="finite"):
        rank_policies(np.full((3, 4), np.nan), NAMES)
