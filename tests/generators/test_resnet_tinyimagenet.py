from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

from generators.draws import draw_configs
from generators.registry import get_space
from generators.resnet.tinyimagenet_architecture import sample_architecture
from generators.resnet.tinyimagenet_card import write_description
from generators.resnet.tinyimagenet_recipe import MINI, PAPER
from generators.spaces.resnet_tinyimagenet import RESNET_TINYIMAGENET
from simlab.errors import SettingError

SIZE = 17 * 3 * 21  # of the space
FIRST_DRAWS = [
    ("0000", "2 blocks, 21 filters of 5x5", 3581274545),
    ("0001", "10 blocks, 22 filters of 7x7", 3613627650),
]


@pytest.fixture(scope="module")
def sampled():
    rng = np.random.default_rng(0)
    return [sample_architecture(rng) for _ in range(10_000)]


def test_draws_are_as_the_paper_says(sampled):
    for text in map(str, sampled):
        n_blocks, filters, side, same = map(
            int, re.fullmatch(r"(\d+) blocks, (\d+) filters of (\d)x(\d)", text).groups()
        )
        assert 2 <= n_blocks <= 18
        assert 2 <= filters <= 22
        assert side == same
        assert side in {3, 5, 7}


@pytest.mark.parametrize(
    ("name", "values"),
    [("n_blocks", range(2, 19)), ("filters", range(2, 23)), ("kernel", [3, 5, 7])],
)
def test_values_are_equally_likely(sampled, name, values):
    drawn = [getattr(one, name) for one in sampled]
    assert stats.chisquare([drawn.count(value) for value in values]).pvalue > 1e-3


def test_all_combinations_are_equally_likely(sampled):
    table = np.zeros((17, 21, 3))
    for one in sampled:
        table[one.n_blocks - 2, one.filters - 2, one.kernel // 2 - 1] += 1
    assert stats.chisquare(table.ravel()).pvalue > 1e-3


def test_depths_are_14_to_110_layers(sampled):
    depths = {RESNET_TINYIMAGENET.describe(one, PAPER)["ap_n_layers"] for one in sampled}
    assert depths == set(range(14, 111, 6))


def test_draws_are_distinct_until_the_space_is_exhausted():
    draws = draw_configs(RESNET_TINYIMAGENET, 0, SIZE)
    assert len({str(draw.config) for draw in draws}) == SIZE
    assert draw_configs(RESNET_TINYIMAGENET, 0, 50) == draws[:50]
    assert draw_configs(RESNET_TINYIMAGENET, 1, 50) != draws[:50]
    with pytest.raises(SettingError, match=rf"no new configuration in .* after {SIZE} others"):
        draw_configs(RESNET_TINYIMAGENET, 0, SIZE + 1)


def test_first_draws_never_change():
    """A corpus can only grow while this holds."""
    draws = draw_configs(RESNET_TINYIMAGENET, 0, 2)
    assert [(draw.config_id, str(draw.config), draw.seed) for draw in draws] == FIRST_DRAWS


def test_columns_tell_the_configuration_beside_constant_hyperparameters():
    (draw,) = draw_configs(RESNET_TINYIMAGENET, 0, 1)
    columns = RESNET_TINYIMAGENET.describe(draw.config, MINI)
    assert columns["ap_n_filters"] == -(-draw.config.filters // MINI.width_divisor)
    assert columns["ap_kernel_side"] == draw.config.kernel
    hyperparameters = [columns[f"hp_{name}"] for name in ("learning_rate", "lr_reduction", "momentum")]
    assert hyperparameters == [0.1, 0.1, 0.9]


@pytest.mark.parametrize(("recipe", "epochs"), [(PAPER, 140), (MINI, 70)], ids=["paper", "mini"])
def test_learning_rate_falls_to_a_tenth_twice(recipe, epochs):
    rates = [recipe.learning_rate_at(epoch) for epoch in range(recipe.epochs)]
    assert len(rates) == epochs
    assert sorted(set(np.round(rates, 9)), reverse=True) == [0.1, 0.01, 0.001]
    assert rates == sorted(rates, reverse=True)


def test_card_says_what_differs_between_recipes():
    paper, mini = write_description(PAPER), write_description(MINI)
    assert "90,000 training images of 32 x 32" in paper
    assert "200 classes" in paper
    assert "small recipe for a CPU" not in paper
    assert "small recipe for a CPU" in mini
    assert get_space("resnet-tinyimagenet") is RESNET_TINYIMAGENET
