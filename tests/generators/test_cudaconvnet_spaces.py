"""The search spaces of the Cuda-Convnet network beside CIFAR-10's, against Table 4 of the paper."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from generators.draws import draw_configs
from generators.spaces.cudaconvnet_cifar10 import CUDACONVNET_CIFAR10
from generators.spaces.cudaconvnet_svhn import CUDACONVNET_SVHN
from generators.spaces.cudaconvnet_svhn_standin import CUDACONVNET_SVHN_STANDIN

LOG = dict.fromkeys(("learning_rate", "l2_conv1", "l2_conv2", "l2_conv3", "l2_fc4"), (5e-5, 5))
LOG |= {"norm_scale": (5e-6, 5)}
BOTH = pytest.mark.parametrize("space", [CUDACONVNET_SVHN, CUDACONVNET_SVHN_STANDIN], ids=lambda s: s.name)


@BOTH
def test_10_000_draws_follow_table_4(space):
    rng = np.random.default_rng(0)
    draws = [space.sample(rng) for _ in range(10_000)]
    drawn = {name: np.array([getattr(draw, name) for draw in draws]) for name in vars(draws[0])}
    for name, (low, high) in LOG.items():
        values = np.log(drawn.pop(name))
        assert np.log(low) <= values.min() <= values.max() <= np.log(high)
        assert stats.kstest(values, stats.uniform(np.log(low), np.log(high / low)).cdf).pvalue > 1e-3, name
    power = drawn.pop("norm_power")
    assert 0.01 <= power.min() <= power.max() <= 3
    assert stats.kstest(power, stats.uniform(0.01, 2.99).cdf).pvalue > 1e-3
    reductions, counts = np.unique(drawn.pop("lr_reductions"), return_counts=True)
    assert reductions.tolist() == [0, 1, 2, 3]
    assert stats.chisquare(counts).pvalue > 1e-3
    assert not drawn  # nothing else is drawn


@BOTH
def test_10_000_recorded_ones_are_distinct(space):
    assert len({str(draw.config) for draw in draw_configs(space, 0, 10_000)}) == 10_000


def test_epochs_are_those_of_the_paper():
    assert {recipe.epochs for recipe in CUDACONVNET_SVHN.recipes.values()} == {12}
    assert {recipe.epochs for recipe in CUDACONVNET_CIFAR10.recipes.values()} == {60}
    assert CUDACONVNET_SVHN_STANDIN.recipes["mini"] == CUDACONVNET_SVHN.recipes["mini"]


def test_cards_say_what_is_trained():
    card = CUDACONVNET_SVHN_STANDIN.explain(CUDACONVNET_SVHN_STANDIN.recipes["mini"])
    assert card.startswith("> **This is not SVHN.**")
    assert "trained on a stand-in for SVHN\nfor 12 epochs" in card
    assert "2,000 training images of 16 x 16" in card
    paper = CUDACONVNET_SVHN.explain(CUDACONVNET_SVHN.recipes["paper"])
    assert "trained on SVHN\nfor 12 epochs" in paper
    assert "68,257 training images of 32 x 32" in paper
