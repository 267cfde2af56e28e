"""simlab import: from a table to a corpus folder, on the command line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from simlab.cli.app import app
from simlab.corpus import read_corpus

CSV = """run,step,acc,time,lr,wd,end
a,1,0.2,1,0.1,0,completed
a,2,0.4,2,0.1,0,completed
a,3,0.6,3,0.1,0,completed
b,1,0.3,1,0.01,0,completed
b,2,0.5,3,0.01,0,completed
b,3,0.7,4,0.01,0,completed
c,1,0.1,1,1.0,1,censored
c,2,0.2,2,1.0,1,censored
"""
COLUMNS = ["--id", "run", "--epoch", "step", "--metric", "acc", "--direction", "maximize"]


@pytest.fixture
def csv(tmp_path):
    (tmp_path / "runs.csv").write_text(CSV)
    return tmp_path / "runs.csv"


def run(*arguments):
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def test_it_says_what_it_made_and_what_comes_next(csv, tmp_path):
    folder = tmp_path / "my runs"
    result = run("csv", csv, *COLUMNS, "-o", folder)
    assert result.exit_code == 0
    assert result.stdout == f"{folder}: 3 runs of up to 3 epochs: 2 completed, 1 censored\n"
    assert (
        "note: 1 runs shorter than 3 epochs: censored; --short-runs completed if they finished"
        in result.stderr
    )
    assert result.stderr.endswith(f"next: simlab simulate '{folder}'\n")
    assert read_corpus(folder).name == "my runs"


def test_every_option_arrives(csv, tmp_path):
    result = run(
        "csv", csv, *COLUMNS, "--seconds", "time", "--cumulative-seconds", "--hp", "lr,wd",
        "--status", "end", "--bounds", "0", "1", "--worst", "0.1",
        "--name", "mine", "--license", "MIT", "--validation-size", "100",
        "-o", tmp_path / "x",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    corpus = read_corpus(tmp_path / "x")
    assert (corpus.name, corpus.metric.bounds, corpus.metric.worst) == ("mine", (0, 1), 0.1)
    assert corpus.hyperparameters.names == ("hp_lr", "hp_wd")
    assert corpus.series["seconds"][1].tolist() == [1, 2, 1]
    assert corpus.metadata["license"] == "MIT"
    assert corpus.standard_error is not None
    assert "note" not in result.stderr


def test_repeated_options_and_conditions(csv, tmp_path):
    result = run("csv", csv, *COLUMNS, "--hp", "lr", "--hp", "wd", "--where", "wd=0", "-o", tmp_path / "x")
    assert result.exit_code == 0, result.output
    corpus = read_corpus(tmp_path / "x")
    assert corpus.hyperparameters.names == ("hp_lr", "hp_wd")
    assert corpus.config_ids.tolist() == ["a", "b"]


def test_parquet(csv, tmp_path):
    import polars as pl

    pl.read_csv(csv).write_parquet(tmp_path / "runs.parquet")
    for source, kind in ((csv, "csv"), (tmp_path / "runs.parquet", "parquet")):
        assert run(kind, source, *COLUMNS, "-o", tmp_path / kind).exit_code == 0
    assert read_corpus(tmp_path / "csv").digest == read_corpus(tmp_path / "parquet").digest


def with_text(text):
    return lambda csv: csv.write_text(text)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda csv: csv.unlink(), "no file 'runs.csv'"),
        (with_text(""), "cannot be read as csv"),
        (with_text(CSV.splitlines()[0]), "the table is empty"),
        (with_text(CSV.replace("acc", "accuracy")), "no column 'acc' (did you mean 'accuracy'?)"),
        (with_text(CSV.replace("a,2,", "a,1,")), "duplicate (config_id, epoch): (a, 1)"),
        (with_text(CSV.replace("a,2,0.4,2,0.1,0,completed\n", "")), "without a gap: a lacks 1 of 3"),
        (with_text(CSV.replace("0.4,2", "nan,2")), "values must be finite numbers: a at epoch 2 (nan)"),
        (with_text(CSV.replace("0.4,2", "40,2")), "values must lie within (0.0, 1.0): a at epoch 2 (40.0)"),
        (with_text(CSV.replace("0.4,2", "n.a.,2")), "column 'acc': must hold numbers (1 are none): n.a."),
        (
            with_text(CSV.replace("a,3,0.6,3,0.1", "a,3,0.6,3,0.2")),
            "column 'lr': must be constant within a run",
        ),
    ],
)
def test_bad_input_is_one_clear_message_and_exit_code_2(csv, tmp_path, damage, told):
    damage(csv)
    result = run("csv", csv, *COLUMNS, "--bounds", "0", "1", "--hp", "lr", "-o", tmp_path / "x")
    assert result.exit_code == 2, result.exception
    assert result.stderr.startswith("error: ")
    assert told in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ["--direction", "up"],
        ["--first-epoch", "2"],
        ["--where", "task"],
        ["--bounds", "1", "0"],
        ["--bounds", "0", "1", "--worst", "3"],
        ["--first-epoch", "0", "--skip-untrained"],
    ],
)
def test_wrong_settings_exit_with_2(csv, tmp_path, wrong):
    assert run("csv", csv, *COLUMNS, *wrong, "-o", tmp_path / "x").exit_code == 2
    assert not (tmp_path / "x").exists()


def test_overwriting_must_be_asked_for(csv, tmp_path):
    assert run("csv", csv, *COLUMNS, "-o", tmp_path / "x").exit_code == 0
    result = run("csv", csv, *COLUMNS, "-o", tmp_path / "x")
    assert result.exit_code == 2
    assert "--overwrite" in result.stderr
    assert run("csv", csv, *COLUMNS, "-o", tmp_path / "x", "--overwrite").exit_code == 0
