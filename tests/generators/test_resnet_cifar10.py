from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

from generators.draws import draw_configs
from generators.registry import get_space
from generators.resnet.cifar10_architecture import sample_architecture
from generators.resnet.cifar10_card import write_description
from generators.resnet.cifar10_recipe import MINI, PAPER
from generators.spaces.resnet_cifar10 import RESNET_CIFAR10

BLOCK = re.compile(r"([1357])x([1357])x(6|12|24|36)")  # Appendix A of the paper
FIRST_DRAW = (
    "1x5x6-7x7x24-7x3x12-1x7x6-7x7x36-3x7x12-1x7x24-1x1x36-3x7x6-5x1x6-5x3x24-7x5x12 "
    "residuals 1-4,1-5,1-8,1-11,1-12,2-4,2-5,2-6,2-10,"
    "3-5,3-6,3-7,4-7,4-9,4-12,5-7,5-11,5-12,6-8,7-9,7-11,7-12,8-12,9-12,10-12"
)


@pytest.fixture(scope="module")
def sampled():
    rng = np.random.default_rng(0)
    return [sample_architecture(rng) for _ in range(10_000)]


def test_draws_are_as_the_paper_says(sampled):
    for text in map(str, sampled):
        blocks, residuals = text.split(" residuals ")
        assert len(blocks.split("-")) == 12  # of 3 convolutions: 12 + 9 + 15
        assert all(BLOCK.fullmatch(block) for block in blocks.split("-"))
        pairs = [tuple(map(int, pair.split("-"))) for pair in residuals.split(",") if residuals != "none"]
        assert all(0 < source < target - 1 <= 11 for source, target in pairs)
        assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize(
    ("name", "values"), [("height", [1, 3, 5, 7]), ("width", [1, 3, 5, 7]), ("filters", [6, 12, 24, 36])]
)
def test_values_are_equally_likely_in_every_block(sampled, name, values):
    drawn = np.array([[getattr(block, name) for block in one.blocks] for one in sampled])
    for block in drawn.T:
        assert stats.chisquare([np.count_nonzero(block == value) for value in values]).pvalue > 1e-4


def test_height_width_and_filters_are_independent(sampled):
    blocks = [block for one in sampled for block in one.blocks]
    table = np.zeros((4, 4, 4))
    for block in blocks:
        table[block.height // 2, block.width // 2, [6, 12, 24, 36].index(block.filters)] += 1
    assert stats.chisquare(table.ravel()).pvalue > 1e-3


def test_each_residual_is_there_half_of_the_time(sampled):
    counts = np.zeros((13, 13))
    for one in sampled:
        for pair in one.residuals:
            counts[pair] += 1
    possible = [counts[source, target] for source in range(1, 13) for target in range(source + 2, 13)]
    assert len(possible) == 55
    assert counts.sum() == sum(possible)
    deviations = (np.array(possible) - 5000) / 50
    assert stats.chi2(55).sf(np.square(deviations).sum()) > 1e-3
    totals = np.bincount([len(one.residuals) for one in sampled], minlength=56)
    expected = 10_000 * stats.binom(55, 0.5).pmf(range(56))
    middle = expected > 20
    assert stats.chisquare(totals[middle], expected[middle], sum_check=False).pvalue > 1e-3


def test_draws_are_distinct_and_depend_on_seed_and_index_alone():
    longer = draw_configs(RESNET_CIFAR10, 0, 10_000)
    assert len({str(draw.config) for draw in longer}) == 10_000
    assert draw_configs(RESNET_CIFAR10, 0, 50) == longer[:50]
    assert draw_configs(RESNET_CIFAR10, 1, 50) != longer[:50]


def test_first_draws_never_change():
    """A corpus can only grow while this holds."""
    (draw,) = draw_configs(RESNET_CIFAR10, 0, 1)
    assert (draw.config_id, str(draw.config), draw.seed) == ("0000", FIRST_DRAW, 3581274545)


def test_columns_tell_what_varies_beside_constant_hyperparameters():
    one, two = (RESNET_CIFAR10.describe(draw.config, PAPER) for draw in draw_configs(RESNET_CIFAR10, 0, 2))
    assert [one["ap_n_layers"], two["ap_n_layers"]] == [39, 39]
    varying = {name for name in one if one[name] != two[name]}
    assert {"ap_n_weights", "ap_n_residuals"} <= varying
    assert all(name.startswith("ap_") for name in varying)
    assert (one["hp_learning_rate"], one["hp_lr_reduction"], one["hp_weight_decay"]) == (1e-3, 1e-2, 1e-4)


def test_training_of_the_paper():
    assert [PAPER.learning_rate_at(epoch) for epoch in (0, 29, 30, 49)] == pytest.approx(
        [1e-3, 1e-3, 1e-5, 1e-5]
    )
    assert [MINI.learning_rate_at(epoch) / MINI.learning_rate for epoch in (0, 29, 30, 49)] == pytest.approx(
        [1, 1, 1e-2, 1e-2]
    )
    assert (PAPER.epochs, PAPER.weight_decay, MINI.epochs) == (50, 1e-4, 50)


def test_card_says_what_differs_between_recipes():
    paper, mini = write_description(PAPER), write_description(MINI)
    assert "45,000 training images of 32 x 32" in paper
    assert "small recipe for a CPU" not in paper
    assert "small recipe for a CPU" in mini
    assert get_space("resnet-cifar10") is RESNET_CIFAR10
