from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from generators.draws import draw_configs
from generators.lstm.card import write_description
from generators.lstm.recipe import MINI, PAPER
from generators.lstm.sizes import Sizes, sample_sizes
from generators.registry import get_space
from generators.spaces.lstm_ptb import LSTM_PTB
from simlab.errors import SettingError

WIDTHS = list(range(10, 1400, 20))  # Appendix A of the paper: 10 to 1400 in steps of 20

FIRST_DRAWS = [("LSTM(cells=30,inputs=790)", 3581274545), ("LSTM(cells=670,inputs=1330)", 3613627650)]


@pytest.fixture(scope="module")
def sampled():
    rng = np.random.default_rng(0)
    draws = [sample_sizes(rng) for _ in range(10_000)]
    return np.array([(draw.n_cells, draw.n_inputs) for draw in draws])


def test_sizes_are_those_of_the_appendix(sampled):
    assert np.unique(sampled[:, 0]).tolist() == WIDTHS
    assert np.unique(sampled[:, 1]).tolist() == WIDTHS


def test_pairs_are_equally_likely(sampled):
    for column in sampled.T:
        assert stats.chisquare(np.unique(column, return_counts=True)[1]).pvalue > 1e-3
    sevenths = (sampled - 10) // 200  # 7 x 7 blocks of 10 x 10 pairs
    counts = np.bincount(7 * sevenths[:, 0] + sevenths[:, 1], minlength=49)
    assert counts.sum() == 10_000
    assert stats.chisquare(counts).pvalue > 1e-3


def test_every_pair_can_be_drawn_once_and_no_more():
    drawn = draw_configs(LSTM_PTB, 0, 4900)
    pairs = {(draw.config.n_cells, draw.config.n_inputs) for draw in drawn}
    assert pairs == {(cells, inputs) for cells in WIDTHS for inputs in WIDTHS}
    with pytest.raises(SettingError, match=r"'lstm-ptb': no new configuration in .* after 4900 others"):
        draw_configs(LSTM_PTB, 0, 4901)


def test_draws_depend_on_seed_and_index_alone():
    longer = draw_configs(LSTM_PTB, 0, 300)
    assert draw_configs(LSTM_PTB, 0, 50) == longer[:50]
    assert draw_configs(LSTM_PTB, 1, 50) != longer[:50]


def test_first_draws_never_change():
    """A corpus that ships is a recording of these: other draws would make it impossible to grow."""
    assert [(str(draw.config), draw.seed) for draw in draw_configs(LSTM_PTB, 0, 2)] == FIRST_DRAWS


def test_text_tells_the_configuration(sampled):
    texts = {LSTM_PTB.key(Sizes(*pair)) for pair in sampled.tolist()}
    assert len(texts) == len(np.unique(sampled, axis=0))
    assert LSTM_PTB.key(Sizes(30, 1390)) == "LSTM(cells=30,inputs=1390)"


def test_mini_keeps_all_sizes_apart():
    shrunk = [Sizes(width, 1390 + 10 - width).shrunk(MINI.width_divisor) for width in WIDTHS]
    assert [sizes.n_cells for sizes in shrunk] == list(range(1, 71))
    assert [sizes.n_inputs for sizes in shrunk] == list(range(70, 0, -1))


def test_columns_are_weights_and_layers_and_the_sizes_as_drawn():
    columns = LSTM_PTB.describe(Sizes(30, 1390), MINI)
    assert list(columns) == ["ap_n_weights", "ap_n_layers", "hp_n_cells", "hp_n_inputs"]
    assert (columns["hp_n_cells"], columns["hp_n_inputs"]) == (30, 1390)
    assert columns["ap_n_weights"] == 400 * 70 + 4 * 2 * (70 + 2 + 2) + 3 * 400
    assert columns["ap_n_weights"] < LSTM_PTB.describe(Sizes(30, 1390), PAPER)["ap_n_weights"]


@pytest.mark.parametrize("recipe", LSTM_PTB.recipes.values(), ids=LSTM_PTB.recipes)
def test_recipes_are_the_papers_where_it_speaks(recipe):
    assert (recipe.epochs, recipe.batch_size, recipe.dropout, recipe.vocabulary_size) == (60, 50, 0.5, 400)
    assert recipe.n_train % recipe.batch_size == recipe.n_valid % recipe.batch_size == 0


def test_worst_value_is_the_vocabulary():
    for recipe in (*LSTM_PTB.recipes.values(), replace(PAPER, vocabulary_size=900)):
        metric = LSTM_PTB.metric(recipe)
        assert metric.worst == recipe.vocabulary_size
        assert (metric.direction, metric.bounds) == ("minimize", (1, np.inf))


def test_learning_rate_is_constant_and_then_falls():
    recipe = replace(PAPER, learning_rate=2.0, constant_epochs=3, decay=2.0)
    assert [recipe.learning_rate_in(epoch) for epoch in range(1, 7)] == [2, 2, 2, 1, 0.5, 0.25]


def test_space_is_registered():
    assert get_space("lstm-ptb") is LSTM_PTB


def test_card_says_what_differs_between_recipes():
    paper, mini = write_description(PAPER), write_description(MINI)
    assert "929,550 words are predicted" in paper
    assert "small recipe for a CPU" in mini
    assert "small recipe for a CPU" not in paper
    for card in (paper, mini):
        assert "read as the vocabulary" in card
        assert "4,900 pairs" in card
        assert "{" not in card
