"""What importing simlab and starting its command line load: little, so that both are fast."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"altair", "pandas", "polars", "pyarrow", "scipy", "sklearn", "torch", "vl_convert"}
REPORT = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"


def loaded_after(code):
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"], check=True, capture_output=True, text=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_simlab_loads_nothing_heavy():
    assert loaded_after("import simlab") & HEAVY == set()


def test_help_of_the_command_line_loads_nothing_heavy():
    start = (
        "import contextlib, sys; from simlab.cli import main; sys.argv = ['simlab', '--help']\n"
        "with contextlib.suppress(SystemExit): main()"
    )
    assert loaded_after(start) & HEAVY == set()


def test_a_replay_without_predictions_loads_no_statistics_and_no_learning():
    run = (
        "import simlab; from simlab.policies import PolicySettings, build_policies\n"
        "corpus = simlab.load('metaqnn-cifar10')\n"
        "policies = build_policies(['never', 'median-optuna'], PolicySettings())\n"
        "simlab.simulate(corpus, policies, orderings=2).summary()\n"
        "assert 'scipy.stats' not in sys.modules"
    )
    assert loaded_after("import sys\n" + run) & {"altair", "numba", "pandas", "sklearn"} == set()


@pytest.mark.parametrize(
    "package", ["simlab.cli", "simlab.charts", "simlab.measures", "simlab.simulator", "generators"]
)
def test_torch_is_never_imported(package):
    assert "torch" not in loaded_after(f"import {package}")
