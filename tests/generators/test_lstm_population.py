"""Populations of language models: padded and trained as one program, each is what it would be alone."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from torch import nn
from torch.nn import functional

from generators.data.ptb import LanguageData
from generators.lstm.network import build_network
from generators.lstm.population import Dropout, Trainer, train_language_models
from generators.lstm.recipe import MINI
from generators.lstm.sizes import Sizes
from generators.lstm.stack import LanguageModels, pad
from generators.members import start_member
from generators.space import PopulationSpace
from generators.spaces.lstm_ptb import LSTM_PTB

N_STREAMS = 5
TINY = replace(
    MINI,
    epochs=2,
    batch_size=N_STREAMS,
    vocabulary_size=8,
    unrolling=7,
    eval_unrolling=9,
    initial_range=0.5,  # so that gradients are long enough to be clipped
    max_gradient_norm=1.0,
)
CONFIGS = [Sizes(90, 150), Sizes(150, 30), Sizes(10, 110)]  # 5, 8 and 1 cells; 8, 2 and 6 inputs
SEEDS = [1, 2, 3]


@pytest.fixture
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    cycles = (np.arange(80)[:, None] * 3 + rng.integers(0, 2, (80, N_STREAMS))) % TINY.vocabulary_size
    text = torch.from_numpy(cycles)
    return LanguageData(text[:53], text[1:54], text[54:79], text[55:80])


def columns(record):
    return record.value, record.train_loss, record.valid_loss


def alone(configs, seeds, recipe, data):
    """Return [member, epoch, column], each member trained by itself."""
    trainings = (LSTM_PTB.train(*pair, recipe, data, "cpu") for pair in zip(configs, seeds, strict=True))
    return np.array([[columns(record) for record in training] for training in trainings])


def together(configs, seeds, recipe, data):
    epochs = train_language_models(configs, seeds, recipe, data, "cpu")
    return np.array([[columns(record) for record in records] for records in epochs]).swapaxes(0, 1)


def train_alone(config, seed, recipe, data):
    """Return the network after an epoch, in plain torch."""
    torch.manual_seed(seed)
    network = build_network(config, recipe)
    state = None
    for start in range(0, len(data.train_inputs), recipe.unrolling):
        part = slice(start, start + recipe.unrolling)
        logits, state = network(data.train_inputs[part], state)
        state = tuple(one.detach() for one in state)
        network.zero_grad()
        loss = functional.cross_entropy(logits.movedim(2, 1), data.train_targets[part], reduction="sum")
        (loss / N_STREAMS).backward()
        nn.utils.clip_grad_norm_(network.parameters(), recipe.max_gradient_norm)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.sub_(recipe.learning_rate * parameter.grad)
    return network


def train_together(configs, recipe, data):
    starts = [
        start_member(lambda config=config: build_network(config, recipe), seed)
        for config, seed in zip(configs, SEEDS, strict=True)
    ]
    models = LanguageModels([network for network, _ in starts], "cpu")
    sizes = [config.shrunk(recipe.width_divisor) for config in configs]
    dropout = Dropout(models, sizes, [generator for _, generator in starts], recipe.dropout)
    Trainer(models, dropout, recipe, data).train_epoch(recipe.learning_rate)
    return models


def test_the_space_groups_similar_sizes():
    assert isinstance(LSTM_PTB, PopulationSpace)
    keys = [
        LSTM_PTB.population_key(Sizes(*sizes), MINI) for sizes in ((10, 10), (350, 10), (370, 10), (10, 370))
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_weights_are_those_of_training_alone(float64, data, dropout):
    recipe = replace(TINY, dropout=dropout)
    inputs, targets = (part.repeat(2, 1)[:68] for part in (data.train_inputs, data.train_targets))
    long = replace(data, train_inputs=inputs, train_targets=targets)
    models = train_together(CONFIGS, recipe, long)  # 10 steps, the last one shorter
    for number, (config, seed) in enumerate(zip(CONFIGS, SEEDS, strict=True)):
        expected = pad(train_alone(config, seed, recipe, long), models.n_inputs, models.n_cells)
        for name, weights in expected.items():
            torch.testing.assert_close(
                models.parameters[name][number].detach(), weights, rtol=1e-8, atol=1e-14
            )


def test_padding_stays_exactly_zero(data):
    models = train_together(CONFIGS, TINY, data)
    assert (models.n_inputs, models.n_cells) == (8, 8)
    weights = models.parameters
    assert not weights["embedding"][1, :, 2:].any()
    for name in ("of_inputs", "of_outputs", "input_bias", "output_bias"):
        assert not weights[name][0, :, 5:].any()
        assert weights[name][0, :, :5].any()
    assert not weights["of_inputs"][1, ..., 2:].any()
    assert not weights["of_outputs"][0, ..., 5:].any()
    assert not weights["softmax"][2, :, 1:].any()


def test_records_are_those_of_training_alone(float64, data):
    np.testing.assert_allclose(
        together(CONFIGS, SEEDS, TINY, data), alone(CONFIGS, SEEDS, TINY, data), rtol=1e-8
    )


def test_diverged_members_disturb_no_other(data, monkeypatch):
    def explode(config, recipe):
        network = build_network(config, recipe)
        if config == CONFIGS[1]:
            network.softmax.weight.data.fill_(float("inf"))
        return network

    expected = together(CONFIGS, SEEDS, TINY, data)
    monkeypatch.setattr("generators.lstm.population.build_network", explode)
    records = together(CONFIGS, SEEDS, TINY, data)
    assert np.isnan(records[1]).all()
    np.testing.assert_allclose(records[[0, 2]], expected[[0, 2]], rtol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("capture", [False, True], ids=["eager", "captured"])
def test_records_on_a_gpu_are_those_on_a_cpu(float64, data, capture):
    recipe = replace(TINY, dropout=0.0)  # its draws differ
    on_gpu = LanguageData(*(tensor.to("cuda") for tensor in vars(data).values()))
    epochs = train_language_models(CONFIGS, SEEDS, recipe, on_gpu, "cuda", capture=capture)
    records = np.array([[columns(record) for record in records] for records in epochs]).swapaxes(0, 1)
    np.testing.assert_allclose(records, alone(CONFIGS, SEEDS, recipe, data), rtol=1e-8)
