"""MetaQNN and Cuda-Convnet on every source of images: recordings from end to end, and counts."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from generators.cudaconvnet import network as cudaconvnet_network
from generators.draws import draw_configs
from generators.metaqnn import network as metaqnn_network
from generators.metaqnn.architecture import Architecture, Conv
from generators.recorder import record
from generators.spaces.cudaconvnet_svhn import CUDACONVNET_SVHN
from generators.spaces.cudaconvnet_svhn_standin import CUDACONVNET_SVHN_STANDIN
from generators.spaces.metaqnn_cifar10 import METAQNN_CIFAR10
from generators.spaces.metaqnn_cifar10_elrd import METAQNN_CIFAR10_ELRD
from generators.spaces.metaqnn_svhn import METAQNN_SVHN
from generators.spaces.metaqnn_svhn_standin import METAQNN_SVHN_STANDIN
from simlab.corpus import read_corpus, read_tables
from tests.generators.images import noise, write_batches, write_mnist, write_svhn

METAQNN = [METAQNN_CIFAR10_ELRD, METAQNN_SVHN, METAQNN_SVHN_STANDIN]
CUDACONVNET = [CUDACONVNET_SVHN, CUDACONVNET_SVHN_STANDIN]
EVERY_SPACE = pytest.mark.parametrize("space", [*METAQNN, *CUDACONVNET], ids=lambda space: space.name)
COUNTED = (torch.nn.Conv2d, torch.nn.Linear, torch.nn.MaxPool2d)


@pytest.fixture(scope="module")
def data_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_svhn(root)
    write_mnist(root)
    write_batches(root)
    return root


def record_two(space, data_root, out, device):
    recipe = replace(space.recipes["mini"], epochs=2, n_train=64, n_valid=40, batch_size=16)
    record(space, recipe, out=out, devices=[device], data_root=data_root, n_configs=2, seed=0)
    read_corpus(out)
    curves, configs, metric, metadata = read_tables(out)
    assert curves["epoch"].to_list() == [1, 2, 1, 2]
    assert curves["value"].is_between(0, 1).all()
    assert (metric.name, metric.worst) == ("validation accuracy", 0.1)
    assert configs["status"].to_list() == ["completed"] * 2
    assert configs["architecture"].to_list() == [space.key(draw.config) for draw in draw_configs(space, 0, 2)]
    assert metadata["data"]["source"].startswith(f"{space.source.title}, training split")


@EVERY_SPACE
def test_recording_on_a_cpu(space, data_root, tmp_path):
    record_two(space, data_root, tmp_path, "cpu")


@EVERY_SPACE
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_recording_on_a_gpu(space, data_root, tmp_path):
    record_two(space, data_root, tmp_path, "cuda")


def test_exponential_decay_trains_the_same_but_for_the_rate():
    def first_losses(space, **settings):
        recipe = replace(space.recipes["mini"], epochs=2, batch_size=16, **settings)
        records = space.train(Architecture((Conv(64, 3),)), 1, recipe, noise(), "cpu")
        return [record.train_loss for record in records]

    constant = first_losses(METAQNN_CIFAR10, schedule="step")
    assert first_losses(METAQNN_CIFAR10_ELRD, decay=1.0) == constant
    assert first_losses(METAQNN_CIFAR10_ELRD, decay=0.5) != constant


@pytest.mark.parametrize("space", METAQNN, ids=lambda space: space.name)
def test_columns_count_what_is_built_for_an_architecture(space):
    recipe = space.recipes["mini"]
    for draw in draw_configs(space, 0, 40):
        columns = space.describe(draw.config, recipe)
        network = metaqnn_network.build_network(draw.config, recipe)
        n_conv, n_linear, n_pool = (
            sum(isinstance(one, kind) for one in network.modules()) for kind in COUNTED
        )
        assert columns["ap_n_weights"] == sum(one.numel() for one in network.parameters())
        assert (columns["ap_n_conv"], columns["ap_n_pool"]) == (n_conv, n_pool)
        assert columns["ap_n_dense"] == n_linear - 1  # the last one is the softmax layer
        assert columns["ap_n_layers"] == n_conv + n_pool + n_linear - 1


@pytest.mark.parametrize("space", CUDACONVNET, ids=lambda space: space.name)
def test_columns_count_what_is_built_for_hyperparameters(space):
    for recipe in space.recipes.values():
        (draw,) = draw_configs(space, 0, 1)
        columns = space.describe(draw.config, recipe)
        network = cudaconvnet_network.build_network(draw.config, recipe)
        assert columns["ap_n_weights"] == sum(one.numel() for one in network.parameters())
        assert columns["ap_n_layers"] == sum(isinstance(one, COUNTED[:2]) for one in network.modules())
