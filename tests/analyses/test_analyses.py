from __future__ import annotations

import pytest
from typer.testing import CliRunner

import simlab
from analyses import __main__ as command
from analyses import fig4_metaqnn
from simlab.errors import UnknownNameError
from tests.synthetic import synthetic_corpus


@pytest.fixture(scope="module")
def corpus():
    return synthetic_corpus(120, 3)


def test_figure_4_compares_three_variants_and_a_baseline(corpus):
    result = fig4_metaqnn.compute(corpus, orderings=1, burn_in=20)
    names = {(run.policy, run.tolerance, run.top_n) for run in result.summaries if run.threshold}
    assert names == {("srm", 0.0, 1), ("srm", 0.01, 1), ("srm", 0.0, 10), ("last-seen", 0.0, 1)}
    assert len(result.summaries) == 3 + 4 * len(fig4_metaqnn.THRESHOLDS)
    assert fig4_metaqnn.draw(result).to_dict()["title"]["text"].startswith("Speedup")


def test_the_command_writes_report_and_results(corpus, tmp_path, monkeypatch):
    import typer

    monkeypatch.setattr(simlab, "load", lambda name: corpus, raising=False)
    app = typer.Typer()
    app.command()(command.main)
    outcome = CliRunner().invoke(app, ["--out", str(tmp_path), "--orderings", "2", "--n-jobs", "1"])
    assert outcome.exit_code == 0, outcome.output
    assert f"report: {tmp_path / 'report.html'}" in outcome.stdout.replace("\n", "")
    assert "Prefer" in outcome.stdout
    written = simlab.SimulationResult.read(tmp_path / "fig4-metaqnn.parquet")
    assert written.provenance["orderings"] == 2
    assert "Figure 4" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_an_unknown_analysis_names_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'fig4-metaqnn'"):
        command.run(["fig4-metaqn"], tmp_path, orderings=1, n_jobs=1)
