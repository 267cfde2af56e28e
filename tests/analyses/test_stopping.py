"""Figures 6 and 8, the analyses beyond the paper that simulate, and the claims about stopping."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest

import simlab
from analyses import (
    claims_stopping,
    corpora,
    fig3,
    fig4,
    fig6,
    fig8,
    gantt,
    hyperband_presets,
    hyperband_runs,
    ranks,
    workers,
)
from analyses.options import Options
from analyses.replays import replay
from analyses.verdicts import FAILS, HOLDS, OPEN
from simlab.predictors import LastSeenValue
from tests.synthetic import synthetic_corpus

SHIPPED = ("metaqnn-cifar10", "cudaconvnet-cifar10", "lstm-ptb")
SIMULATED = (fig6, fig8, gantt, hyperband_presets, ranks, workers)
OPTIONS = Options(repeats=2, search=2, train=12)


def make(name):
    """Return a small corpus under the name of a shipped one."""
    return dataclasses.replace(synthetic_corpus(60, 12, seed=SHIPPED.index(name), diverged=3), name=name)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Put small corpora, few runs and quick predictors in the place of the real ones."""
    monkeypatch.setattr(corpora, "shipped_names", lambda: list(SHIPPED))
    monkeypatch.setattr(simlab, "load", make, raising=False)
    monkeypatch.setattr(fig3, "CORPORA", SHIPPED)
    for module, name, value in (
        (hyperband_runs, "MAX_EPOCHS", 12),
        (hyperband_runs, "RUNS", 6),
        (fig8, "FEW", 10),
        (hyperband_presets, "DRAWS", 40),
        (workers, "WORKERS", (1, 4, 16, 64)),
        (ranks, "BURN_IN", 10),
    ):
        monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize("analysis", SIMULATED, ids=lambda one: one.__name__.split(".")[-1])
def test_a_frame_and_its_sections(analysis):
    frame = analysis.compute(OPTIONS)
    assert len(frame) > 0
    sections = analysis.report(frame)
    assert sections[0].text
    charts = [section.chart for section in sections if section.chart is not None]
    assert charts
    for chart in charts:
        told = chart.to_dict()["title"]
        assert told["text"]
        assert told["subtitle"]
    for section in sections:
        if section.table is not None:
            assert {str(kind) for kind in section.table.dtypes} == {"String"}


def test_speedups_of_runs_are_ratios_of_their_epochs():
    options = dataclasses.replace(OPTIONS, repeats=1)
    chosen = {"Hyperband": hyperband_runs.hyperband()} | hyperband_runs.srms(options)
    result = replay(simlab.load(hyperband_runs.CORPUS), chosen.values(), options)
    spent = hyperband_runs.epochs_per_run(result.trials, list(chosen))
    draws = hyperband_runs.draws_per_run()
    trials = result.trials.filter(pl.col("run") < 2, pl.col("position") < 2 * draws)
    plain, fast = (trials.filter(run=run)["epochs"].sum() for run in (0, 1))
    row = spent.filter(label=list(chosen)[1], number=2).row(0, named=True)
    assert row["so_far"] == fast
    assert row["speedup_so_far"] == pytest.approx(plain / fast)
    assert spent.filter(label="Hyperband")["speedup"].to_list() == [1.0] * hyperband_runs.RUNS
    assert (spent.group_by("label").agg(pl.sum("epochs"))["epochs"] > 0).all()


def test_no_run_is_faster_than_its_ceiling():
    corpus = dataclasses.replace(synthetic_corpus(60, 12), name="metaqnn-cifar10")
    chosen = [hyperband_runs.hyperband(), *hyperband_runs.rivals(OPTIONS).values()]
    result = simlab.simulate(corpus, chosen, orderings=2)
    spent = hyperband_runs.epochs_per_run(result.trials, ["Hyperband", "last", "pooled"])
    assert spent["speedup"].max() <= hyperband_runs.run_ceiling()


def test_gains_are_paired_and_start_at_nothing():
    frame = fig6.compute(OPTIONS)
    gains = frame.filter(measure="gain")
    first = gains.group_by("label", maintain_order=True).first()
    assert first["mean"].to_list() == [0.0] * first.height  # before anything stops both have seen the same
    assert frame.filter(measure="speedup", label="Hyperband")["mean"].unique().to_list() == [1.0]


def test_ranks_score_by_the_share_of_worse_models():
    corpus = make("metaqnn-cifar10")
    scores = ranks._shares_below(corpus, np.array([np.nan, corpus.metric.score(corpus.best_value)]))
    assert scores[0] == 0
    assert scores[1] == pytest.approx(1 - 1 / len(corpus))


def summary(**figures):
    row = {"tolerance": 0.0, "top_n": 1, "policy": "srm", "burn_in": 100, "recovery_trials": 10} | figures
    return row | {"speedup_high": figures["speedup"] + 0.1}


def verdicts(rows):
    frames = {"fig4": pl.DataFrame(rows)}
    checks = (claims_stopping._metaqnn_speedup, claims_stopping._srm_beats_lce)
    return [check(frames)[1] for check in checks]


def test_the_metaqnn_claims_can_hold_fail_and_stay_open():
    keys = {"figure": "fig4-metaqnn", "corpus": "metaqnn-cifar10", "threshold": 0.99, "ceiling": 6.9}
    fast = summary(**keys, speedup=5.0, recovery_successes=9)
    lce = summary(**keys, speedup=2.0, recovery_successes=10) | {"policy": "lce"}
    assert verdicts([fast, lce]) == [HOLDS, HOLDS]
    assert verdicts([fast | {"recovery_successes": 5}, lce]) == [FAILS, FAILS]
    assert verdicts([fast | {"speedup": 2.2, "ceiling": 2.4}, lce]) == [OPEN, HOLDS]


def resnet(recovered, *, speedup=3.5, ceiling=4.6):
    both = [("fig4-resnet", 2.0, 2.4), ("fig4-resnet-20-percent", speedup, ceiling)]
    rows = [
        summary(
            figure=figure,
            corpus="resnet-cifar10",
            threshold=threshold,
            ceiling=bound,
            speedup=found,
            recovery_successes=kept,
        )
        for figure, found, bound in both
        for threshold, kept in recovered.items()
    ]
    frames = {"fig4": pl.DataFrame(rows)}
    return claims_stopping._resnet_threshold(frames)[1], claims_stopping._resnet_speedup(frames)[1]


def test_the_resnet_claims_are_judged_below_the_ceiling_only():
    assert resnet({0.95: 4, 0.99: 10}) == (HOLDS, HOLDS)
    assert resnet({0.95: 10, 0.99: 10}, speedup=3.0) == (FAILS, FAILS)
    assert resnet({0.95: 4, 0.99: 10}, ceiling=3.0)[1] == OPEN
    nothing = {
        "fig4": pl.DataFrame([summary(figure="x", corpus="x", threshold=0.9, ceiling=5.0, speedup=1.0)])
    }
    assert claims_stopping._resnet_threshold(nothing)[1] == OPEN


def test_the_ledger_takes_the_frames_of_the_figures(monkeypatch):
    monkeypatch.setattr(fig4, "THRESHOLDS", (0.95, 0.99))
    monkeypatch.setattr(fig4, "LCE", LastSeenValue)
    monkeypatch.setattr(fig4, "InductiveLCNet", LastSeenValue)
    monkeypatch.setattr(fig4, "FIGURES", {"fig4-metaqnn": fig4.FIGURES["fig4-metaqnn"]})
    monkeypatch.setattr(hyperband_runs, "first_full_run", lambda: 3)
    found = claims_stopping.compute_frames(OPTIONS)
    found["fig4"] = pl.concat(
        [found["fig4"], found["fig4"].filter(policy="last-seen").with_columns(policy=pl.lit("lce"))]
    )
    judged = {claim: check(found) for claim, _, check in claims_stopping.CLAIMS}
    assert {verdict for _, verdict, _ in judged.values()} <= {HOLDS, FAILS, OPEN}
    (agent,) = (verdict for claim, verdict in judged.items() if claim.startswith("10."))
    assert agent[1] == OPEN
    (seven,) = (verdict for claim, verdict in judged.items() if claim.startswith("12a"))
    assert seven[1] == OPEN
