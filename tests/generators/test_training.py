"""MetaQNN with torch: networks, training, and a recording from end to end."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from polars.testing import assert_frame_equal

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from generators.draws import draw_configs
from generators.metaqnn.architecture import Architecture, Conv, Dense, Pool, sample_architecture
from generators.metaqnn.network import build_network
from generators.metaqnn.recipe import MINI, PAPER
from generators.metaqnn.training import train_with_restarts
from generators.metaqnn.weights import count_weights
from generators.recorder import record
from generators.spaces.metaqnn_cifar10 import METAQNN_CIFAR10
from simlab.corpus import read_corpus, read_tables
from tests.generators.images import noise, write_batches

TINY = replace(MINI, epochs=2, n_train=64, n_valid=40, batch_size=16)
SMALL = Architecture((Conv(128, 3), Pool(2, 2), Conv(64, 1)))


@pytest.fixture(scope="module")
def data():
    return noise()


def curve(seed, recipe, data, architecture=SMALL):
    records = train_with_restarts(lambda: build_network(architecture, recipe), seed, recipe, data, "cpu")
    return [(one.value, one.train_loss, one.valid_loss) for one in records]


@pytest.mark.parametrize("recipe", [PAPER, MINI], ids=["paper", "mini"])
def test_counted_weights_are_those_of_the_network(recipe):
    rng = np.random.default_rng(0)
    for _ in range(60):
        architecture = sample_architecture(rng, 12 if recipe is PAPER else 18)
        if recipe is PAPER and sum(isinstance(layer, Conv) for layer in architecture.layers) > 6:
            continue  # takes memory and time, and adds nothing
        parameters = build_network(architecture, recipe).parameters()
        assert count_weights(architecture, recipe) == sum(p.numel() for p in parameters), str(architecture)


def test_padded_pooling_never_loses_the_map():
    for kernel, stride in ((5, 3), (3, 2), (2, 2)):
        network = build_network(Architecture((Conv(64, 1), Pool(kernel, stride))), MINI)
        for size in range(1, 17):
            shape = network[1](torch.zeros(1, 4, size, size)).shape
            assert shape[2] == -(-size // stride)


def test_dropout_grows_to_one_half():
    layers = (*[Conv(64, 1)] * 4, Pool(5, 3), Conv(64, 1), Pool(2, 2), Dense(128))
    dropouts = [m.p for m in build_network(Architecture(layers), PAPER) if isinstance(m, torch.nn.Dropout)]
    assert dropouts == pytest.approx([1 / 8, 2 / 8, 3 / 8, 4 / 8])


def test_curve_depends_on_the_seed_alone(data):
    first = curve(1, TINY, data)
    torch.rand(7)
    assert curve(1, TINY, data) == first
    assert curve(2, TINY, data) != first


def test_curve_never_changes(data):
    """The corpus that ships can only grow while this holds; to the last bit on one machine, nearly on all."""
    first, second = curve(1, replace(TINY, bfloat16=False), data)
    assert first == pytest.approx((0.1, 2.2851789, 2.2484943), rel=1e-4)
    assert second == pytest.approx((0.1, 2.2531569, 2.2277153), rel=1e-4)


def test_learns_what_can_be_learned(data):
    recipe = replace(TINY, epochs=40, learning_rate=1e-2, bfloat16=False)
    wide = Architecture((Conv(512, 3), Conv(512, 1)))
    assert curve(1, recipe, data, wide)[-1][0] > 0.8


def test_restart_discards_the_first_epoch_and_lowers_the_rate(data):
    hopeless = replace(TINY, restarts=2, restart_below=1.0, warmup_epochs=0.0)
    lower = replace(hopeless, restarts=0, learning_rate=TINY.learning_rate * 0.4**2)
    assert curve(1, hopeless, data) == curve(1 + 2, lower, data)


def test_successful_start_is_not_restarted(data):
    assert curve(1, replace(TINY, restarts=2, restart_below=-1.0), data) == curve(1, TINY, data)


def test_divergence_yields_non_finite_numbers(data):
    explosive = replace(TINY, learning_rate=1e30, warmup_epochs=0.0, epochs=3)
    assert not np.isfinite(curve(1, explosive, data)).all()


def test_recording_from_end_to_end(tmp_path):
    write_batches(tmp_path / "data")
    settings = {"data_root": tmp_path / "data", "n_configs": 2, "seed": 0}
    for out, workers in (("one", 1), ("two", 2)):
        record(METAQNN_CIFAR10, TINY, out=tmp_path / out, devices=["cpu"] * workers, **settings)
    corpus = read_corpus(tmp_path / "one")
    curves, configs, metric, metadata = read_tables(tmp_path / "one")
    assert len(corpus) == 2
    assert curves["epoch"].to_list() == [1, 2, 1, 2]
    assert curves["value"].is_between(0, 1).all()
    assert (curves["seconds"] > 0).all()
    assert metric.worst == 0.1
    assert configs["status"].to_list() == ["completed"] * 2
    draws = draw_configs(METAQNN_CIFAR10, 0, 2)
    assert configs["architecture"].to_list() == [str(draw.config) for draw in draws]
    assert configs["ap_n_weights"].to_list() == [count_weights(draw.config, TINY) for draw in draws]
    assert metadata["software"]["torch"] == torch.__version__
    assert metadata["data"]["validation"] == 40
    assert_frame_equal(curves.drop("seconds"), read_tables(tmp_path / "two")[0].drop("seconds"))
