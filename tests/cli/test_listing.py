"""``simlab policies`` and ``simlab schedulers``, and the options that belong to what they list."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simlab.cli.app import app
from simlab.policies import PolicySettings, build_policies, policy_names
from simlab.schedulers import SCHEDULERS


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.mark.parametrize(
    ("command", "names"), [("policies", policy_names()), ("schedulers", list(SCHEDULERS))]
)
def test_every_name_has_its_line(command, names):
    listed = json.loads(run(command, "--json").stdout)
    assert list(listed) == names
    assert all(summary.endswith((".", ")")) for summary in listed.values())
    table = run(command).stdout.splitlines()[1:]
    assert [line.split()[0] for line in table] == names
    assert all(listed[line.split()[0]] in line for line in table)


def simulate(*arguments):
    result = run("simulate", "lemur-cifar10", "--orderings", 1, "--n-jobs", 1, "--json", *arguments)
    if result.exit_code:
        return result.stderr
    return [one["settings"] for one in json.loads(result.stdout)["runs"]]


def test_settings_reach_the_policies():
    patient, median, ray = simulate(
        *("--policy", "patience", "--policy", "median-optuna", "--policy", "median-ray"),
        *("--patience", 3, "--percentile", 25, "--min-epochs", 4, "--check-every", 2),
    )
    assert (patient["epochs"], patient["min_epochs"], patient["check_every"]) == (3, 4, 2)
    assert (median["percentile"], median["grace"]) == (25, 1)
    assert (ray["percentile"], ray["grace"], ray["average_from"]) == (25, 4, 4)


def test_wandb_begins_at_the_first_epoch_that_is_asked_for():
    (policy,) = build_policies(["wandb"], PolicySettings(min_epochs=3))
    assert policy.settings()["min_iter"] == 3


def test_fast_hyperband_refuses_what_it_would_ignore():
    assert "leave out --min-epochs" in simulate(
        "--scheduler", "fast-hyperband", "--policy", "last-seen", "--burn-in", 20, "--min-epochs", 3
    )
