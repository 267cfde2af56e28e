"""The networks of resnet-tinyimagenet with torch: shape, training, and a recording from end to end."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from generators.draws import draw_configs
from generators.recorder import record
from generators.resnet.tinyimagenet_architecture import Architecture, sample_architecture
from generators.resnet.tinyimagenet_network import ResidualBlock, build_network
from generators.resnet.tinyimagenet_recipe import MINI, PAPER
from generators.resnet.tinyimagenet_weights import count_layers, count_weights
from generators.spaces.resnet_tinyimagenet import RESNET_TINYIMAGENET
from simlab.corpus import read_corpus, read_tables
from tests.generators.images import noise

TINY = replace(
    MINI, epochs=2, image_size=8, stem_stride=1, n_classes=10, n_train=64, n_valid=40, batch_size=16
)
SMALL = Architecture(n_blocks=2, kernel=3, filters=12)
NEEDS_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module")
def data():
    return noise(side=8)


@pytest.fixture(scope="module")
def data_root(tmp_path_factory):
    """Write a TinyImageNet lookalike of noise."""
    image_module = pytest.importorskip("PIL.Image", reason="needs pillow, of the generators extra")
    rng = np.random.default_rng(0)
    jpegs = []
    for _ in range(180):
        buffer = io.BytesIO()
        image_module.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(buffer, "JPEG")
        jpegs.append(buffer.getvalue())
    root = tmp_path_factory.mktemp("data")
    frame = pl.DataFrame({"split": ["train"] * 180, "label": np.repeat(np.arange(15), 12), "jpeg": jpegs})
    frame.write_parquet(root / "tinyimagenet32_jpeg.parquet")
    return root


def curve(config, recipe, data, seed=1):
    records = RESNET_TINYIMAGENET.train(config, seed, recipe, data, "cpu")
    return [(one.value, one.train_loss, one.valid_loss) for one in records]


@pytest.mark.parametrize("recipe", [PAPER, MINI], ids=["paper", "mini"])
def test_counted_weights_and_layers_are_those_of_the_network(recipe):
    rng = np.random.default_rng(0)
    for config in [SMALL, Architecture(18, 7, 22), *(sample_architecture(rng) for _ in range(10))]:
        network = build_network(config, recipe)
        assert count_weights(config, recipe) == sum(p.numel() for p in network.parameters()), str(config)
        layers = torch.nn.Conv2d | torch.nn.BatchNorm2d | torch.nn.Linear
        assert count_layers(config) == sum(isinstance(module, layers) for module in network.modules())


@pytest.mark.parametrize(
    ("n_blocks", "sides"), [(2, [32, 16]), (3, [32, 16, 8]), (7, [32, 32, 32, 16, 16, 8, 8])]
)
def test_sides_are_halved_twice(n_blocks, sides):
    network = build_network(Architecture(n_blocks, 5, 4), PAPER)
    seen = []
    for block in network:
        if isinstance(block, ResidualBlock):
            block.register_forward_hook(lambda _module, _inputs, output: seen.append(output.shape[2]))
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 200)
    assert seen == sides


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_blocks_add_what_they_read(kernel, stride):
    block = ResidualBlock(4, kernel, stride)
    maps = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    added = block(maps) > maps[:, :, ::stride, ::stride].relu()
    assert 0.2 < added.float().mean() < 0.8
    torch.nn.init.zeros_(block.layers[-1][1].weight)  # the last normalisation: nothing is left to add
    torch.testing.assert_close(block(maps), maps[:, :, ::stride, ::stride].relu())


@pytest.mark.parametrize("n_blocks", [2, 18])
def test_gradient_reaches_every_weight(n_blocks):
    torch.manual_seed(0)
    network = build_network(Architecture(n_blocks, 3, 8), MINI)
    network(torch.randn(16, 3, MINI.image_size, MINI.image_size)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad.abs().max() > 0, name


def test_curve_depends_on_the_seed_alone(data):
    first = curve(SMALL, TINY, data)
    torch.rand(7)
    assert curve(SMALL, TINY, data) == first
    assert curve(SMALL, TINY, data, seed=2) != first


def test_learns_what_can_be_learned(data):
    assert curve(SMALL, replace(TINY, epochs=20, drop_epochs=(15,)), data)[-1][0] > 0.4


def test_recording_from_end_to_end(tmp_path, data_root):
    settings = {"data_root": data_root, "n_configs": 2, "seed": 0}
    record(RESNET_TINYIMAGENET, TINY, out=tmp_path / "out", devices=["cpu"], **settings)
    assert len(read_corpus(tmp_path / "out")) == 2
    curves, configs, metric, metadata = read_tables(tmp_path / "out")
    assert curves["epoch"].to_list() == [1, 2, 1, 2]
    assert (metric.name, metric.worst) == ("validation accuracy", 0.1)  # chance among 10 classes
    assert metadata["recipe"]["n_classes"] == 10
    data = RESNET_TINYIMAGENET.load_data(data_root, TINY, 0, "cpu")
    assert int(data.train_labels.max()) < 10
    for draw in draw_configs(RESNET_TINYIMAGENET, 0, 2):
        (described,) = configs.filter(config_id=draw.config_id).iter_rows(named=True)
        assert described["architecture"] == str(draw.config)
        assert described["ap_n_layers"] == count_layers(draw.config)
        recorded = curves.filter(config_id=draw.config_id).select("value", "train_loss", "valid_loss")
        assert recorded.rows() == curve(draw.config, TINY, data, draw.seed)


@NEEDS_CUDA
def test_recording_on_cuda(tmp_path, data_root):
    settings = {"data_root": data_root, "n_configs": 2, "seed": 0}
    record(RESNET_TINYIMAGENET, TINY, out=tmp_path / "out", devices=["cuda:0"], **settings)
    curves = read_tables(tmp_path / "out")[0]
    assert curves["epoch"].to_list() == [1, 2, 1, 2]
