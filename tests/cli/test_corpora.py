"""simlab corpora list, info and verify."""

from __future__ import annotations

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from simlab.cli.app import app
from simlab.corpus import read_corpus, registry, storage, write_corpus
from tests.synthetic import synthetic_tables

METADATA = {
    "name": "small",
    "title": "Small curves",
    "license": "MIT",
    "data": {"validation": 1000},
    "seed": 7,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder of a corpus that is shipped under the name small."""
    monkeypatch.setattr(registry, "shipped_folder", lambda: tmp_path)
    write_corpus(tmp_path / "small", *synthetic_tables(n=12, epochs=8, diverged=1, censored=2), METADATA)
    return tmp_path / "small"


def run(*arguments):
    return CliRunner().invoke(app, ["corpora", *map(str, arguments)])


def test_list(folder):
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["name", "configurations", "epochs", "metric", "direction"]
    assert lines[1].split() == ["small", "12", "8", "validation", "accuracy", "maximize"]
    assert json.loads(run("list", "--json").stdout)[0]["name"] == "small"


def test_list_of_nothing(folder, monkeypatch):
    monkeypatch.setattr(registry, "shipped_folder", lambda: folder / "none")
    assert (run("list").exit_code, run("list").stdout) == (0, "")
    assert json.loads(run("list", "--json").stdout) == []


def test_info_for_people(folder):
    text = run("info", "small").stdout
    corpus = read_corpus(folder)
    for part in (
        "small: 12 configurations x 8 epochs",
        "status: 9 completed, 1 diverged, 2 censored",
        "validation accuracy, maximize, bounds 0 to 1, worst 0.1",
        f"max {corpus.best_value:.4g}",
        f"standard error: {corpus.standard_error:.4g}",
        "AP columns: ap_n_weights, ap_n_layers",
        "HP columns: hp_learning_rate, hp_weight_decay",
        "license: MIT",
        "data: validation=1000",
    ):
        assert part in text
    assert text.splitlines()[-1].startswith("75%    6")


def test_info_for_programs(folder):
    facts = json.loads(run("info", folder, "--json").stdout)
    corpus = read_corpus(folder)
    assert facts["status"] == {"completed": 9, "diverged": 1, "censored": 2, "failed": 0}
    assert facts["final_values"]["max"] == corpus.best_value
    assert facts["digest"] == corpus.digest
    assert [one["epoch"] for one in facts["foresight"]] == [1, 2, 4, 6]
    assert facts["provenance"]["seed"] == 7


def test_unknown_numbers_are_null_in_json_and_na_for_people(tmp_path):
    curves, configs, metric = synthetic_tables(n=1, epochs=1)
    write_corpus(tmp_path / "one", curves, configs, metric, {"name": "one"})
    facts = json.loads(run("info", tmp_path / "one", "--json").stdout)
    assert facts["foresight"][0]["spearman"] is None
    assert facts["worsening_share"] is None
    assert "steps that got worse: n/a" in run("info", tmp_path / "one").stdout


def test_verify_a_sound_corpus(folder):
    result = run("verify", "small")
    assert (result.exit_code, result.stdout) == (0, "small: sound\n")
    assert json.loads(run("verify", "small", "--json").stdout) == {
        "corpus": "small",
        "sound": True,
        "problems": [],
    }


def test_verify_reports_everything_and_exits_with_1(folder):
    curves, header = storage.read_parquet(folder / "curves.parquet")
    storage.write_parquet(folder / "curves.parquet", curves.with_columns(value=pl.lit(3.0)), header)
    result = run("verify", folder)
    assert result.exit_code == 1
    assert "wrong checksum" in result.stdout
    assert "values must lie within" in result.stdout
    result = run("verify", folder, "--json")
    assert result.exit_code == 1
    assert [one["file"] for one in json.loads(result.stdout)["problems"]] == [
        "curves.parquet",
        "curves.parquet",
    ]


def damage_checksum(folder):
    described = json.loads((folder / "croissant.json").read_text())
    described["distribution"][1]["sha256"] = "0" * 64
    (folder / "croissant.json").write_text(json.dumps(described))


def truncate(folder):
    content = (folder / "configs.parquet").read_bytes()
    (folder / "configs.parquet").write_bytes(content[:-50])
    (folder / "croissant.json").unlink()


def remove(folder):
    (folder / "curves.parquet").unlink()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (damage_checksum, "wrong checksum"),
        (truncate, "truncated or damaged"),
        (remove, "missing"),
    ],
)
def test_damage_is_1_for_verify_and_2_elsewhere(folder, damage, told):
    damage(folder)
    result = run("verify", folder)
    assert result.exit_code == 1
    assert told in result.stdout
    result = run("info", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")


def test_an_unknown_name(folder):
    for command in ("info", "verify"):
        result = run(command, "smal")
        assert result.exit_code == 2
        assert "did you mean 'small'?" in result.stderr
