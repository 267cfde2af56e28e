from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from simlab.cli.plot import plot
from simlab.corpus import write_corpus
from simlab.errors import SettingError
from simlab.policies import Never
from simlab.simulator.simulation import simulate
from tests.synthetic import synthetic_tables

app = typer.Typer()
app.command()(plot)


def draw(source, output):
    outcome = CliRunner().invoke(app, [str(source), "-o", str(output)])
    if outcome.exception and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    assert outcome.stdout.strip() == str(output)
    return Path(output).read_text(encoding="utf-8")


def test_a_corpus_gives_its_learning_curves(tmp_path):
    write_corpus(tmp_path / "runs", *synthetic_tables(12, 4), {"name": "runs"})
    assert "Learning curves of runs" in draw(tmp_path / "runs", tmp_path / "curves.svg")


def test_a_result_gives_speedup_against_threshold(result, tmp_path):
    result.write(tmp_path / "result.parquet")
    assert "by threshold" in draw(tmp_path / "result.parquet", tmp_path / "speedup.svg")


def test_a_result_without_thresholds_gives_the_overview(corpus, tmp_path):
    simulate(corpus, Never(), orderings=2).write(tmp_path / "result.parquet")
    html = draw(tmp_path / "result.parquet", tmp_path / "overview.html")
    assert "What every setting saves and loses" in html
    assert "vegaEmbed" in html


def test_an_unknown_suffix_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(SettingError, match="html"):
        draw(tmp_path / "absent.parquet", tmp_path / "chart.pdf")
