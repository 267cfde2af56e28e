"""HpBandSter's brackets, recorded from the package, are those of ``li2017-table``, but for its lost ones."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from simlab.schedulers import make_brackets

#: Powers (R, eta) whose logarithm comes out a little too small: ``-int(log(1 / R) / log(eta))``.
LOST = [(243, 3), (10, 10), (100, 10), (1000, 10), (10000, 10)]


def read_tables():
    """Return for each (R, eta) its brackets, each a list of (configurations, epochs)."""
    tables = defaultdict(lambda: defaultdict(list))
    with Path(__file__).with_name("hpbandster_0.7.4.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            case = int(row["max_epochs"]), int(row["eta"])
            tables[case][int(row["bracket"])].append((int(row["configs"]), float(row["epochs"])))
    return {case: list(brackets.values()) for case, brackets in tables.items()}


TABLES = read_tables()


def rungs(max_epochs, eta):
    return [
        [(rung.configs, float(rung.epochs_real)) for rung in bracket.rungs]
        for bracket in make_brackets(max_epochs, eta, "li2017-table")
    ]


def assert_same(theirs, ours):
    assert [[configs for configs, _ in bracket] for bracket in theirs] == [
        [configs for configs, _ in bracket] for bracket in ours
    ]
    for their_bracket, our_bracket in zip(theirs, ours, strict=True):
        assert [epochs for _, epochs in their_bracket] == pytest.approx(
            [epochs for _, epochs in our_bracket], rel=1e-12
        )


def test_enough_was_recorded():
    assert len(TABLES) >= 30
    assert set(LOST) < set(TABLES)


@pytest.mark.parametrize("case", [case for case in TABLES if case not in LOST], ids=str)
def test_the_same_brackets(case):
    assert_same(TABLES[case], rungs(*case))


@pytest.mark.parametrize(("max_epochs", "eta"), LOST)
def test_a_bracket_is_lost_by_the_float_logarithm(max_epochs, eta):
    """What is left are the sizes of R / eta, each for eta times as many epochs."""
    smaller = [
        [(configs, epochs * eta) for configs, epochs in bracket] for bracket in rungs(max_epochs // eta, eta)
    ]
    assert_same(TABLES[max_epochs, eta], smaller)
    assert len(rungs(max_epochs, eta)) == len(TABLES[max_epochs, eta]) + 1
