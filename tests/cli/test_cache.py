"""simlab cache list and clear."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simlab.cli.app import app
from simlab.predictions import PredictionStore, PredictionTable
from simlab.predictors import SRM
from tests.synthetic import synthetic_corpus


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMLAB_CACHE", str(tmp_path))
    return tmp_path


def run(*arguments):
    result = CliRunner().invoke(app, ["cache", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_empty_store(folder):
    assert run("list") == f"0 tables, 0.0 MB of at most 1,074: {folder}\n"
    assert json.loads(run("list", "--json")) == {"folder": str(folder), "tables": []}
    assert run("clear") == f"removed 0 tables, 0.0 MB: {folder}\n"


def test_list_and_clear(folder):
    corpus = synthetic_corpus(25, 6)
    table = PredictionTable(corpus, SRM(regressor="ols"), range(15), store=PredictionStore())
    for epoch in (2, 3):
        table.at(epoch)
    listed = run("list")
    assert "synthetic  srm ols    15" in listed
    (told,) = json.loads(run("list", "--json"))["tables"]
    assert (told["epochs"], told["description"]["corpus_sha256"]) == (2, corpus.digest)
    assert run("clear").startswith("removed 1 tables")
    assert json.loads(run("list", "--json"))["tables"] == []
    assert [path.name for path in folder.iterdir()] == []
