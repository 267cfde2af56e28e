"""A sweep gives what simulations give, byte by byte, however it was cut up, interrupted and spread."""

from __future__ import annotations

import importlib
import json

import polars as pl
import pytest

import simlab
from simlab.errors import CorpusError, SettingError, SimlabError, UnknownNameError
from simlab.policies import Decision, Never, Patience, Policy
from simlab.predictions import PredictionStore
from simlab.schedulers import AsynchronousHalving
from simlab.simulator import Failures, Scenario, SimulationResult, Stragglers
from simlab.sweeps import Sweep
from simlab.sweeps.cell import Cell
from tests.simulator.toys import motley
from tests.sweeps.rules import Breaking, twice_as_long
from tests.synthetic import synthetic_corpus

GRIDS = [
    {"policy": "never"},
    {"policy": "last-seen", "threshold": [0.9, 0.95], "burn_in": [3, 5]},
    {"scheduler": ["asha", "asha-stopping"], "eta": 2},
]


def declared(**changes):
    given = {"corpora": [motley(), synthetic_corpus(20, 6)], "grids": GRIDS, "orderings": 5, "block": 2}
    return Sweep(**given | {"workers": 2, "seed": 3} | changes)


def contents(folder):
    """Return the bytes of everything that a sweep leaves, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))
    }


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    declared().run(folder)
    return contents(folder)


def test_the_cells_are_the_product():
    cells = declared().cells()
    assert len(cells) == 2 * 7 * 3
    assert [cell.orderings for cell in cells[:3]] == [range(2), range(2, 4), range(4, 5)]
    assert [cell.run for cell in cells[:21:3]] == list(range(7))
    points = [cell.strategy.settings() for cell in cells[3:15:3]]
    assert [(one["threshold"], one["burn_in"]) for one in points] == [
        (0.9, 3),
        (0.9, 5),
        (0.95, 3),
        (0.95, 5),
    ]
    assert len({cell.key for cell in cells}) == len(cells)
    assert [cell.key for cell in declared().cells()] == [cell.key for cell in cells]
    longest = {cell.corpus.name: cell.strategy.settings().get("max_epochs") for cell in cells}
    assert longest == {"motley": 8, "synthetic": 6}


def test_the_same_bytes_as_one_simulation(reference, tmp_path):
    for corpus in declared().corpora:
        strategies = [
            cell.strategy
            for cell in declared().cells()
            if cell.corpus.name == corpus.name and not cell.orderings.start
        ]
        whole = simlab.simulate(corpus, strategies, orderings=5, workers=2, seed=3)
        for path in whole.write(tmp_path / f"{corpus.name}.parquet"):
            assert path.read_bytes() == reference[path.name]


@pytest.mark.parametrize("record", ["trials", "decisions"])
def test_what_is_not_asked_for_is_not_kept(reference, tmp_path, record):
    results = declared(record=record).run(tmp_path / "out")
    made = contents(tmp_path / "out")
    assert all(cell.settings["record"] == record for cell in declared(record=record).cells())
    assert not any(name.endswith("events.parquet") for name in made)
    assert any(name.endswith("decisions.parquet") for name in made) == (record == "decisions")
    for corpus in declared().corpora:
        cells = [cell for cell in declared().cells() if cell.corpus.name == corpus.name]
        strategies = [cell.strategy for cell in cells if not cell.orderings.start]
        whole = simlab.simulate(corpus, strategies, orderings=5, workers=2, seed=3, record=record)
        for path in whole.write(tmp_path / f"{corpus.name}.parquet"):
            assert path.read_bytes() == made[path.name]
        assert results[corpus.name].summary().equals(whole.summary())
    done = []
    declared(record=record).run(tmp_path / "out", on_cell=done.append)
    assert not done  # all were found
    with pytest.raises(UnknownNameError, match=f"unknown record '{record}s'; did you mean '{record}'"):
        declared(record=f"{record}s")


@pytest.mark.parametrize("changes", [{"block": 1}, {"block": 3}, {"block": 100}])
def test_the_size_of_blocks_changes_nothing(reference, tmp_path, changes):
    declared(**changes).run(tmp_path)
    made = contents(tmp_path)
    for name in ("motley.parquet", "motley.decisions.parquet", "synthetic.events.parquet"):
        assert made[name] == reference[name]


def test_two_jobs_change_nothing(reference, tmp_path):
    done = []
    declared().run(tmp_path, n_jobs=2, on_cell=done.append)
    assert contents(tmp_path) == reference
    assert done == list(range(1, 43))


def test_a_store_of_predictions_changes_nothing(tmp_path):
    rules = {"policy": "srm", "regressor": "ols", "threshold": [0.9, 0.95], "burn_in": [16, 18]}
    sweep = declared(grids=[rules, {"policy": "last-seen", "burn_in": 3}])
    store = PredictionStore(tmp_path / "store")
    sweep.run(tmp_path / "plain")
    sweep.run(tmp_path / "out", n_jobs=2, store=store)
    assert contents(tmp_path / "out") == contents(tmp_path / "plain")
    assert len(store.tables()) == 2 * 2 * 5  # corpora, burn-ins, orderings: thresholds share


def test_results_are_returned_as_they_can_be_read(reference, tmp_path):
    results = declared().run(tmp_path)
    assert list(results) == ["motley", "synthetic"]
    for name, result in results.items():
        read = SimulationResult.read(tmp_path / f"{name}.parquet")
        assert read.trials.equals(result.trials)
        assert read.provenance == result.provenance
        assert read.summary().equals(result.summary())
        assert read.summary().height == 7


def interrupted(monkeypatch, after):
    """Let a sweep come to an end after so many cells."""
    compute, computed = Cell.compute, []

    def compute_some(cell, store=None):
        if len(computed) == after:
            raise KeyboardInterrupt
        computed.append(cell.key)
        return compute(cell, store)

    monkeypatch.setattr(Cell, "compute", compute_some)
    return computed


def test_an_interrupted_sweep_goes_on_where_it_was(reference, tmp_path, monkeypatch):
    first = interrupted(monkeypatch, after=10)
    with pytest.raises(KeyboardInterrupt):
        declared().run(tmp_path)
    assert len(contents(tmp_path)) == 3 * len(first) == 30
    monkeypatch.undo()
    rest = interrupted(monkeypatch, after=100)
    done = []
    declared().run(tmp_path, on_cell=done.append)
    assert len(rest) == 32
    assert not set(first) & set(rest)
    assert done == list(range(11, 43))
    assert contents(tmp_path) == reference
    monkeypatch.undo()
    again = interrupted(monkeypatch, after=0)
    declared().run(tmp_path)
    assert again == []
    assert contents(tmp_path) == reference


def test_a_half_written_cell_is_made_anew(reference, tmp_path):
    declared().run(tmp_path)
    for path in sorted((tmp_path / "cells").glob("*.events.parquet"))[:3]:
        path.rename(path.with_name(f".{path.name}.draft"))  # as a crash leaves it
    declared().run(tmp_path)
    assert contents(tmp_path) == reference


def test_a_damaged_cell_is_named(tmp_path):
    declared().run(tmp_path)
    damaged = sorted((tmp_path / "cells").glob("*.decisions.parquet"))[4]
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.raises(CorpusError, match=rf"{damaged.name}: cannot be read .* Remove .* makes this cell"):
        declared().run(tmp_path)


def test_a_sweep_may_grow(tmp_path, monkeypatch):
    declared(orderings=4).run(tmp_path)
    computed = interrupted(monkeypatch, after=100)
    grown = declared(orderings=6, strategies=[Never(), AsynchronousHalving(name="pasha", max_epochs=5)][1:])
    result = grown.run(tmp_path)["motley"]
    assert len(computed) == 2 * (7 + 3)
    assert result.provenance["orderings"] == 6
    assert [one.policy for one in result.summaries][-1] == "pasha"


@pytest.mark.parametrize(
    "changes", [{"seed": 4}, {"workers": 1}, {"grids": GRIDS[:2]}, {"orderings": 4}, {"level": 0.9}]
)
def test_the_cells_of_another_sweep_are_refused(reference, tmp_path, changes):
    declared(grids=GRIDS[1:], orderings=5).run(tmp_path)
    before = contents(tmp_path)
    message = (
        r"holds \d+ cells of another sweep, such as \w+ \((last-seen|asha|asha-stopping) on .*, seed 3\)"
    )
    with pytest.raises(SettingError, match=message + r".*Give another folder, or remove .*cells\."):
        declared(**{"grids": GRIDS[1:], "orderings": 5} | changes).run(tmp_path)
    assert contents(tmp_path) == before


def test_one_process_at_a_time(tmp_path):
    def again(_):
        with pytest.raises(SettingError, match="another process runs a sweep into it"):
            declared().run(tmp_path)

    declared(grids=GRIDS[:1], orderings=1).run(tmp_path, on_cell=again)


def test_other_code_is_another_cell(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "rule_of_ones_own.py"
    path.write_text("from simlab.policies import Never\n\nclass Own(Never):\n    name = 'own'\n")
    own = importlib.import_module("rule_of_ones_own").Own()

    def key():
        (cell,) = declared(corpora=[motley()], grids=(), strategies=[own], orderings=1).cells()
        return cell.key

    before = key()
    assert key() == before
    path.write_text(path.read_text() + "    # edited\n")
    assert key() != before
    edited = key()
    monkeypatch.setattr("simlab.sweeps.cell._simlab_digest", lambda: "another version of simlab")
    assert key() != edited


def test_a_rule_without_a_file_is_refused(tmp_path):
    class Local(Policy):
        name = "local"

        def decide(self, view):
            return Decision(stop=False, reason="")

    with pytest.raises(SettingError, match="'local', or the clock, is not defined at the top of a file"):
        declared(strategies=[Local()]).run(tmp_path)


def test_an_error_names_its_cell_and_keeps_the_others(tmp_path, monkeypatch):
    sweep = declared(corpora=[motley()], grids=GRIDS[:1], strategies=[Breaking()], orderings=4)
    with pytest.raises(SimlabError, match=r"breaking on motley: .*ZeroDivisionError .*'config-.*broken"):
        sweep.run(tmp_path)
    assert len(contents(tmp_path)) == 3 * 2  # both blocks of the first
    monkeypatch.setattr(Breaking, "broken", False)
    assert len(sweep.run(tmp_path)["motley"].summaries) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"corpora": []}, "needs a corpus"),
        ({"grids": []}, "needs a grid, or strategies"),
        ({"orderings": 0}, "orderings must be 1 or more"),
        ({"block": 0}, "block must be 1 or more, not 0"),
        ({"seed": -1}, "seed must be 0 or more"),
        (
            {"grids": [{"treshold": 0.9}]},
            r"grid 1: unknown setting 'treshold' \(did you mean 'threshold'\?\)",
        ),
        (
            {"grids": [GRIDS[0], {"eta": "3"}]},
            "grid 2: eta must be a whole number, not '3'",
        ),
        ({"grids": [{"burn_in": [5, 0.5]}]}, "grid 1: burn_in must be a whole number.*not 0.5"),
        ({"grids": [{"cost": "free"}]}, "grid 1: cost must be 'continue' or 'retrain'.*not 'free'"),
        ({"grids": [{"threshold": []}]}, "grid 1: threshold has no value"),
        ({"grids": [{"policy": "last-sen"}]}, "grid 1: unknown policy 'last-sen'; did you mean 'last-seen'"),
        ({"grids": [{"scheduler": "ash"}]}, "grid 1: unknown scheduler 'ash'; did you mean 'asha'"),
    ],
)
def test_a_wrong_declaration_is_refused_at_once(changes, message):
    with pytest.raises(SettingError, match=message):
        declared(**changes)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"grids": [{"policy": "never", "eta": [2, 3]}]}, SettingError, "'never' with .* stands twice"),
        ({"corpora": [motley(), motley()]}, SettingError, "two corpora have the name 'motley'"),
        ({"corpora": ["metaqnn-cifr10"]}, UnknownNameError, "did you mean 'metaqnn-cifar10'"),
        (
            {"grids": [{"policy": "oracle", "burn_in": 25}]},
            SettingError,
            "synthetic has 20 configurations, few",
        ),
        (
            {"grids": [{"policy": "last-seen", "threshold": 2}]},
            SettingError,
            r"threshold must lie in \(0, 1\]",
        ),
    ],
)
def test_what_the_corpora_do_not_allow_is_refused_before_the_first_cell(tmp_path, changes, error, message):
    with pytest.raises(error, match=message):
        declared(**changes).run(tmp_path)
    assert contents(tmp_path) == {}


def test_a_scenario_is_that_of_simulate_in_every_block(tmp_path):
    scenario = Scenario(
        start_up=0.5, failures=Failures(rate=0.05, repair=2), stragglers=Stragglers(share=0.5, factor=3)
    )
    given = {"corpora": [motley()], "grids": GRIDS[:1], "strategies": [Patience(epochs=2)], "clock": 2.0}
    swept = declared(**given, scenario=scenario).run(tmp_path)["motley"]
    whole = simlab.simulate(
        motley(), [Never(), Patience(epochs=2)], orderings=5, workers=2, seed=3, clock=2.0, scenario=scenario
    )
    assert swept.provenance == whole.provenance
    for table in ("trials", "decisions", "events"):
        assert getattr(swept, table).equals(getattr(whole, table))
    assert swept.events.filter(pl.col("event") == "worker failed").height
    with pytest.raises(SettingError, match="cells of another sweep"):
        declared(**given).run(tmp_path)


def test_a_clock_of_ones_own(tmp_path):
    given = {"corpora": [motley()], "grids": GRIDS[:1]}
    swept = declared(**given, clock=twice_as_long).run(tmp_path)["motley"]
    plain = declared(**given, clock="epochs").run(tmp_path / "plain")["motley"]
    assert swept.trials["end"].max() == 2 * plain.trials["end"].max()
    with pytest.raises(SettingError, match="or the clock, is not defined at the top of a file"):
        declared(**given, clock=lambda corpus: 2.0 * corpus.values).run(tmp_path / "lambda")


def test_ordering_numbers_are_those_of_the_whole():
    whole = simlab.simulate(motley(), Never(), orderings=5)
    block = simlab.simulate(motley(), Never(), orderings=2, first_ordering=3)
    assert block.trials.equals(whole.trials.filter(pl.col("ordering") >= 3))
    assert block.provenance["first_ordering"] == 3
    assert json.loads(json.dumps(dict(whole.provenance))) == whole.provenance
    with pytest.raises(SettingError, match="first_ordering must be 0 or more, not -1"):
        simlab.simulate(motley(), Never(), first_ordering=-1)
