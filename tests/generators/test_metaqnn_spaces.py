"""The search spaces of MetaQNN networks, against Table 3 of the paper as read from an architecture's text."""

from __future__ import annotations

import re
from dataclasses import asdict
from itertools import pairwise

import pytest

from generators.draws import draw_configs
from generators.spaces.metaqnn_cifar10 import METAQNN_CIFAR10
from generators.spaces.metaqnn_cifar10_elrd import METAQNN_CIFAR10_ELRD
from generators.spaces.metaqnn_svhn import METAQNN_SVHN
from generators.spaces.metaqnn_svhn_standin import METAQNN_SVHN_STANDIN

DEPTHS = {METAQNN_CIFAR10.name: 18, METAQNN_SVHN.name: 12}
LAYER = re.compile(r"C\((64|128|256|512),(1|3|5)\)|P\((5,3|3,2|2,2)\)|FC\((512|256|128)\)")
KINDS = re.compile(r"C(P?C)*P?(F{1,2}S|GS)")  # which kind may follow which


def violations(text: str, max_depth: int) -> list[str]:
    """Return what is wrong with an architecture."""
    *layers, ending = text.replace("-GAP-SM", "-GS").replace("-SM", "-S").split("-")
    found = [f"{layer} is no layer" for layer in layers if not LAYER.fullmatch(layer)]
    kinds = "".join(layer[0] for layer in layers) + ending
    if not KINDS.fullmatch(kinds):
        found.append(f"order {kinds}")
    if not 1 <= len(layers) <= max_depth:
        found.append(f"{len(layers)} layers")
    size, narrowest, first_dense = 32, 512, True
    for kind, one, other in re.findall(r"(\w+)\((\d+),?(\d*)\)", "-".join(layers)):
        receptive = {"C": other, "P": one, "FC": 1}[kind]
        if int(receptive) > size:
            found.append(f"{kind} of {receptive} on {size}")
        if kind == "P":
            size = 1 + (size - int(one)) // int(other)
        if kind == "FC":
            if first_dense and size >= 8:
                found.append(f"FC on {size}")
            if int(one) > narrowest:
                found.append(f"FC of {one} after {narrowest}")
            narrowest, first_dense = int(one), False
    return found


@pytest.fixture(scope="module", params=[METAQNN_CIFAR10, METAQNN_SVHN], ids=lambda space: space.name)
def drawn(request):
    return request.param, [str(draw.config) for draw in draw_configs(request.param, 0, 10_000)]


def test_10_000_draws_are_valid_and_distinct(drawn):
    space, texts = drawn
    wrong = {text: found for text in texts if (found := violations(text, DEPTHS[space.name]))}
    assert not wrong
    assert len(set(texts)) == 10_000


def test_draws_reach_the_largest_depth(drawn):
    space, texts = drawn
    assert max(text.count("(") for text in texts) == DEPTHS[space.name]


@pytest.mark.parametrize(
    "text",
    [
        "P(2,2)-C(64,3)-GAP-SM",
        "C(64,3)-P(2,2)-P(2,2)-GAP-SM",
        "C(64,3)-FC(128)-SM",
        "C(64,3)-P(2,2)-C(64,3)-P(2,2)-FC(128)-SM",
        "C(64,3)-P(5,3)-C(64,3)-P(3,2)-FC(128)-FC(256)-SM",
        "C(64,3)-P(5,3)-C(64,3)-P(3,2)-FC(128)-FC(128)-FC(128)-SM",
        "C(64,3)-P(5,3)-C(64,3)-P(5,3)-C(64,3)-GAP-SM",
        "C(64,2)-GAP-SM",
        "-".join(["C(64,3)"] * 19) + "-GAP-SM",
    ],
)
def test_checker_finds_what_is_wrong(text):
    assert violations(text, 18)


def test_exponential_decay_trains_the_networks_of_the_other_corpus():
    assert draw_configs(METAQNN_CIFAR10_ELRD, 3, 1000) == draw_configs(METAQNN_CIFAR10, 3, 1000)
    for name, recipe in METAQNN_CIFAR10_ELRD.recipes.items():
        other = asdict(METAQNN_CIFAR10.recipes[name])
        differing = {key for key, value in asdict(recipe).items() if value != other.get(key)}
        assert differing <= {"schedule", "decay", "drop_epochs", "drop_factor"}


@pytest.mark.parametrize("name", ["paper", "mini"])
def test_decay_is_exponential_after_the_warm_up(name):
    recipe = METAQNN_CIFAR10_ELRD.recipes[name]
    rates = [recipe.learning_rate_at(epoch / 2) for epoch in range(2, 41)]
    assert rates[0] == pytest.approx(recipe.learning_rate * recipe.decay)
    ratios = [after / before for before, after in pairwise(rates)]
    assert ratios == pytest.approx([recipe.decay**0.5] * 38)


def test_stand_in_draws_the_networks_of_the_original():
    assert draw_configs(METAQNN_SVHN_STANDIN, 0, 200) == draw_configs(METAQNN_SVHN, 0, 200)
    assert METAQNN_SVHN_STANDIN.recipes["mini"] == METAQNN_SVHN.recipes["mini"]


def test_digits_are_not_mirrored():
    assert not any(recipe.mirror for recipe in METAQNN_SVHN.recipes.values())


def test_paper_uses_all_published_training_images():
    recipe = METAQNN_SVHN.recipes["paper"]
    assert (recipe.n_train + recipe.n_valid, recipe.epochs) == (73_257, 20)
    assert recipe.restart_below > 0.19  # what the most frequent digit gives


def test_cards_say_what_is_trained():
    card = METAQNN_SVHN_STANDIN.explain(METAQNN_SVHN_STANDIN.recipes["mini"])
    assert card.startswith("> **This is not SVHN.**")
    assert "each trained on a stand-in for SVHN\nfor 20 epochs" in card
    paper = METAQNN_SVHN.explain(METAQNN_SVHN.recipes["paper"])
    assert "up to 12 layers on SVHN" in paper
    assert "68,257 training images" in paper
    decaying = METAQNN_CIFAR10_ELRD.explain(METAQNN_CIFAR10_ELRD.recipes["paper"])
    assert "falling exponentially by a factor of 0.725 per epoch" in decaying
    assert "up to 18 layers on CIFAR-10" in decaying
