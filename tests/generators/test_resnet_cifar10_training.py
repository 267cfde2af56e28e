"""The networks of resnet-cifar10 with torch: shape, training, and a recording from end to end."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from generators.draws import draw_configs
from generators.recorder import record
from generators.resnet.cifar10_architecture import Architecture, Block, sample_architecture
from generators.resnet.cifar10_network import add_all, build_network
from generators.resnet.cifar10_recipe import MINI, PAPER
from generators.resnet.cifar10_weights import count_weights
from generators.spaces.resnet_cifar10 import RESNET_CIFAR10
from simlab.corpus import read_corpus, read_tables
from tests.generators.images import noise, write_batches

TINY = replace(MINI, epochs=2, image_size=8, n_train=64, n_valid=40, batch_size=16)
TINY_WIDE = replace(TINY, width_divisor=1)
NEEDS_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module")
def data():
    return noise(side=8)


@pytest.fixture
def architecture():
    return sample_architecture(np.random.default_rng(3))


def curve(config, recipe, data, seed=1):
    records = RESNET_CIFAR10.train(config, seed, recipe, data, "cpu")
    return [(one.value, one.train_loss, one.valid_loss) for one in records]


def watch(network):
    """Return lists that fill with what each block reads and gives, and what each layer gives."""
    read, given, layers = [], [], []
    for block in network.blocks:
        block.register_forward_pre_hook(lambda _module, inputs: read.append(inputs[0]))
        block.register_forward_hook(lambda _module, _inputs, output: given.append(output))
        for layer in block.layers:
            layer.register_forward_hook(lambda _module, _inputs, output: layers.append(output))
    return read, given, layers


@pytest.mark.parametrize("recipe", [PAPER, MINI], ids=["paper", "mini"])
def test_counted_weights_and_layers_are_those_of_the_network(recipe):
    rng = np.random.default_rng(0)
    for _ in range(10):
        config = sample_architecture(rng)
        network = build_network(config, recipe)
        assert count_weights(config, recipe) == sum(p.numel() for p in network.parameters()), str(config)
        kinds = [type(module) for module in network.modules()]
        assert kinds.count(torch.nn.Conv2d) == kinds.count(torch.nn.BatchNorm2d) == 36
        assert kinds.count(torch.nn.ReLU) == 36
        n_poolings = 2
        assert RESNET_CIFAR10.describe(config, recipe)["ap_n_layers"] == 36 + n_poolings + kinds.count(
            torch.nn.Linear
        )


def test_poolings_stand_after_12_and_21_convolutions(architecture):
    network = build_network(architecture, PAPER)
    _, given, _ = watch(network)
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    filters = [block.filters for block in architecture.blocks]
    sides = [32] * 4 + [16] * 3 + [8] * 5
    assert [tuple(maps.shape) for maps in given] == [
        (2, width, side, side) for width, side in zip(filters, sides, strict=True)
    ]


def test_layers_of_a_block_read_the_sum_of_all_before(architecture):
    network = build_network(architecture, PAPER)
    _, given, layers = watch(network)
    network(torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)))
    for number, block in enumerate(network.blocks):
        first, second, third = layers[3 * number : 3 * number + 3]
        torch.testing.assert_close(given[number], first + second + third)
        assert min(maps.min() for maps in (first, second, third)) == 0  # ReLU
        assert [layer[0][0].kernel_size for layer in block.layers] == [
            (architecture.blocks[number].height, architecture.blocks[number].width)
        ] * 3
    third_of_last = network.blocks[-1].layers[2].train(mode=True)
    torch.testing.assert_close(third, third_of_last(first + second))


def test_residuals_add_the_outputs_of_earlier_blocks():
    blocks = tuple(Block(3, 1, filters) for filters in (6, 24, 12, 36, 6, 6) * 2)
    network = build_network(Architecture(blocks, ((1, 3), (2, 5), (4, 6))), TINY_WIDE)
    read, given, _ = watch(network)
    network(torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(read[1], given[0])
    expected = given[1].clone()
    expected[:, :6] += given[0]  # the source is narrower
    torch.testing.assert_close(read[2], expected)
    pooled = torch.nn.functional.max_pool2d(given[1], 2)  # the source lies before the pooling
    expected = torch.nn.functional.max_pool2d(given[3], 2)
    expected[:, :24] += pooled
    torch.testing.assert_close(read[4], expected)
    pooled = torch.nn.functional.max_pool2d(given[3], 2)
    torch.testing.assert_close(read[5], given[4] + pooled[:, :6])  # the source is wider


def test_nothing_added_is_nothing_changed():
    maps = torch.ones(1, 4, 2, 2)
    assert add_all(maps, []) is maps


def test_gradient_reaches_every_weight(architecture):
    torch.manual_seed(0)
    network = build_network(architecture, PAPER)
    network(torch.randn(8, 3, 32, 32)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad.abs().max() > 0, name


def test_curve_depends_on_the_seed_alone(data, architecture):
    first = curve(architecture, TINY, data)
    torch.rand(7)
    assert curve(architecture, TINY, data) == first
    assert curve(architecture, TINY, data, seed=2) != first


def test_learns_what_can_be_learned(data):
    recipe = replace(TINY_WIDE, learning_rate=3e-3, epochs=20, drop_epochs=(15,))
    records = curve(Architecture((Block(1, 1, 36),) * 12, ()), recipe, data)
    assert records[-1][0] > 0.25
    assert records[-1][1] < 1.8 < records[0][1]


def test_recording_from_end_to_end(tmp_path):
    write_batches(tmp_path / "data")
    settings = {"data_root": tmp_path / "data", "n_configs": 2, "seed": 0}
    record(RESNET_CIFAR10, TINY, out=tmp_path / "out", devices=["cpu"], **settings)
    assert len(read_corpus(tmp_path / "out")) == 2
    curves, configs, metric, metadata = read_tables(tmp_path / "out")
    assert curves["epoch"].to_list() == [1, 2, 1, 2]
    assert (metric.name, metric.worst) == ("validation accuracy", 0.1)
    assert metadata["recipe"]["n_classes"] == 10
    data = RESNET_CIFAR10.load_data(tmp_path / "data", TINY, 0, "cpu")
    for draw in draw_configs(RESNET_CIFAR10, 0, 2):
        (described,) = configs.filter(config_id=draw.config_id).iter_rows(named=True)
        assert described["architecture"] == str(draw.config)
        assert described["ap_n_residuals"] == len(draw.config.residuals)
        recorded = curves.filter(config_id=draw.config_id).select("value", "train_loss", "valid_loss")
        assert recorded.rows() == curve(draw.config, TINY, data, draw.seed)


@NEEDS_CUDA
def test_recording_on_cuda(tmp_path):
    write_batches(tmp_path / "data")
    settings = {"data_root": tmp_path / "data", "n_configs": 2, "seed": 0}
    record(RESNET_CIFAR10, TINY, out=tmp_path / "out", devices=["cuda:0"], **settings)
    curves = read_tables(tmp_path / "out")[0]
    assert curves["epoch"].to_list() == [1, 2, 1, 2]
