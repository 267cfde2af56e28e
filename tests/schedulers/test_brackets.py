import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from simlab.cli.app import app
from simlab.errors import SettingError, UnknownNameError
from simlab.schedulers import PRESETS, make_brackets
from simlab.schedulers.brackets import ceil_log, floor_log, nearest_log


def first_rungs(max_epochs, preset):
    return [bracket.rungs[0].configs for bracket in make_brackets(max_epochs, 3, preset)]


@pytest.mark.parametrize(
    ("preset", "max_epochs", "expected"),
    [
        ("li2017", 81, [81, 34, 15, 8, 5]),
        ("li2017", 243, [243, 98, 41, 18, 9, 6]),
        ("li2017", 60, [27, 12, 6, 4]),
        ("li2017-table", 81, [81, 27, 9, 6, 5]),
        ("li2017-table", 60, [27, 9, 6, 4]),
        ("keras-tuner", 243, [243, 98, 41, 18, 9, 6]),
        ("keras-tuner", 60, [34, 15, 8, 5]),
        ("ray", 81, [5, 8, 15, 34, 81]),
        ("ray", 60, [5, 8, 15, 34]),
        ("as-printed", 81, [101, 45, 23, 15, 405]),
        ("as-printed", 60, [36, 18, 12, 240]),
    ],
)
def test_first_rungs_are_those_of_the_implementations(preset, max_epochs, expected):
    assert first_rungs(max_epochs, preset) == expected


def test_the_table_in_the_hyperband_paper():
    table = {
        4: [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        3: [(27, 3), (9, 9), (3, 27), (1, 81)],
        2: [(9, 9), (3, 27), (1, 81)],
        1: [(6, 27), (2, 81)],
        0: [(5, 81)],
    }
    made = make_brackets(81, 3, "li2017-table")
    assert {one.number: [(rung.configs, rung.epochs) for rung in one.rungs] for one in made} == table


def test_keras_tuner_rounds_everything_up():
    rungs = make_brackets(60, 3, "keras-tuner")[0].rungs
    assert [(rung.configs, rung.epochs) for rung in rungs] == [(34, 3), (12, 7), (4, 20), (2, 60)]


def test_real_epochs_are_kept_beside_the_whole_ones():
    rungs = make_brackets(60)[0].rungs
    assert [rung.epochs_real for rung in rungs] == [Fraction(60, 27), Fraction(60, 9), 20, 60]
    assert [rung.epochs for rung in rungs] == [2, 6, 20, 60]
    rounded = make_brackets(60, rounding="round")[0].rungs
    assert [rung.epochs for rung in rounded] == [2, 7, 20, 60]


def test_the_number_of_brackets_is_exact_for_every_power_below_a_billion():
    for base in range(2, 32_000):
        power, exponent = base, 1
        while power < 10**9:
            assert floor_log(power, base) == ceil_log(power, base) == nearest_log(power, base) == exponent
            assert floor_log(power - 1, base) == exponent - 1
            assert ceil_log(power + 1, base) == exponent + 1
            power, exponent = power * base, exponent + 1


def test_the_float_logarithm_would_lose_a_bracket():
    lost = [(base, k) for base in (3, 10) for k in range(1, 18) if math.floor(math.log(base**k, base)) != k]
    assert (3, 5) in lost
    assert all(floor_log(base**k, base) == k for base, k in lost)


@given(st.integers(1, 2000), st.integers(2, 7), st.sampled_from(sorted(PRESETS)))
def test_rungs_shrink_in_size_and_grow_in_epochs(max_epochs, eta, preset):
    for bracket in make_brackets(max_epochs, eta, preset):
        sizes = [rung.configs for rung in bracket.rungs]
        epochs = [rung.epochs for rung in bracket.rungs]
        assert len(bracket.rungs) == bracket.number + 1
        assert sizes == sorted(sizes, reverse=True)
        assert min(sizes) >= 1
        assert epochs == sorted(epochs)
        assert epochs[0] >= 1
        assert epochs[-1] == max_epochs


@given(st.integers(1, 300), st.integers(2, 5))
def test_cost_counted_epoch_by_epoch(max_epochs, eta):
    for bracket in make_brackets(max_epochs, eta):
        trained = [0] * bracket.rungs[0].configs
        retrained = 0
        for rung in bracket.rungs:
            retrained += rung.configs * rung.epochs
            trained[: rung.configs] = [rung.epochs] * rung.configs
        assert bracket.cost("continue") == sum(trained)
        assert bracket.cost("retrain") == retrained


@pytest.mark.parametrize(("max_epochs", "eta"), [(0, 3), (-5, 3), (81, 1), (81, 0)])
def test_impossible_budgets_are_refused(max_epochs, eta):
    with pytest.raises(SettingError, match="or more"):
        make_brackets(max_epochs, eta)


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="li2017"):
        make_brackets(81, preset="li2018")
    with pytest.raises(UnknownNameError, match="floor"):
        make_brackets(81, rounding="flor")


def test_the_command_prints_table_and_json():
    shown = CliRunner().invoke(app, ["brackets", "--max-epochs", "81"])
    assert shown.exit_code == 0
    assert "81 x 1" in shown.stdout
    told = json.loads(CliRunner().invoke(app, ["brackets", "--max-epochs", "243", "--json"]).stdout)
    assert told["brackets"][0]["rungs"][0] == {"configs": 243, "epochs": 1, "epochs_real": 1.0}
    assert set(told["cost"]) == {"continue", "retrain"}
