"""Sweeps declared in TOML: the same declaration as in Python, or one error that names the file."""

from __future__ import annotations

import textwrap

import pytest

from simlab.errors import SettingError
from simlab.simulator import Budget, Failures, Scenario
from simlab.sweeps import Sweep


def toml(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(textwrap.dedent(text))
    return path


WHOLE = """
    corpora = ["metaqnn-cifar10"]
    orderings = 3
    block = 2
    seed = 7
    clock = "epochs"
    record = "decisions"

    [[grids]]
    policy = "last-seen"
    threshold = [0.95, 1]

    [[grids]]
    scheduler = "asha"
    eta = 4
    """


def test_toml_is_the_same_declaration(tmp_path):
    assert Sweep.from_toml(toml(tmp_path, WHOLE)) == Sweep(
        corpora=["metaqnn-cifar10"],
        orderings=3,
        block=2,
        seed=7,
        clock="epochs",
        record="decisions",
        grids=[{"policy": "last-seen", "threshold": [0.95, 1]}, {"scheduler": "asha", "eta": 4}],
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "orderings =",
            "ordering =",
            r"unknown key 'ordering' \(did you mean 'orderings'\?\). Known: corpora, ",
        ),
        ("threshold =", "thresold =", r"grid 1: unknown setting 'thresold' \(did you mean 'threshold'\?\)"),
        ("seed = 7", 'seed = "7"', "seed must be a whole number, not '7'"),
        ("seed = 7", "seed = true", "seed must be a whole number, not True"),
        ('"epochs"', '"epoch"', "clock must be 'auto' or 'seconds' or 'epochs' or a number, not 'epoch'"),
        ('"decisions"', '"all"', "record must be 'events' or 'decisions' or 'trials', not 'all'"),
        ('["metaqnn-cifar10"]', '"metaqnn-cifar10"', "corpora must be a list, each text, not 'metaqnn"),
        ('["metaqnn-cifar10"]', "[1]", r"corpora must be a list, each text, not \[1\]"),
        ("[[grids]]", "[[grid]]", r"unknown key 'grid' \(did you mean 'grids'\?\)"),
        ("eta = 4", "eta = ", "cannot be read as TOML: .*line 15"),
        ('"asha"', '"ahsa"', "grid 2: unknown scheduler 'ahsa'; did you mean 'asha'"),
    ],
)
def test_an_error_in_toml_names_the_file(tmp_path, old, new, message):
    path = toml(tmp_path, WHOLE.replace(old, new))
    with pytest.raises(SettingError, match=rf"^{path}: {message}"):
        Sweep.from_toml(path)


SCENARIO = """
    [scenario]
    start_up = 1
    decision_cost = [0.5, 0.5, 1]
    budget = { epochs = 100 }

    [scenario.failures]
    rate = 0.1
    """


def test_toml_holds_a_scenario(tmp_path):
    read = Sweep.from_toml(toml(tmp_path, WHOLE + SCENARIO))
    assert read.scenario == Scenario(
        start_up=1, decision_cost=(0.5, 0.5, 1), budget=Budget(epochs=100), failures=Failures(rate=0.1)
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("start_up", "startup", r"unknown setting of the scenario 'startup' \(did you mean 'start_up'\?\)"),
        ("rate = 0.1", "rat = 0.1", r"unknown setting of scenario.failures 'rat' \(did you mean 'rate'\?\)"),
        ("rate = 0.1", "repair = 1", "scenario.failures: missing 1 required keyword-only argument: 'rate'"),
        ("[0.5, 0.5, 1]", '"high"', "decision_cost must be a number or a list, each a number, not 'high'"),
        ("start_up = 1", "start_up = -1", "start_up must be finite and 0 or more, not -1"),
        ("epochs = 100", "epochs = 0", "a budget in epochs must be a whole number of 1 or more, not 0"),
    ],
)
def test_an_error_in_a_scenario_names_the_file(tmp_path, old, new, message):
    path = toml(tmp_path, (WHOLE + SCENARIO).replace(old, new))
    with pytest.raises(SettingError, match=rf"^{path}: {message}"):
        Sweep.from_toml(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(SettingError, match=r"cannot be read as TOML: .*No such file"):
        Sweep.from_toml(tmp_path / "none.toml")
