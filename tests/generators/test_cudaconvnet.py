from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from generators.cudaconvnet.hyperparameters import TABLE_4, Hyperparameters, sample_hyperparameters
from generators.cudaconvnet.recipe import MINI, PAPER
from generators.draws import draw_configs
from generators.spaces.cudaconvnet_cifar10 import CUDACONVNET_CIFAR10

# Table 4 of the paper, as printed
LOG = {
    "learning_rate": (5e-5, 5),
    "l2_conv1": (5e-5, 5),
    "l2_conv2": (5e-5, 5),
    "l2_conv3": (5e-5, 5),
    "l2_fc4": (5e-5, 5),
    "norm_scale": (5e-6, 5),
}
LINEAR = {"norm_power": (1e-2, 3)}

FIRST_DRAWS = {
    3581274545: Hyperparameters(0.0334679, 3, 0.0125413, 0.357386, 0.29666, 0.59563, 0.616915, 0.390322),
    3613627650: Hyperparameters(2.66411, 3, 0.104633, 0.0812005, 0.000691112, 1.37767, 4.62563e-05, 2.08794),
}


@pytest.fixture(scope="module")
def sampled():
    rng = np.random.default_rng(0)
    draws = [sample_hyperparameters(rng) for _ in range(10_000)]
    return {name: np.array([getattr(draw, name) for draw in draws]) for name in TABLE_4}


@pytest.mark.parametrize(("name", "ends"), [*LOG.items(), *LINEAR.items()])
def test_real_ones_have_range_and_scale_of_table_4(sampled, name, ends):
    values, (low, high) = sampled[name], ends
    assert low <= values.min()
    assert values.max() <= high
    uniform = stats.loguniform(low, high) if name in LOG else stats.uniform(low, high - low)
    assert stats.kstest(values, uniform.cdf).pvalue > 1e-3


def test_reductions_are_0_to_3_and_equally_likely(sampled):
    values, counts = np.unique(sampled["lr_reductions"], return_counts=True)
    assert values.tolist() == [0, 1, 2, 3]
    assert stats.chisquare(counts).pvalue > 1e-3


def test_hyperparameters_are_independent(sampled):
    ranks = stats.spearmanr(np.column_stack(list(sampled.values()))).statistic
    assert np.abs(ranks - np.eye(8)).max() < 5 / np.sqrt(10_000)


def test_text_tells_the_configuration(sampled):
    for index in range(1000):
        config = Hyperparameters(**{name: values[index].item() for name, values in sampled.items()})
        _, rate, reductions, penalties, scale, power = [
            part.partition("=")[2] or part for part in f"x {config}".split()
        ]
        read = [rate, reductions, *penalties.split(","), scale, power]
        assert [float(number) for number in read] == [values[index] for values in sampled.values()]


def test_draws_are_distinct_and_depend_on_seed_and_index_alone():
    longer = draw_configs(CUDACONVNET_CIFAR10, 0, 10_000)
    assert len({str(draw.config) for draw in longer}) == 10_000
    assert draw_configs(CUDACONVNET_CIFAR10, 0, 50) == longer[:50]
    assert draw_configs(CUDACONVNET_CIFAR10, 1, 50) != longer[:50]


def test_first_draws_never_change():
    """The corpus that ships is a recording of these: other draws would make it impossible to grow."""
    draws = draw_configs(CUDACONVNET_CIFAR10, 0, 2)
    assert {draw.seed: draw.config for draw in draws} == FIRST_DRAWS


def test_columns_are_those_of_table_4_beside_a_constant_architecture():
    one, two = (draw.config for draw in draw_configs(CUDACONVNET_CIFAR10, 0, 2))
    columns = CUDACONVNET_CIFAR10.describe(one, MINI)
    assert list(columns) == ["ap_n_weights", "ap_n_layers", *(f"hp_{name}" for name in TABLE_4)]
    assert columns["hp_l2_fc4"] == one.l2_fc4
    other = CUDACONVNET_CIFAR10.describe(two, MINI)
    assert [columns[name] for name in columns if name.startswith("ap_")] == [other["ap_n_weights"], 4]


@pytest.mark.parametrize(("reductions", "epochs"), [(0, []), (1, [30]), (2, [20, 40]), (3, [15, 30, 45])])
def test_learning_rate_falls_at_even_distances(reductions, epochs):
    config = Hyperparameters(1.0, reductions, 0, 0, 0, 0, 0, 0)
    rates = [config.learning_rate_at(epoch / 60) for epoch in range(60)]
    expected = [0.1 ** sum(epoch >= drop for drop in epochs) for epoch in range(60)]
    assert rates == pytest.approx(expected)


def test_card_says_what_differs_between_recipes():
    paper, mini = CUDACONVNET_CIFAR10.explain(PAPER), CUDACONVNET_CIFAR10.explain(MINI)
    assert "89,578 weights" in paper
    assert "0.0001, 0.01, 0.01, 0.01" in paper
    assert "45,000 training images of 32 x 32" in paper
    assert "small recipe for a CPU" in mini
    assert "3 x 3 positions of the same map" in mini
    across = replace(MINI, norm_region="across_channels", norm_size=9)
    assert "9 neighbouring maps" in CUDACONVNET_CIFAR10.explain(across)
