from __future__ import annotations

import numpy as np
import pytest

from generators.draws import draw_configs
from generators.metaqnn.architecture import Architecture, Conv, Dense, Pool, next_layers, sample_architecture
from generators.spaces.metaqnn_cifar10 import MAX_DEPTH, METAQNN_CIFAR10
from simlab.errors import SettingError
from tests.generators.toy import ToySpace

FIRST_DRAWS = [
    ("0000", "C(64,1)-C(512,1)-P(2,2)-GAP-SM", 3581274545),
    ("0001", "C(128,5)-GAP-SM", 3613627650),
]


@pytest.fixture(scope="module")
def sampled():
    rng = np.random.default_rng(0)
    return [sample_architecture(rng, MAX_DEPTH) for _ in range(5000)]


def steps(architecture):
    """Yield every layer with the one before it and the size of the map it sees."""
    size, before = 32, None
    for layer in architecture.layers:
        yield before, layer, size
        if isinstance(layer, Pool):
            size = len(range(0, size - layer.kernel + 1, layer.stride))  # count the windows
        before = layer


def test_depth_is_between_1_and_18(sampled):
    depths = {len(architecture.layers) for architecture in sampled}
    assert depths == set(range(1, 19))


def test_layers_have_the_parameters_of_table_3(sampled):
    layers = {layer for architecture in sampled for layer in architecture.layers}
    convs = {Conv(channels, kernel) for channels in (64, 128, 256, 512) for kernel in (1, 3, 5)}
    pools = {Pool(5, 3), Pool(3, 2), Pool(2, 2)}
    assert layers == convs | pools | {Dense(512), Dense(256), Dense(128)}


def test_transitions_follow_table_3(sampled):
    for architecture in sampled:
        for before, layer, size in steps(architecture):
            match layer:
                case Conv():
                    assert not isinstance(before, Dense)
                    assert layer.kernel <= size
                case Pool():
                    assert isinstance(before, Conv)
                    assert layer.kernel <= size
                case Dense():
                    assert before is not None
                    assert isinstance(before, Dense) or size < 8


def test_at_most_two_dense_layers_that_never_widen(sampled):
    for architecture in sampled:
        widths = [layer.width for layer in architecture.layers if isinstance(layer, Dense)]
        assert len(widths) <= 2
        assert widths == sorted(widths, reverse=True)


def test_every_transition_of_table_3_occurs(sampled):
    kinds = {
        (type(before), type(layer)) for architecture in sampled for before, layer, _ in steps(architecture)
    }
    from_conv = {(Conv, Conv), (Conv, Pool), (Conv, Dense)}
    assert kinds == from_conv | {(type(None), Conv), (Pool, Conv), (Pool, Dense), (Dense, Dense)}


def test_dense_needs_a_map_below_8():
    to_8 = (Conv(64, 1), Pool(2, 2), Conv(64, 1), Pool(2, 2), Conv(64, 1))
    assert not any(isinstance(layer, Dense) for layer in next_layers(to_8, MAX_DEPTH))
    to_7 = (Conv(64, 1), Pool(2, 2), Conv(64, 1), Pool(3, 2), Conv(64, 1))
    assert Architecture(to_7).size == 7
    assert any(isinstance(layer, Dense) for layer in next_layers(to_7, MAX_DEPTH))


def test_receptive_field_must_fit():
    conv = Conv(64, 1)
    to_2 = (conv, Pool(5, 3), conv, Pool(5, 3), conv)
    assert Architecture(to_2).size == 2
    allowed = next_layers(to_2, MAX_DEPTH)
    assert {layer.kernel for layer in allowed if isinstance(layer, Conv)} == {1}
    assert [layer for layer in allowed if isinstance(layer, Pool)] == [Pool(2, 2)]


def test_choices_are_uniform():
    rng = np.random.default_rng(1)
    firsts = [str(sample_architecture(rng, max_depth=1)) for _ in range(12_000)]
    _, counts = np.unique(firsts, return_counts=True)
    assert len(counts) == 12
    assert abs(counts - 1000).max() < 5 * np.sqrt(1000)


def test_draws_are_distinct():
    keys = [str(draw.config) for draw in draw_configs(METAQNN_CIFAR10, 0, 1500)]
    assert len(set(keys)) == 1500


def test_draws_depend_on_seed_and_index_alone():
    longer = draw_configs(METAQNN_CIFAR10, 0, 300)
    assert draw_configs(METAQNN_CIFAR10, 0, 120) == longer[:120]
    assert draw_configs(METAQNN_CIFAR10, 1, 120) != longer[:120]
    assert len({draw.seed for draw in longer}) == 300


def test_first_draws_never_change():
    """The corpus that ships is a recording of these: other draws would make it impossible to grow."""
    draws = draw_configs(METAQNN_CIFAR10, 0, 2)
    assert [(draw.config_id, str(draw.config), draw.seed) for draw in draws] == FIRST_DRAWS


def test_exhausted_space_says_so():
    with pytest.raises(SettingError, match=r"'toy': no new configuration in .* after 5 others"):
        draw_configs(ToySpace(n_values=5), 0, 6)
