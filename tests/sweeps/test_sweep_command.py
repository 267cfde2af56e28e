"""``simlab sweep``."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simlab.cli.app import app
from simlab.simulator import SimulationResult

DECLARED = """
corpora = ["metaqnn-cifar10", "metaqnn-cifar10-elrd"]
orderings = 2
block = 1

[[grids]]
policy = "last-seen"
threshold = [0.9, 0.99]
"""


@pytest.fixture
def declared(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text(DECLARED)
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["sweep", *map(str, arguments)])


def test_a_table_for_each_corpus_and_files_that_everything_reads(tmp_path, declared):
    shown = run(declared, "-o", tmp_path / "out", "--n-jobs", 1)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.count("last-seen") >= 4
    assert "metaqnn-cifar10" in shown.stdout
    assert "metaqnn-cifar10-elrd" in shown.stdout
    assert SimulationResult.read(tmp_path / "out" / "metaqnn-cifar10-elrd.parquet").summary().height == 2
    chart = tmp_path / "chart.svg"
    plotted = CliRunner().invoke(
        app, ["plot", str(tmp_path / "out" / "metaqnn-cifar10.parquet"), "-o", str(chart)]
    )
    assert plotted.exit_code == 0
    assert chart.read_text().startswith("<svg")


def test_json_is_that_of_simulate(tmp_path, declared):
    told = json.loads(run(declared, "-o", tmp_path / "out", "--n-jobs", 1, "--json").stdout)["results"]
    assert [one["corpus"] for one in told] == ["metaqnn-cifar10", "metaqnn-cifar10-elrd"]
    options = ["--policy", "last-seen", "--threshold", "0.9", "--threshold", "0.99", "--orderings", "2"]
    same = CliRunner().invoke(app, ["simulate", "metaqnn-cifar10-elrd", *options, "--n-jobs", "1", "--json"])
    assert json.loads(same.stdout) == told[1]


def test_a_mistake_in_the_file_is_one_message(tmp_path, declared):
    declared.write_text(DECLARED.replace("policy", "polcy"))
    result = run(declared, "-o", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        f"error: {declared}: grid 1: unknown setting 'polcy' (did you mean 'policy'?)"
    )
