"""Every analysis computes a tidy frame, draws it, and stands in the report."""

from __future__ import annotations

import dataclasses
from functools import partial

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

import simlab
from analyses import __main__ as command
from analyses import (
    calibration,
    claims,
    claims_stopping,
    corpora,
    cost_table,
    depth_generalisation,
    exponential_decay,
    fig2,
    fig3,
    fig4,
    table1,
    table2,
)
from analyses.options import Options
from analyses.verdicts import FAILS, HOLDS, OPEN
from simlab.errors import UnknownNameError
from simlab.predictions import PredictionStore
from simlab.predictors import LCE, SRM, InductiveLCNet, LastSeenValue
from simlab.predictors.random_forest import RandomForest
from tests.synthetic import synthetic_corpus, synthetic_tables

SHIPPED = ("metaqnn-cifar10", "metaqnn-cifar10-elrd", "lstm-ptb")
STUDIES = (table1, table2, fig2, fig3, depth_generalisation, exponential_decay, cost_table, calibration)


def make(name):
    """Return a small corpus under the name of a shipped one; only its architectures vary."""
    seed = SHIPPED.index(name)
    curves, configs, metric = synthetic_tables(90, 12, seed, diverged=3)
    constant = configs.with_columns(
        pl.lit(0.1).alias(one) for one in configs.columns if one.startswith("hp_")
    )
    return simlab.Corpus.from_tables(curves, constant, metric, name=name)


def large(name):
    """Return a corpus that is larger than a burn-in of 100."""
    return dataclasses.replace(synthetic_corpus(120, 3), name=name)


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    store = PredictionStore(tmp_path_factory.mktemp("store"))
    return Options(repeats=2, search=3, train=30, store=store)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Put small corpora and quick predictors in the place of the real ones."""
    quick = {label: LastSeenValue() for label in fig3.LABELS}
    quick |= {fig3.LABELS[0]: SRM(regressor="ols"), "LCE": LCE(steps=50, discard=10)}
    monkeypatch.setattr(corpora, "shipped_names", lambda: list(SHIPPED))
    monkeypatch.setattr(simlab, "load", make, raising=False)
    monkeypatch.setattr(fig3, "predictors", lambda options: quick)
    monkeypatch.setattr(RandomForest, "trees", (5, 10))
    monkeypatch.setattr(depth_generalisation, "FEWEST", 30)
    monkeypatch.setattr(cost_table, "BATCH", 5)
    monkeypatch.setattr(cost_table, "FEW", 5)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.__name__.split(".")[-1])
def test_a_frame_and_its_sections(study, options):
    frame = study.compute(options)
    assert len(frame) > 0
    sections = study.report(frame)
    assert sections[0].text
    charts = [section.chart for section in sections if section.chart is not None]
    assert len(charts) == hasattr(study, "draw")
    for chart in charts:
        assert chart.to_dict()["title"]["text"]
    for section in sections:
        if section.table is not None:
            assert {str(kind) for kind in section.table.dtypes} == {"String"}


def test_table_1_stands_beside_the_paper(options):
    table = table1.table(table1.compute(options))
    assert table["whose"].to_list() == ["ours", "paper", "ours", "paper"]
    assert table.filter(whose="paper")["nu-SVR (linear)"].to_list() == ["94.44 ± 0.14", "98.59 ± 0.8"]
    assert "resnet-tinyimagenet" in table1.report(table1.compute(options))[0].text


def test_table_2_leaves_out_what_does_not_vary(options):
    frame = table2.compute(options)
    assert "HP" not in frame["label"].to_list()
    ours = table2.table(frame).filter(whose="ours")
    assert ours["HP"].to_list() == ["n/a", "n/a"]
    assert ours["TS+AP"].str.contains("±").all()


def test_depth_splits_train_below_and_test_above(options):
    corpus = make("metaqnn-cifar10")
    depths = corpus.configs["ap_n_layers"].to_numpy()
    for depth in depth_generalisation.borders(corpus):
        for split in depth_generalisation.splits(corpus, depth, options):
            assert depths[list(split.training)].max() <= depth < depths[list(split.tested)].min()
            assert len(split.training) == min(30, sum(depths <= depth))


def test_the_ledger_judges_by_the_frames(options, monkeypatch):
    stopping = ("10. Of stopping", "3", lambda frames: ("n/a", OPEN, str(frames["fig6"].height)))
    monkeypatch.setattr(claims_stopping, "compute_frames", lambda options: {"fig6": pl.DataFrame()})
    monkeypatch.setattr(claims_stopping, "CLAIMS", (stopping,))
    frame = claims.compute(options)
    assert set(frame["verdict"]) <= {HOLDS, FAILS, OPEN}
    assert frame.filter(pl.col("claim").str.starts_with("5."))["verdict"].to_list() == [OPEN]
    assert len(frame) == len(claims.CLAIMS) + 1
    assert frame["why"][-1] == "0"


def studied(values):
    """Return a frame of R2 by (corpus, share, label)."""
    rows = [
        {"corpus": corpus, "fraction": share, "label": label, "r2": r2, "r2_low": r2, "r2_high": r2}
        for (corpus, share, label), r2 in values.items()
    ]
    return pl.DataFrame(rows)


def test_a_claim_can_hold_and_fail():
    first, second = fig3.LABELS[:2]
    won = {
        ("lstm-ptb", 0.25, first): 0.8,
        ("lstm-ptb", 0.25, second): 0.6,
        ("lstm-ptb", 0.25, "LCE"): 0.7,
        ("lstm-ptb", 0.25, "last seen value"): -3.0,
    }
    check = claims._an_srm_beats_its_rivals
    assert check({"fig3": studied(won)})[1] == HOLDS
    lost = won | {("lstm-ptb", 0.25, "LC-Net (BNN)"): 0.9}
    here, verdict, why = check({"fig3": studied(lost)})
    assert (here, verdict) == ("in 0 of 1 pairs of corpus and share", FAILS)
    assert why == "lost: LSTM (Penn Treebank) at 25% (LC-Net (BNN))"


def test_figure_4_compares_three_variants_and_four_rivals(monkeypatch):
    monkeypatch.setattr(simlab, "load", large, raising=False)
    monkeypatch.setattr(fig4, "InductiveLCNet", partial(InductiveLCNet, steps=400, discard=200))
    figure = fig4.FIGURES["fig4-metaqnn"]
    result = figure.compute(Options(repeats=1, train=20))
    names = {(run.policy, run.tolerance, run.top_n) for run in result.summaries if run.threshold}
    rivals = ("lce", "lcnet-inductive", "last-seen", "pooled-boosting")
    srms = {("srm", 0.0, 1), ("srm", 0.01, 1), ("srm", 0.0, 2)}
    assert names == srms | {(rival, 0.0, 1) for rival in rivals}
    assert len(result.summaries) == 3 + 7 * len(fig4.THRESHOLDS)
    assert fig4.draw(result).to_dict()["title"]["text"].startswith("Speedup")
    assert "BNN is our lcnet-inductive" in figure.report(result)[0].text


def test_figure_4_takes_the_paper_s_burn_in_or_a_share(monkeypatch):
    monkeypatch.setattr(simlab, "load", large, raising=False)
    monkeypatch.setattr(fig4, "THRESHOLDS", (0.9,))
    monkeypatch.setattr(fig4, "LCE", LastSeenValue)
    monkeypatch.setattr(fig4, "InductiveLCNet", LastSeenValue)
    share = fig4.Figure4("metaqnn-cifar10", share=0.2).compute(Options(repeats=1, train=30, search=2))
    assert {run.burn_in for run in share.summaries} == {0, 24}


def test_a_figure_of_a_corpus_that_is_missing_says_so(tmp_path):
    figure = fig4.FIGURES["fig4-resnet"]
    assert figure.compute(Options()) is None
    assert figure.report(None)[0].text == "Not recorded yet: resnet-cifar10."
    fig4.write(None, tmp_path / "nothing.parquet")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_report_and_results(tmp_path, monkeypatch):
    monkeypatch.setattr(simlab, "load", large, raising=False)
    monkeypatch.setattr(fig4, "InductiveLCNet", partial(InductiveLCNet, steps=400, discard=200))
    app = typer.Typer()
    app.command()(command.main)
    arguments = ["fig4-metaqnn", "table1", "--out", str(tmp_path), "--repeats", "2", "--search", "3"]
    outcome = CliRunner().invoke(app, [*arguments, "--n-jobs", "1"])
    assert outcome.exit_code == 0, outcome.output
    assert f"report: {tmp_path / 'report.html'}" in outcome.stdout.replace("\n", "")
    assert "Prefer" in (tmp_path / "report.html").read_text(encoding="utf-8")
    written = simlab.SimulationResult.read(tmp_path / "fig4-metaqnn.parquet")
    assert written.provenance["orderings"] == 2
    assert pl.read_parquet(tmp_path / "table1.parquet")["label"].n_unique() == 4
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Figure 4" in report
    assert "Table 1" in report


def test_an_unknown_analysis_names_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'fig4-metaqnn'"):
        command.run(["fig4-metaqn"], tmp_path, Options())
