"""A user's CSV or Parquet file becomes a corpus folder."""

from __future__ import annotations

import hashlib
import json
import os

import polars as pl
import pytest

from simlab.corpus import read_corpus
from simlab.corpus.importing import import_runs
from simlab.corpus.verify import verify
from simlab.errors import CorpusError
from tests.synthetic import synthetic_tables

NAMES = {"config_id": "run", "epoch": "step", "value": "acc", "direction": "maximize", "bounds": (0, 1)}


@pytest.fixture
def frame():
    curves, configs, _ = synthetic_tables(n=8, epochs=5, censored=2)
    table = curves.join(configs.select("config_id", "hp_learning_rate"), on="config_id")
    return table.rename({"config_id": "run", "epoch": "step", "value": "acc", "hp_learning_rate": "lr"})


@pytest.fixture
def csv(tmp_path, frame):
    frame.write_csv(tmp_path / "runs.csv")
    return tmp_path / "runs.csv"


def imported(path, folder, **settings):
    return import_runs(path, folder, **{"file_format": "csv"} | NAMES | settings)


def refused(path, folder, **settings) -> str:
    with pytest.raises(CorpusError) as caught:
        imported(path, folder, **settings)
    return str(caught.value)


def test_csv_and_parquet_give_the_same_corpus(tmp_path, csv, frame):
    frame.write_parquet(tmp_path / "runs.parquet")
    settings = {"seconds": "seconds", "hyperparameters": ["lr"]}
    one = imported(csv, tmp_path / "one", **settings)
    two = imported(tmp_path / "runs.parquet", tmp_path / "two", file_format="parquet", **settings)
    assert one.corpus.digest == two.corpus.digest == read_corpus(tmp_path / "one").digest
    assert verify(tmp_path / "one") == []


def test_metadata_tells_the_source_and_nothing_of_the_machine(tmp_path, csv):
    imported(csv, tmp_path / "mine", license="CC-BY-4.0", validation_size=500)
    metadata = read_corpus(tmp_path / "mine").metadata
    digest = hashlib.sha256(csv.read_bytes()).hexdigest()
    assert metadata["data"] == {"files": {"runs.csv": digest}, "validation": 500}
    assert (metadata["name"], metadata["license"]) == ("mine", "CC-BY-4.0")
    written = b"".join(path.read_bytes() for path in (tmp_path / "mine").iterdir())
    assert str(tmp_path).encode() not in written
    assert os.uname().nodename.encode() not in json.dumps(metadata).encode()


def test_two_imports_give_identical_bytes(tmp_path, csv):
    for name in ("one", "two"):
        imported(csv, tmp_path / name, name="same")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_ids_of_a_csv_stay_text(tmp_path):
    (tmp_path / "runs.csv").write_text("run,step,acc\n007,1,0.5\n7,1,0.6\n")
    assert imported(tmp_path / "runs.csv", tmp_path / "x").corpus.config_ids.tolist() == ["007", "7"]


def test_notes_say_what_was_inferred(tmp_path, csv):
    notes = "\n".join(imported(csv, tmp_path / "x").notes)
    assert "2 runs shorter than 5 epochs: censored; --short-runs completed if they finished" in notes
    assert "--seconds" in notes
    assert "--validation-size" in notes
    assert "--bounds" not in notes
    told = imported(csv, tmp_path / "y", seconds="seconds", validation_size=9, short_runs="completed").notes
    assert told == ["2 runs shorter than 5 epochs: completed; --short-runs censored if somebody stopped them"]


def test_notes_count_diverged_runs_and_those_without_any_number(tmp_path):
    text = "run,step,acc\na,1,0.5\na,2,0.05\nb,1,0.5\nb,2,nan\nc,1,inf\nc,2,0.5\nd,1,\nd,2,\n"
    (tmp_path / "runs.csv").write_text(text)
    made = imported(tmp_path / "runs.csv", tmp_path / "x", nan_values="diverged", worst=0.1)
    assert made.corpus.status.tolist() == ["completed", "diverged", "diverged", "diverged"]
    assert made.corpus.lengths.tolist() == [2, 1, 0, 0]
    notes = "\n".join(made.notes)
    assert "3 runs held NaN, infinity or nothing" in notes
    assert "2 of them hold no number at all" in notes
    assert "1 completed runs end worse than that" in notes


def test_a_second_table_adds_the_hyperparameters(tmp_path, csv, frame):
    runs = frame.select("run", "lr").unique("run", maintain_order=True)
    runs.write_csv(tmp_path / "configs.csv")
    frame.drop("lr").write_csv(tmp_path / "curves.csv")
    joined = imported(
        tmp_path / "curves.csv", tmp_path / "x", runs=tmp_path / "configs.csv", hyperparameters=["lr"]
    )
    assert joined.corpus.digest == imported(csv, tmp_path / "y", hyperparameters=["lr"]).corpus.digest
    assert set(joined.corpus.metadata["data"]["files"]) == {"curves.csv", "configs.csv"}

    runs.tail(-1).write_csv(tmp_path / "configs.csv")
    text = refused(tmp_path / "curves.csv", tmp_path / "z", runs=tmp_path / "configs.csv")
    assert "config-0000" in text
    assert "Add a row for each run" in text
    pl.concat([runs, runs]).write_csv(tmp_path / "configs.csv")
    assert "must be unique" in refused(tmp_path / "curves.csv", tmp_path / "z", runs=tmp_path / "configs.csv")
    runs.rename({"run": "runs"}).write_csv(tmp_path / "configs.csv")
    text = refused(tmp_path / "curves.csv", tmp_path / "z", runs=tmp_path / "configs.csv")
    assert "configs.csv: no column 'run' (did you mean 'runs'?)" in text


def test_where_keeps_some_runs(tmp_path):
    (tmp_path / "runs.csv").write_text("run,step,acc,task\na,1,0.5,mnist\nb,1,0.6,cifar\n")
    made = imported(tmp_path / "runs.csv", tmp_path / "x", where={"task": "cifar"})
    assert made.corpus.config_ids.tolist() == ["b"]
    assert made.corpus.metadata["import"]["where"] == {"task": "cifar"}
    text = refused(tmp_path / "runs.csv", tmp_path / "y", where={"task": "mnits"})
    assert "no row holds 'mnits' (did you mean 'mnist'?). It holds: cifar, mnist" in text
    assert "no column 'tsk' (did you mean 'task'?)" in refused(
        tmp_path / "runs.csv", tmp_path / "y", where={"tsk": "x"}
    )


def test_a_missing_file_names_the_nearest(tmp_path, csv):
    assert "no file 'run.csv' (did you mean 'runs.csv'?)" in refused(tmp_path / "run.csv", tmp_path / "x")


@pytest.mark.parametrize(
    ("content", "file_format"),
    [
        (b"", "csv"),
        (b"run,step,acc\na,1,0.5,9,9\n", "csv"),
        (b"run,step,acc\n\xff\xfe,1,0.5\n", "csv"),
        (b"", "parquet"),
        (b"run,step,acc\na,1,0.5\n", "parquet"),
        (b"PAR1" + b"\0" * 50 + b"PAR1", "parquet"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, content, file_format):
    (tmp_path / "runs").write_bytes(content)
    text = refused(tmp_path / "runs", tmp_path / "x", file_format=file_format)
    assert f"runs: cannot be read as {file_format} (truncated, damaged or another format): " in text
    assert "\n" not in text


def test_a_truncated_parquet_file(tmp_path, frame):
    frame.write_parquet(tmp_path / "runs.parquet")
    content = (tmp_path / "runs.parquet").read_bytes()
    (tmp_path / "runs.parquet").write_bytes(content[: len(content) // 2])
    text = refused(tmp_path / "runs.parquet", tmp_path / "x", file_format="parquet")
    assert "cannot be read as parquet" in text


def test_an_earlier_corpus_is_kept_unless_told_otherwise(tmp_path, csv, frame):
    imported(csv, tmp_path / "x")
    before = read_corpus(tmp_path / "x").digest
    frame.with_columns(acc=pl.col("acc") * 0.5).write_csv(csv)
    assert "say --overwrite" in refused(csv, tmp_path / "x")
    assert read_corpus(tmp_path / "x").digest == before
    imported(csv, tmp_path / "x", overwrite=True)
    assert read_corpus(tmp_path / "x").digest != before


def test_a_folder_with_another_readme_is_never_touched(tmp_path, csv):
    (tmp_path / "README.md").write_text("my project")
    assert "is no corpus, but holds README.md" in refused(csv, tmp_path, overwrite=True)
    assert (tmp_path / "README.md").read_text() == "my project"
    assert "is a file" in refused(csv, csv)
