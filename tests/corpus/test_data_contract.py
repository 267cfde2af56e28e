"""Every rule of the data contract fires, and says where, which, how often, who and what to do."""

from __future__ import annotations

import math

import polars as pl
import pytest

from simlab.corpus import Corpus
from simlab.corpus.validation import Finding, find_problems
from simlab.errors import CorpusError
from simlab.metric import Metric
from tests.synthetic import synthetic_tables

FIRST = "config-0000"
AT_3 = (pl.col("config_id") == FIRST) & (pl.col("epoch") == 3)


@pytest.fixture
def tables():
    return synthetic_tables(n=12, epochs=5, diverged=1, censored=1, failed=1, seed=3)


def put(frame, column, where, value):
    return frame.with_columns(pl.when(where).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))


def only(problems) -> Finding:
    assert len(problems) == 1, [str(one) for one in problems]
    return problems[0]


def test_a_valid_corpus_has_no_findings(tables):
    assert find_problems(*tables) == []


def curve_with(column, value):
    return lambda curves, configs: (put(curves, column, AT_3, value), configs)


def config_with(column, value):
    return lambda curves, configs: (curves, put(configs, column, pl.col("config_id") == FIRST, value))


BROKEN = {
    "nan inside a curve": (curve_with("value", math.nan), "value", "values must be finite numbers", FIRST),
    "infinite value": (curve_with("value", math.inf), "value", "values must be finite numbers", FIRST),
    "missing value": (curve_with("value", None), "value", "values must be finite numbers", FIRST),
    "out of bounds": (curve_with("value", 1.5), "value", "values must lie within (0.0, 1.0)", "(1.5)"),
    "negative seconds": (curve_with("seconds", -1.0), "seconds", "seconds must be finite", "(-1.0)"),
    "missing seconds": (curve_with("seconds", None), "seconds", "seconds must be finite", "(None)"),
    "gap": (lambda v, f: (v.filter(~AT_3), f), "epoch", "without a gap", f"{FIRST} lacks 1 of 5"),
    "late start": (
        lambda v, f: (v.filter((pl.col("config_id") != FIRST) | (pl.col("epoch") > 1)), f),
        "epoch",
        "the first epoch must be 1",
        f"{FIRST} starts at 2",
    ),
    "epoch zero": (
        lambda v, f: (v.with_columns(pl.col("epoch") - (pl.col("config_id") == FIRST).cast(pl.Int32)), f),
        "epoch",
        "the first epoch must be 1",
        f"{FIRST} starts at 0",
    ),
    "duplicate row": (
        lambda v, f: (pl.concat([v, v.filter(AT_3)]), f),
        "epoch",
        "duplicate (config_id, epoch)",
        f"({FIRST}, 3)",
    ),
    "duplicate config": (
        lambda v, f: (v, pl.concat([f, f.head(1)])),
        "config_id",
        "duplicate config_id",
        FIRST,
    ),
    "missing config": (lambda v, f: (v, f.tail(-1)), "config_id", "not in configs.parquet", FIRST),
    "unknown status": (config_with("status", "finished"), "status", "must be one of", f"{FIRST} (finished)"),
    "completed without epochs": (
        lambda v, f: (v.filter(pl.col("config_id") != FIRST), f),
        "status",
        "needs at least one epoch",
        FIRST,
    ),
    "feature missing": (config_with("ap_n_layers", None), "ap_n_layers", "features must be finite", FIRST),
    "feature infinite": (
        config_with("hp_learning_rate", math.inf),
        "hp_learning_rate",
        "features must",
        FIRST,
    ),
    "feature is text": (
        lambda v, f: (v, f.with_columns(hp_optimizer=pl.lit("adam"))),
        "hp_optimizer",
        "must be numbers",
        "",
    ),
    "missing column": (lambda v, f: (v.drop("value"), f), "value", "required column is missing", ""),
    "missing config column": (lambda v, f: (v, f.drop("status")), "status", "required column is missing", ""),
    "numbers as ids": (
        lambda v, f: (v.with_columns(config_id=pl.lit(1)), f),
        "config_id",
        "must hold text, not Int32",
        "",
    ),
    "fractional epochs": (
        lambda v, f: (v.with_columns(pl.col("epoch").cast(pl.Float64)), f),
        "epoch",
        "must hold whole numbers",
        "",
    ),
    "values as text": (lambda v, f: (v.with_columns(value=pl.lit("x")), f), "value", "must hold numbers", ""),
    "seconds as text": (
        lambda v, f: (v.with_columns(seconds=pl.lit("x")), f),
        "seconds",
        "must hold numbers",
        "",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_each_rule_names_file_column_rule_offender_and_advice(tables, case):
    breaks, column, rule, offender = BROKEN[case]
    curves, configs, metric = tables
    finding = only(find_problems(*breaks(curves, configs), metric))
    assert finding.column == column
    assert finding.file in {"curves.parquet", "configs.parquet"}
    assert rule in finding.rule
    assert finding.count >= 1
    assert finding.advice.endswith(".")
    assert f"{finding.file}, column '{column}': " in str(finding)
    assert offender in str(finding)


def test_an_empty_corpus_is_refused(tables):
    curves, configs, metric = tables
    finding = only(find_problems(curves.clear(), configs.clear(), metric))
    assert "empty" in finding.rule


def test_missing_keys_are_named_by_row(tables):
    curves, configs, metric = tables
    problems = find_problems(put(curves, "epoch", AT_3, None), configs, metric)
    assert "row 3" in "".join(map(str, problems))


def test_diverged_runs_need_a_worst_value(tables):
    curves, configs, _ = tables
    bare = Metric(name="accuracy", direction="maximize", bounds=(0, 1))
    finding = only(find_problems(curves, configs, bare))
    assert (finding.count, finding.rule) == (1, "diverged runs need the metric's worst value")


def test_some_run_must_be_completed(tables):
    curves, configs, metric = tables
    finding = only(
        find_problems(curves, put(configs, "status", pl.col("status") == "completed", "censored"), metric)
    )
    assert finding.rule == "no run is completed"


def test_all_findings_come_in_one_error(tables):
    curves, configs, metric = tables
    curves = put(
        curves.filter(~((pl.col("config_id") == "config-0001") & (pl.col("epoch") == 2))), "value", AT_3, 7.0
    )
    with pytest.raises(CorpusError) as caught:
        Corpus.from_tables(curves, configs, metric, name="mine")
    text = str(caught.value)
    assert text.startswith("mine: 2 problems")
    assert "without a gap" in text
    assert "within (0.0, 1.0)" in text


def test_long_lists_of_offenders_are_cut_and_counted(tables):
    curves, configs, metric = tables
    finding = only(find_problems(curves.with_columns(value=pl.lit(2.0)), configs, metric))
    runs = curves["config_id"].n_unique()
    assert finding.count == runs
    assert len(finding.first) == 5
    assert f"({runs}x)" in str(finding)
    assert f"and {runs - 5} more" in str(finding)


def test_a_diverged_curve_may_end_early_or_never_begin(tables):
    curves, configs, metric = tables
    diverged = configs.filter(status="diverged")["config_id"].item()
    corpus = Corpus.from_tables(curves.filter(pl.col("config_id") != diverged), configs, metric, name="x")
    row = corpus.config_ids.tolist().index(diverged)
    assert corpus.lengths[row] == 0
    assert corpus.final_values[row] == metric.worst
