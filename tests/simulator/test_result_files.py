"""Results on disk: what was written is read back, and a wrong file gives a clear error."""

from __future__ import annotations

import shutil

import polars as pl
import pytest

import simlab
from simlab.errors import CorpusError
from simlab.policies import Never, Oracle, ThresholdRule
from simlab.predictors import LastSeenValue
from simlab.simulator import SimulationResult
from tests.simulator.toys import motley

NAMES = ["out.parquet", "out.decisions.parquet", "out.events.parquet"]


def simulated(**settings):
    rule = ThresholdRule(predictor=LastSeenValue(), threshold=0.9, burn_in=5, tolerance=0.01)
    return simlab.simulate(motley(), [Never(), Oracle(), rule], orderings=4, workers=2, **settings)


@pytest.fixture(scope="module")
def result():
    return simulated()


@pytest.fixture
def written(result, tmp_path):
    return result.write(tmp_path / "out.parquet")[0]


def test_three_files_are_written_side_by_side(result, tmp_path):
    paths = result.write(tmp_path / "new" / "out.parquet")
    assert [path.name for path in paths] == NAMES
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(NAMES)


def test_the_summary_is_a_function_of_the_files(result, written):
    again = SimulationResult.read(written)
    for table in ("trials", "decisions", "events", "per_ordering"):
        assert getattr(again, table).equals(getattr(result, table)), table
    assert again.summary().equals(result.summary())
    assert again.to_dict() == result.to_dict()
    assert again.provenance == result.provenance
    assert again.metric == result.metric


def test_writing_again_gives_the_same_bytes(written, tmp_path):
    (tmp_path / "again").mkdir()
    for path in SimulationResult.read(written).write(tmp_path / "again" / "out.parquet"):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kept", [0, 10, 1000, -1])
def test_a_truncated_file(written, name, kept):
    damaged = written.with_name(name)
    damaged.write_bytes(damaged.read_bytes()[:kept])
    with pytest.raises(CorpusError, match=rf"{name}: cannot be read as Parquet \(truncated or damaged\)"):
        SimulationResult.read(written)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file(written, name):
    written.with_name(name).unlink()
    with pytest.raises(CorpusError, match=f"{name}: no such file"):
        SimulationResult.read(written)


@pytest.mark.parametrize("name", NAMES)
def test_a_foreign_file(written, name):
    pl.DataFrame({"a": [1]}).write_parquet(written.with_name(name))
    with pytest.raises(CorpusError, match=rf"{name}: holds no .* of a simulation"):
        SimulationResult.read(written)


def test_one_table_in_place_of_another(written):
    shutil.copy(written.with_name(NAMES[1]), written)
    with pytest.raises(CorpusError, match=r"out\.parquet: holds no trials of a simulation"):
        SimulationResult.read(written)


@pytest.mark.parametrize("name", NAMES[1:])
def test_tables_of_different_simulations(written, tmp_path, name):
    simulated(seed=1).write(tmp_path / "other" / "out.parquet")
    shutil.copy(tmp_path / "other" / name, written.with_name(name))
    with pytest.raises(CorpusError, match=f"{name}: comes from another simulation"):
        SimulationResult.read(written)


@pytest.mark.parametrize("name", ["out.csv", "out"])
def test_a_result_is_parquet(result, tmp_path, name):
    with pytest.raises(CorpusError, match=r"give a name that ends in \.parquet"):
        result.write(tmp_path / name)
    with pytest.raises(CorpusError, match=r"give a name that ends in \.parquet"):
        SimulationResult.read(tmp_path / name)


def test_what_the_command_line_prints_is_json_able_and_complete(result):
    told = result.to_dict()
    assert set(told) == {
        "ceiling", "clock", "corpus", "corpus_sha256", "level", "preference", "runs", "seed", "workers",
    }  # fmt: skip
    assert told["ceiling"] == pytest.approx(result.summaries[2].ceiling)
    assert [run["policy"] for run in told["runs"]] == ["never", "oracle", "last-seen"]
    assert sum(told["runs"][2]["outcomes"].values()) == 30
