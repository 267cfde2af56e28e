"""Populations: many networks trained as one program are what each would be alone."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy.stats import ks_2samp, ttest_ind

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from torch import nn
from torch.nn import functional

from generators.cudaconvnet.hyperparameters import Hyperparameters
from generators.cudaconvnet.network import build_network, build_optimizer
from generators.cudaconvnet.population import PenalisedMomentum, train_cudaconvnets
from generators.cudaconvnet.recipe import MINI
from generators.cudaconvnet.unfolded_convolution import UnfoldedConv2d
from generators.members import start_member
from generators.population import Networks
from generators.space import PopulationSpace
from generators.spaces.cudaconvnet_cifar10 import CUDACONVNET_CIFAR10
from generators.training import ImageData
from simlab.errors import SettingError
from tests.generators.images import noise

TINY = replace(
    MINI,
    epochs=3,
    image_size=8,
    n_train=64,
    n_valid=40,
    batch_size=24,  # the last batch of an epoch is smaller
    bfloat16=False,
    initial_std=(0.001, 0.1, 0.1, 0.1),  # else nothing is learned in a few steps
)
CONFIGS = [
    Hyperparameters(3e-3, 0, 1e-3, 2e-3, 3e-3, 4e-3, 5e-5, 0.75),
    Hyperparameters(1e-2, 1, 0.5, 1e-4, 0.1, 1.0, 1e-2, 0.3),
    Hyperparameters(1e-3, 2, 1e-4, 0.2, 1e-4, 0.05, 1.0, 2.5),
    Hyperparameters(5e-3, 3, 2.0, 3.0, 1e-3, 1e-3, 1e-5, 0.02),
]
EXPLOSIVE = replace(CONFIGS[0], learning_rate=1e100)
SEEDS = [1, 2, 3, 4]
BOTH_CONVOLUTIONS = pytest.mark.parametrize("convolution", [nn.Conv2d, UnfoldedConv2d])
BOTH_REGIONS = pytest.mark.parametrize("region", ["within_channel", "across_channels"])


@pytest.fixture
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def data():
    plain = noise(side=TINY.image_size).centred_only()
    dtype = torch.get_default_dtype()
    return replace(plain, mean=plain.mean.to(dtype), std=plain.std.to(dtype))


@pytest.fixture
def doubles(float64, data):
    """Return the images in float64; a fixture is set up after those it asks for."""
    return data


def columns(record):
    return record.value, record.train_loss, record.valid_loss


def alone(configs, seeds, recipe, data):
    """Return [member, epoch, column], each member trained by itself."""
    trainings = (
        CUDACONVNET_CIFAR10.train(*pair, recipe, data, "cpu") for pair in zip(configs, seeds, strict=True)
    )
    return np.array([[columns(record) for record in training] for training in trainings])


def together(configs, seeds, recipe, data, **options):
    epochs = train_cudaconvnets(configs, seeds, recipe, data, "cpu", **options)
    return np.array([[columns(record) for record in records] for records in epochs]).swapaxes(0, 1)


def step_alone(config, batches, recipe, data, seed):
    """Return the parameters after a step per batch, in plain torch."""
    torch.manual_seed(seed)
    network = build_network(config, recipe)
    optimizer = build_optimizer(network, config, recipe)
    for number, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate_at(number / 10) * group.get("rate_factor", 1.0)
        loss = functional.cross_entropy(
            network(data.normalised(data.train_images[batch])), data.train_labels[batch]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return dict(network.named_parameters())


def step_together(configs, batches, recipe, data, convolution):
    """Return the stacked parameters after a step per batch [member, batch]."""
    builds = [partial(build_network, config, recipe, convolution) for config in configs]
    starts = [start_member(build, seed) for build, seed in zip(builds, SEEDS, strict=True)]
    networks = Networks([network for network, _ in starts], recipe, "cpu")
    update = PenalisedMomentum(configs, recipe, networks.parameters)
    for number, batch in enumerate(batches):
        rates = torch.tensor([config.learning_rate_at(number / 10) for config in configs])
        images = torch.stack([data.normalised(data.train_images[one]) for one in batch])
        gradients, _ = networks.gradients(images, data.train_labels[batch])
        update(gradients, rates)
    return networks.parameters


def test_the_space_says_that_it_trains_populations():
    assert isinstance(CUDACONVNET_CIFAR10, PopulationSpace)
    assert len({CUDACONVNET_CIFAR10.population_key(config, TINY) for config in CONFIGS}) == 1


@BOTH_REGIONS
@BOTH_CONVOLUTIONS
def test_parameters_are_those_of_training_alone(doubles, convolution, region):
    recipe = replace(TINY, norm_region=region)
    batches = torch.stack([torch.randperm(64)[: 4 * 16].view(4, 16) for _ in range(10)])
    stacked = step_together(CONFIGS, batches, recipe, doubles, convolution)
    for number, (config, seed) in enumerate(zip(CONFIGS, SEEDS, strict=True)):
        expected = step_alone(config, batches[:, number], recipe, doubles, seed)
        for name, parameter in expected.items():
            torch.testing.assert_close(stacked[name][number], parameter.detach(), rtol=1e-8, atol=1e-13)


@BOTH_REGIONS
@BOTH_CONVOLUTIONS
def test_records_are_those_of_training_alone(doubles, convolution, region):
    recipe = replace(TINY, norm_region=region)
    expected = alone(CONFIGS, SEEDS, recipe, doubles)
    assert np.ptp(expected[:, -1, 2]) > 0.01
    records = together(CONFIGS, SEEDS, recipe, doubles, convolution=convolution)
    np.testing.assert_allclose(records, expected, rtol=1e-8)


def test_diverged_members_disturb_no_other(doubles):
    expected = together(CONFIGS[1:3], SEEDS[1:3], TINY, doubles)
    configs = [EXPLOSIVE, *CONFIGS[1:3], EXPLOSIVE]
    for convolution in (nn.Conv2d, UnfoldedConv2d):
        records = together(configs, SEEDS, TINY, doubles, convolution=convolution)
        np.testing.assert_allclose(records[1:3], expected, rtol=1e-12)
        assert np.isnan(records[[0, 3], 1:]).all()
        assert np.isfinite(records[[0, 3], 0, 0]).all()  # as alone, the first epoch still has an accuracy


def test_seconds_are_shared_among_those_alive(data, monkeypatch):
    ticks = iter(range(100))
    monkeypatch.setattr("generators.population.time.process_time", lambda: next(ticks))
    epochs = train_cudaconvnets([EXPLOSIVE, CONFIGS[0]], [1, 2], TINY, data, "cpu")
    assert [records[1].seconds for records in epochs] == [0.5, 1.0, 1.0]


def test_one_member_does_not_depend_on_the_others(data):
    first = together(CONFIGS, SEEDS, TINY, data)
    torch.rand(7)
    np.testing.assert_allclose(together(CONFIGS[::-1], SEEDS[::-1], TINY, data)[::-1], first, rtol=1e-4)
    assert abs(together(CONFIGS[:1], [5], TINY, data) - first[:1]).max() > 1e-3


def test_training_a_population_leaves_the_global_generator_alone(data):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    together(CONFIGS[:2], SEEDS[:2], replace(TINY, epochs=1), data)
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("capture", [False, True], ids=["eager", "captured"])
def test_records_on_a_gpu_are_those_on_a_cpu(doubles, capture):
    tensors = {name: tensor.to("cuda") for name, tensor in vars(doubles).items()}
    epochs = train_cudaconvnets(CONFIGS, SEEDS, TINY, ImageData(**tensors), "cuda", capture=capture)
    records = np.array([[columns(record) for record in records] for records in epochs]).swapaxes(0, 1)
    np.testing.assert_allclose(records, alone(CONFIGS, SEEDS, TINY, doubles), rtol=1e-8)


@pytest.mark.slow
def test_full_runs_in_the_recipes_precision_have_the_same_distribution(data):
    recipe = replace(TINY, epochs=60, bfloat16=True)
    configs = [replace(CONFIGS[0], l2_fc4=1e-3)] * 24
    singles = alone(configs, range(24), recipe, data)[:, -1]
    others = together(configs, range(100, 124), recipe, data)[:, -1]
    same = together(configs, range(24), recipe, data)[:, -1]
    for column in range(3):
        assert ttest_ind(singles[:, column], others[:, column], equal_var=False).pvalue > 0.01
        assert ks_2samp(singles[:, column], others[:, column]).pvalue > 0.01
        assert ks_2samp(singles[:, column], same[:, column]).pvalue > 0.01
    assert singles[:, 0].mean() > 0.3  # learned, so that there is something to compare


def test_mirroring_is_refused(data):
    with pytest.raises(SettingError, match="one at a time"):
        together(CONFIGS[:1], SEEDS[:1], replace(TINY, mirror=True), data)


@pytest.mark.parametrize(("kernel", "shape"), [(5, (2, 3, 6, 7)), (3, (1, 2, 4, 4)), (1, (3, 1, 2, 2))])
def test_unfolded_convolution_is_torchs(float64, kernel, shape):
    torch.manual_seed(0)
    ours = UnfoldedConv2d(shape[1], 4, kernel, padding=kernel // 2)
    theirs = nn.Conv2d(shape[1], 4, kernel, padding=kernel // 2)
    theirs.load_state_dict(ours.state_dict())
    maps = [torch.randn(shape, requires_grad=True)]
    maps.append(maps[0].detach().clone().requires_grad_())
    outputs = [ours(maps[0]), theirs(maps[1])]
    torch.testing.assert_close(*outputs)
    for output in outputs:
        output.square().sum().backward()
    torch.testing.assert_close(maps[0].grad, maps[1].grad)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)
    torch.testing.assert_close(ours.bias.grad, theirs.bias.grad)


def test_unfolded_convolution_follows_autocast():
    layer = UnfoldedConv2d(3, 8, 5, padding=2)
    with torch.autocast("cpu", torch.bfloat16):
        output = layer(torch.randn(2, 3, 8, 8))
    assert output.dtype == torch.bfloat16
    output.float().sum().backward()
    assert layer.weight.grad.dtype == torch.float32


def test_unfolded_convolution_refuses_to_change_the_size():
    with pytest.raises(ValueError, match="size"):
        UnfoldedConv2d(3, 8, 5, padding=1)
