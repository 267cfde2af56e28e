"""Schedulers by name, through `simlab.simulate` and the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import simlab
from simlab.cli.app import app
from simlab.corpus import write_corpus
from simlab.errors import SettingError, UnknownNameError
from simlab.policies import Never, PolicySettings
from simlab.schedulers import SCHEDULERS, HalvingSettings, build_strategies
from tests.synthetic import synthetic_corpus, synthetic_tables

POLICIES = PolicySettings(thresholds=(0.9,), burn_in=15)
SETTINGS = HalvingSettings(max_epochs=27, runs=4)


def simulated(corpus, schedulers, *, settings=SETTINGS, **options):
    built = build_strategies(schedulers, ["last-seen"], POLICIES, settings)
    return simlab.simulate(corpus, [Never(), *built], orderings=3, **options)


@pytest.mark.parametrize("workers", [1, 4])
def test_every_scheduler_is_replayed_over_the_same_orderings(workers):
    corpus = synthetic_corpus(120, 27, seed=2)
    result = simulated(corpus, list(SCHEDULERS), workers=workers)
    assert [run.policy for run in result.summaries] == ["never", "last-seen", *list(SCHEDULERS)[1:]]
    started = result.trials.filter(start=0.0, position=0).sort("run").partition_by("ordering")
    assert all(one["config_id"].n_unique() == 1 for one in started)
    spent = {run.policy: run.epochs_spent for run in result.summaries}
    assert spent["fast-hyperband"] < spent["hyperband"] < spent["never"] * 4


def test_hyperband_outlasts_the_corpus_and_repeats_itself():
    corpus = synthetic_corpus(30, 27, seed=2)
    once, again = (simulated(corpus, ["hyperband"], n_jobs=jobs) for jobs in (1, 2))
    assert once.trials.equals(again.trials)
    own = once.trials.filter(run=1, ordering=0)
    assert own.height > 30 == own["config_id"].n_unique()
    orders = [own["config_id"].to_list()[first : first + 30] for first in (0, 30)]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_settings_stand_in_the_output():
    result = simulated(synthetic_corpus(60, 27), ["hyperband", "fast-hyperband"])
    plain, fast = result.provenance["policies"][1:]
    assert plain["inside"] == "never"
    assert {
        "max_epochs": 27,
        "eta": 3,
        "preset": "li2017",
        "runs": 4,
        "cost": "continue",
    }.items() <= plain.items()
    assert (fast["threshold"], fast["keep"], fast["keep_of"], fast["learned_from"]) == (0.9, 1.0, "next", 15)


def test_retraining_costs_what_the_table_says():
    corpus = synthetic_corpus(200, 27)
    result = simulated(corpus, ["hyperband"], settings=HalvingSettings(max_epochs=27, cost="retrain"))
    brackets = simlab.schedulers.make_brackets(27)
    assert result.summaries[1].epochs_spent == sum(one.cost("retrain") for one in brackets)


def test_bad_names():
    with pytest.raises(UnknownNameError, match="hyperband"):
        build_strategies(["hyperbnad"], ["srm"], POLICIES, SETTINGS)
    with pytest.raises(SettingError, match="must name a predictor"):
        build_strategies(["fast-hyperband"], ["never"], POLICIES, SETTINGS)


def test_the_command(tmp_path):
    curves, configs, metric = synthetic_tables(60, 27)
    write_corpus(tmp_path / "toy", curves, configs, metric, {"name": "toy"})
    options = "--scheduler hyperband --scheduler fast-hyperband --policy last-seen --burn-in 15 --runs 3"
    command = ["simulate", str(tmp_path / "toy"), *options.split(), "--orderings", "2", "--json"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert [run["policy"] for run in json.loads(shown.stdout)["runs"]] == ["hyperband", "fast-hyperband"]


def test_impossible_epochs_are_refused_on_the_command_line(tmp_path):
    curves, configs, metric = synthetic_tables(10, 9)
    write_corpus(tmp_path / "toy", curves, configs, metric, {"name": "toy"})
    command = ["simulate", str(tmp_path / "toy"), "--scheduler", "hyperband", "--max-epochs", "0"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 2
    assert "max_epochs must be 1 or more, not 0" in shown.output


def test_a_predictor_that_learns_from_the_prefix_waits_for_nobody():
    (lce,) = build_strategies(["fast-hyperband"], ["lce"], POLICIES, SETTINGS)
    (last_seen,) = build_strategies(["fast-hyperband"], ["last-seen"], POLICIES, SETTINGS)
    assert (lce.rule.burn_in, last_seen.rule.burn_in) == (0, 15)
