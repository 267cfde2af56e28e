"""LSTM language models with torch: the network, its training, and recordings from end to end."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from torch.nn import functional

from generators.data.ptb import load_language_data
from generators.draws import draw_configs
from generators.lstm.network import LanguageModel, build_network
from generators.lstm.recipe import MINI, PAPER
from generators.lstm.sizes import Sizes
from generators.lstm.training import evaluate, train_epoch
from generators.lstm.weights import N_LAYERS, count_weights
from generators.recorder import record
from generators.spaces.lstm_ptb import LSTM_PTB, LstmPtb
from simlab.corpus import read_corpus, read_tables
from tests.generators.treebank import write_treebank

TINY = replace(
    MINI, epochs=2, n_train=600, n_valid=300, batch_size=5, vocabulary_size=8, unrolling=7, eval_unrolling=9
)
SMALL = Sizes(90, 150)  # 5 cells and 8 inputs, in mini


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load_language_data(write_treebank(tmp_path_factory.mktemp("treebank")), TINY, "cpu")


def curve(config, recipe, data, seed=1):
    records = LSTM_PTB.train(config, seed, recipe, data, "cpu")
    return [(one.value, one.train_loss, one.valid_loss) for one in records]


def network_with(recipe, seed=0, config=SMALL):
    torch.manual_seed(seed)
    return build_network(config, recipe)


def cross_entropy_by_hand(network, inputs, targets):
    """Return the mean loss per word of texts [length, streams], one stream after the other, word by word."""
    weights = {name: tensor.detach().double().numpy() for name, tensor in network.named_parameters()}
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    losses = []
    for stream, following in zip(inputs.T.tolist(), targets.T.tolist(), strict=True):
        h = c = np.zeros(weights["lstm.weight_hh_l0"].shape[1])
        for word, target in zip(stream, following, strict=True):
            x = weights["embedding.weight"][word]
            z = weights["lstm.weight_ih_l0"] @ x + weights["lstm.weight_hh_l0"] @ h
            i, f, g, o = np.split(z + weights["lstm.bias_ih_l0"] + weights["lstm.bias_hh_l0"], 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            logits = weights["softmax.weight"] @ h + weights["softmax.bias"]
            losses.append(np.log(np.exp(logits).sum()) - logits[target])
    return np.mean(losses)


@pytest.mark.parametrize("recipe", [PAPER, MINI, TINY], ids=["paper", "mini", "tiny"])
@pytest.mark.parametrize("config", [Sizes(10, 10), Sizes(150, 30), Sizes(50, 270)], ids=str)
def test_counts_are_those_of_the_network(config, recipe):
    network = build_network(config, recipe)
    assert count_weights(config, recipe) == sum(parameter.numel() for parameter in network.parameters())
    assert len([layer for layer in network.children() if list(layer.parameters())]) == N_LAYERS
    logits, _ = network(torch.zeros(3, 2, dtype=torch.int64), None)
    assert logits.shape == (3, 2, recipe.vocabulary_size)


def test_weights_start_uniformly():
    parameters = torch.cat([one.detach().flatten() for one in network_with(PAPER).parameters()])
    assert parameters.abs().max() <= PAPER.initial_range
    assert parameters.std().item() == pytest.approx(PAPER.initial_range / math.sqrt(3), rel=0.02)


def test_data_is_that_of_the_texts(data):
    assert data.train_inputs.shape == (120, 5)
    assert data.valid_targets.shape == (60, 5)
    assert torch.equal(data.train_inputs[1:], data.train_targets[:-1])
    assert torch.equal(data.train_inputs[0, 1:], data.train_targets[-1, :-1])  # a stream goes on in the next
    assert data.train_inputs.max() == 7


def test_validation_loss_is_that_computed_by_hand(data):
    recipe = replace(TINY, initial_range=1.0)
    network = network_with(recipe)
    expected = cross_entropy_by_hand(network, data.valid_inputs, data.valid_targets)
    assert evaluate(network, recipe, data) == pytest.approx(expected, rel=1e-5)


def test_recorded_value_is_the_perplexity(data):
    for value, _, valid_loss in curve(SMALL, TINY, data):
        assert value == pytest.approx(math.exp(valid_loss), rel=1e-12)
    still = replace(TINY, learning_rate=0.0, epochs=1)
    network = network_with(still, seed=1)
    expected = cross_entropy_by_hand(network, data.valid_inputs, data.valid_targets)
    assert curve(SMALL, still, data)[0][2] == pytest.approx(expected, rel=1e-5)


def test_training_loss_without_learning_and_dropout_is_that_computed_by_hand(data):
    still = replace(TINY, learning_rate=0.0, dropout=0.0, epochs=1)
    expected = cross_entropy_by_hand(network_with(still, seed=1), data.train_inputs, data.train_targets)
    assert curve(SMALL, still, data)[0][1] == pytest.approx(expected, rel=1e-5)


def test_a_step_is_plain_sgd_on_the_loss_summed_over_time(data):
    recipe = replace(TINY, dropout=0.0, learning_rate=0.3, max_gradient_norm=1e9, unrolling=120)
    network, expected = network_with(recipe), network_with(recipe)
    logits, _ = expected(data.train_inputs, None)
    losses = functional.cross_entropy(logits.permute(0, 2, 1), data.train_targets, reduction="none")
    losses.sum(0).mean().backward()
    train_epoch(network, torch.optim.SGD(network.parameters(), lr=0.3), recipe, data)
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs - 0.3 * theirs.grad)


def test_gradients_are_clipped(data):
    recipe = replace(TINY, max_gradient_norm=0.01, unrolling=120)
    network, before = network_with(recipe), network_with(recipe)
    train_epoch(network, torch.optim.SGD(network.parameters(), lr=1.0), recipe, data)
    moved = torch.cat(
        [(a - b).flatten() for a, b in zip(network.parameters(), before.parameters(), strict=True)]
    )
    assert moved.norm().item() == pytest.approx(0.01, rel=1e-3)


def test_dropout_stands_before_and_after_the_lstm():
    model = LanguageModel(n_words=3, n_inputs=1000, n_cells=1, dropout=0.5)
    seen = {}
    model.lstm.register_forward_pre_hook(lambda _, arguments: seen.update(lstm=arguments[0]))
    model.softmax.register_forward_pre_hook(lambda _, arguments: seen.update(softmax=arguments[0]))
    words = torch.zeros(200, 5, dtype=torch.int64)
    for training, share in ((True, 0.5), (False, 0.0)):
        model.train(training)
        model(words, None)
        for tensor in seen.values():
            assert (tensor == 0).float().mean().item() == pytest.approx(share, abs=0.1)


def test_curve_depends_on_the_seed_alone(data):
    first = curve(SMALL, TINY, data)
    torch.rand(7)
    assert curve(SMALL, TINY, data) == first
    assert curve(SMALL, TINY, data, seed=2) != first


def test_validation_does_not_depend_on_how_it_is_cut(data):
    network = network_with(replace(TINY, initial_range=1.0))
    losses = [evaluate(network, replace(TINY, eval_unrolling=length), data) for length in (1, 9, 60)]
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)


def test_learns_what_can_be_learned(data):
    values = [value for value, _, _ in curve(Sizes(390, 390), replace(TINY, epochs=25), data)]
    assert values[-1] < 3 < values[0]  # three equal choices at most, and mostly none


def test_recording_from_end_to_end(tmp_path):
    write_treebank(tmp_path / "data", compressed=True)
    settings = {"data_root": tmp_path / "data", "n_configs": 2, "seed": 0}
    record(LSTM_PTB, TINY, out=tmp_path / "out", devices=["cpu", "cpu"], **settings)
    assert len(read_corpus(tmp_path / "out")) == 2
    curves, configs, metric, metadata = read_tables(tmp_path / "out")
    assert curves["epoch"].to_list() == [1, 2, 1, 2]
    assert (metric.name, metric.direction, metric.worst) == (
        "validation perplexity",
        "minimize",
        8,
    )  # of 8 words
    assert configs["status"].to_list() == ["completed"] * 2
    assert metadata["recipe"]["vocabulary_size"] == 8
    data = LSTM_PTB.load_data(tmp_path / "data", TINY, 0, "cpu")
    for draw in draw_configs(LSTM_PTB, 0, 2):
        (described,) = configs.filter(config_id=draw.config_id).iter_rows(named=True)
        assert (described["hp_n_cells"], described["hp_n_inputs"]) == (
            draw.config.n_cells,
            draw.config.n_inputs,
        )
        assert described["ap_n_weights"] == count_weights(draw.config, TINY)
        recorded = curves.filter(config_id=draw.config_id).select("value", "train_loss", "valid_loss")
        assert recorded.rows() == curve(draw.config, TINY, data, draw.seed)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_recording_on_a_gpu(tmp_path):
    write_treebank(tmp_path / "data")
    settings = {"data_root": tmp_path / "data", "n_configs": 2, "seed": 0}
    recipe = replace(TINY, dropout=0.0)  # its random numbers are other ones on a GPU
    for name in ("cpu", "cuda"):
        record(LSTM_PTB, recipe, out=tmp_path / name, devices=[name], **settings)
    on_cpu, on_gpu = (read_tables(tmp_path / name)[0]["value"].to_numpy() for name in ("cpu", "cuda"))
    np.testing.assert_allclose(on_gpu, on_cpu, rtol=1e-3)


@dataclass(frozen=True)
class OneExplodes(LstmPtb):
    """The search space with two configurations, one of which explodes in its second epoch."""

    def sample(self, rng):
        return Sizes(int(rng.choice([90, 110])), 150)

    def train(self, config, seed, recipe, data, device):
        exploding = replace(recipe, max_gradient_norm=math.inf, constant_epochs=1, decay=1e-30)
        return super().train(config, seed, exploding if config.n_cells == 110 else recipe, data, device)


def test_exploding_training_keeps_its_finite_rows(tmp_path):
    write_treebank(tmp_path / "data")
    settings = {"data_root": tmp_path / "data", "n_configs": 2, "seed": 0}
    record(OneExplodes(), TINY, out=tmp_path / "out", devices=["cpu"], **settings)
    curves, configs, _, _ = read_tables(tmp_path / "out")
    of_cells = {row["hp_n_cells"]: row for row in configs.iter_rows(named=True)}
    assert (of_cells[90]["status"], of_cells[110]["status"]) == ("completed", "diverged")
    assert of_cells[110]["reason"].endswith("not finite in epoch 2")
    assert curves.filter(config_id=of_cells[110]["config_id"])["epoch"].to_list() == [1]
    corpus = read_corpus(tmp_path / "out")
    assert corpus.final_scores.min() == -8


def test_perplexity_beyond_floats_is_infinite_not_an_error(data):
    recipe = replace(TINY, initial_range=1e4, learning_rate=0.0)
    ((value, _, valid_loss), *_) = curve(SMALL, recipe, data)
    assert value == math.inf
    assert math.isfinite(valid_loss)
