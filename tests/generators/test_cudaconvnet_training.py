"""Cuda-Convnet with torch: the network, its optimizer, and recordings from end to end."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from generators.cudaconvnet.hyperparameters import Hyperparameters
from generators.cudaconvnet.network import build_network, build_optimizer
from generators.cudaconvnet.recipe import MINI, PAPER
from generators.cudaconvnet.response_norm import ResponseNorm
from generators.cudaconvnet.space import CudaConvnet
from generators.cudaconvnet.weights import N_LAYERS, count_weights
from generators.draws import draw_configs
from generators.recorder import record
from generators.spaces.cudaconvnet_cifar10 import CUDACONVNET_CIFAR10
from simlab.corpus import read_corpus, read_tables
from tests.generators.images import noise, write_batches

TINY = replace(MINI, epochs=2, n_train=64, n_valid=40, batch_size=16)
MILD = Hyperparameters(0.01, 1, 1e-3, 1e-3, 1e-3, 1e-3, 5e-5, 0.75)


@pytest.fixture(scope="module")
def data():
    return noise().centred_only()


def curve(config, recipe, data, seed=1):
    records = CUDACONVNET_CIFAR10.train(config, seed, recipe, data, "cpu")
    return [(one.value, one.train_loss, one.valid_loss) for one in records]


@pytest.mark.parametrize("recipe", [PAPER, MINI, replace(MINI, image_size=8)], ids=["paper", "mini", "8x8"])
def test_counts_are_those_of_the_network(recipe):
    network = build_network(MILD, recipe)
    assert count_weights(recipe) == sum(parameter.numel() for parameter in network.parameters())
    weighted = [module for module in network if isinstance(module, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(weighted) == N_LAYERS
    assert network(torch.zeros(2, 3, recipe.image_size, recipe.image_size)).shape == (2, 10)


def test_weights_start_as_in_the_layer_definition():
    torch.manual_seed(0)
    network = build_network(MILD, PAPER)
    layers = (network.conv1, network.conv2, network.conv3, network.fc4)
    for layer, std in zip(layers, (1e-4, 1e-2, 1e-2, 1e-2), strict=True):
        assert layer.weight.std().item() == pytest.approx(std, rel=0.05)
        assert not layer.bias.any()


def test_signals_of_the_narrow_network_do_not_fade():
    torch.manual_seed(0)
    outputs = {}
    for recipe in (PAPER, MINI):
        images = 60 * torch.randn(20, 3, recipe.image_size, recipe.image_size)
        outputs[recipe.name] = np.mean([build_network(MILD, recipe)(images).std().item() for _ in range(20)])
    assert 1 < outputs["mini"] / outputs["paper"] < 10  # 0.03 with cuda-convnet's own deviations


def test_penalties_and_rates_reach_their_layers():
    config = Hyperparameters(0.5, 0, 0.1, 0.2, 0.3, 0.4, 5e-5, 0.75)
    network = build_network(config, TINY)
    optimizer = build_optimizer(network, config, TINY)
    before = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    for group in optimizer.param_groups:
        group["lr"] = 0.5 * group.get("rate_factor", 1.0)
    optimizer.step()
    penalties = {"conv1": 0.1, "conv2": 0.2, "conv3": 0.3, "fc4": 0.4}
    for name, parameter in network.named_parameters():
        layer, _, kind = name.partition(".")
        gradient = 1 + penalties[layer] * before[name] if kind == "weight" else 2.0
        torch.testing.assert_close(parameter.detach(), before[name] - 0.5 * gradient)


@pytest.mark.parametrize("shape", [(2, 8, 8, 8), (3, 16, 5, 7), (2, 3, 4, 4)])
@pytest.mark.parametrize(("scale", "power"), [(5e-6, 3.0), (0.5, 0.75), (5.0, 0.01)])
def test_norm_across_channels_is_torchs(shape, scale, power):
    ours, theirs = (50 * torch.randn(shape, generator=torch.Generator().manual_seed(0)) for _ in range(2))
    ours.requires_grad_()
    theirs.requires_grad_()
    normed = ResponseNorm(9, scale, power, "across_channels")(ours)
    expected = torch.nn.functional.local_response_norm(theirs, 9, alpha=scale, beta=power)
    torch.testing.assert_close(normed, expected)
    normed.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-4)


def test_norm_within_a_channel_takes_the_squares_nearby():
    maps = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(0))
    normed = ResponseNorm(3, 0.7, 1.5, "within_channel")(maps)
    for b, c, y, x in np.ndindex(*maps.shape):
        nearby = maps[b, c, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        mean = nearby.square().sum() / 9  # zeros beyond the edges
        assert normed[b, c, y, x].item() == pytest.approx((maps[b, c, y, x] / (1 + 0.7 * mean) ** 1.5).item())


def test_pixels_keep_their_scale(data):
    images = data.normalised(data.train_images)
    assert images.mean((0, 2, 3)).abs().max() < 1e-3
    torch.testing.assert_close(images.std(), data.train_images.float().std(), rtol=1e-2, atol=0)


def test_curve_depends_on_the_seed_alone(data):
    first = curve(MILD, TINY, data)
    torch.rand(7)
    assert curve(MILD, TINY, data) == first
    assert curve(MILD, TINY, data, seed=2) != first


def test_curve_depends_on_every_hyperparameter(data):
    strong = replace(MILD, norm_scale=1.0)
    initial = replace(TINY, initial_std=(0.01, 0.1, 0.1, 0.1), bfloat16=False, epochs=3)
    first = curve(strong, initial, data)
    for name, value in vars(strong).items():
        assert curve(replace(strong, **{name: 2 * value}), initial, data) != first, name


def test_learns_what_can_be_learned(data):
    recipe = replace(TINY, epochs=60, initial_std=(0.001, 0.1, 0.1, 0.1))
    assert curve(replace(MILD, learning_rate=3e-3), recipe, data)[-1][0] > 0.5


@dataclass(frozen=True)
class Chosen(CudaConvnet):
    """The search space with configurations chosen by the test."""

    learning_rates: tuple[float, ...] = ()

    def sample(self, rng):
        rate = self.learning_rates[rng.integers(len(self.learning_rates))]
        return replace(MILD, learning_rate=rate, l2_conv3=5.0, l2_fc4=5.0)


def test_recording_from_end_to_end(tmp_path):
    write_batches(tmp_path / "data")
    settings = {"data_root": tmp_path / "data", "n_configs": 2, "seed": 0}
    record(CUDACONVNET_CIFAR10, TINY, out=tmp_path / "out", devices=["cpu", "cpu"], **settings)
    assert len(read_corpus(tmp_path / "out")) == 2
    curves, configs, metric, metadata = read_tables(tmp_path / "out")
    assert curves["epoch"].to_list() == [1, 2, 1, 2]
    assert curves["value"].is_between(0, 1).all()
    assert (metric.name, metric.worst) == ("validation accuracy", 0.1)
    assert configs["status"].to_list() == ["completed"] * 2
    assert configs["ap_n_weights"].to_list() == [count_weights(TINY)] * 2
    assert metadata["recipe"]["channels"] == [8, 8, 16]
    data = CUDACONVNET_CIFAR10.load_data(tmp_path / "data", TINY, 0, "cpu")
    for draw in draw_configs(CUDACONVNET_CIFAR10, 0, 2):
        (described,) = configs.filter(config_id=draw.config_id).iter_rows(named=True)
        assert all(described[f"hp_{name}"] == value for name, value in vars(draw.config).items())
        recorded = curves.filter(config_id=draw.config_id).select("value", "train_loss", "valid_loss")
        assert recorded.rows() == curve(draw.config, TINY, data, draw.seed)


def test_diverging_configuration_keeps_its_finite_rows(tmp_path):
    write_batches(tmp_path / "data")
    recipe = replace(TINY, epochs=12)
    space = Chosen(**vars(CUDACONVNET_CIFAR10), learning_rates=(1e-4, 5.0))
    settings = {"data_root": tmp_path / "data", "n_configs": 2, "seed": 0}
    record(space, recipe, out=tmp_path / "out", devices=["cpu"], **settings)
    curves, configs, _, _ = read_tables(tmp_path / "out")
    of_rate = {row["hp_learning_rate"]: row for row in configs.iter_rows(named=True)}
    lengths = dict(curves.group_by("config_id").len().iter_rows())
    assert (of_rate[1e-4]["status"], of_rate[5.0]["status"]) == ("completed", "diverged")
    assert "not finite in epoch" in of_rate[5.0]["reason"]
    n_rows = lengths.get(of_rate[5.0]["config_id"], 0)
    assert n_rows == int(of_rate[5.0]["reason"].rpartition(" ")[2]) - 1 < 12
    assert curves.select("value", "train_loss", "valid_loss").to_numpy().__abs__().max() < np.inf
    read_corpus(tmp_path / "out")
