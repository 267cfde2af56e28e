"""simlab predict: a table for people, JSON for programs, Parquet for later."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simlab.cli.app import app
from simlab.corpus import write_corpus
from simlab.evaluation import PredictionStudy
from tests.synthetic import synthetic_tables

METADATA = {"name": "small", "title": "Small curves", "license": "MIT"}
FAST = ("--train", "20", "--repeats", "2", "--regressor", "ols")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    write_corpus(folder, *synthetic_tables(n=50, epochs=8, diverged=4, censored=3), METADATA)
    return str(folder)


def run(*arguments, code=0):
    result = CliRunner().invoke(app, ["predict", *arguments])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def test_a_table_and_what_it_leaves_out(folder):
    text = run(folder, *FAST, "--fractions", "0.25,0.5")
    lines = text.splitlines()
    assert lines[0].split()[:3] == ["predictor", "observed", "R2"]
    assert [line.split()[0] for line in lines[1:5]] == ["srm", "srm", "last-seen", "last-seen"]
    assert "mean over 2 training sets of 20 curves, 95% t interval over them" in text
    assert "without a final value" in text


def test_json(folder):
    options = ("--predictor", "last-seen", "--predictor", "srm", "--features", "ts", "--fractions", "0.25")
    told = json.loads(run(folder, *FAST, *options, "--json"))
    last, srm = told["results"]
    assert (last["predictor"], srm["predictor"], srm["features"]) == ("last-seen", "srm", ["ts"])
    assert last["fraction"] == 0.25
    assert set(last["r2"]) == {"mean", "low", "high"}
    assert last["n_no_final"] > 0


def test_every_prediction_as_parquet(folder, tmp_path):
    run(folder, *FAST, "-o", str(tmp_path / "study.parquet"))
    assert PredictionStudy.read(tmp_path / "study.parquet").provenance["repeats"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--predictor", "smr"), "unknown predictor 'smr'; did you mean 'srm'?"),
        (("--regressor", "nusvr"), "unknown regressor 'nusvr'"),
        (("--features", "tss"), "unknown feature set 'tss'; did you mean 'ts'?"),
        (("--features", ""), "name at least one feature set"),
        (("--fractions", "a half"), "fractions must be numbers separated by commas, not 'a half'"),
        (("--fractions", "25"), "strictly between 0 and 1, not be 25.0"),
        (("--train", "50"), "train must lie between 0 and 49"),
    ],
)
def test_one_clear_error(folder, arguments, message):
    assert message in run(folder, "--train", "20", *arguments, "--n-jobs", "1", code=2)
