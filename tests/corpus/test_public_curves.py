"""Curves that others published come in through the front door; SIMLAB_PUBLIC_CURVES names their folder."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from simlab.corpus.importing import import_runs
from simlab.corpus.statistics import status_counts
from simlab.corpus.verify import verify

FOLDER = os.environ.get("SIMLAB_PUBLIC_CURVES")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="SIMLAB_PUBLIC_CURVES names no folder with published curves"
)


def imported(name, folder, **settings):
    made = import_runs(
        Path(FOLDER) / f"{name}_curves.parquet",
        folder,
        runs=Path(FOLDER) / f"{name}_runs.parquet",
        file_format="parquet",
        **settings,
    )
    assert verify(folder) == []
    return made.corpus


def test_lcnet(tmp_path):
    columns = ("batch_size", "log2_n_units_1", "log2_n_units_2", "log2_n_units_3", "log10_learning_rate")
    corpus = imported(
        "lcnet_cifar10_cnn",
        tmp_path / "lcnet",
        config_id="curve_id",
        epoch="epoch",
        value="val_error",
        direction="minimize",
        bounds=(0, 1),
        seconds="cum_seconds",
        cumulative_seconds=True,
        hyperparameters=columns,
    )
    assert (len(corpus), corpus.n_epochs, len(corpus.completed)) == (265, 40, 265)
    recorded = pl.read_parquet(Path(FOLDER) / "lcnet_cifar10_cnn_curves.parquet")
    assert corpus.best_value == recorded.filter(epoch=40)["val_error"].min()
    assert corpus.series["seconds"].sum() == pytest.approx(recorded.filter(epoch=40)["cum_seconds"].sum())


def test_deepobs_one_problem(tmp_path):
    corpus = imported(
        "deepobs_baselines",
        tmp_path / "deepobs",
        config_id="run_id",
        epoch="epoch",
        value="test_acc",
        direction="maximize",
        bounds=(0, 1),
        worst=0.01,
        skip_untrained=True,
        hyperparameters=["learning_rate"],
        where={"problem": "cifar100_allcnnc", "seed": "42"},
    )
    assert corpus.n_epochs == 350
    assert status_counts(corpus)["completed"] == len(corpus) > 0


def test_taskset_with_diverged_runs(tmp_path):
    corpus = imported(
        "taskset_rnn_imdb",
        tmp_path / "taskset",
        config_id="curve_id",
        epoch="step",
        value="valid_loss",
        direction="minimize",
        worst=0.6931,
        skip_untrained=True,
        nan_values="diverged",
        hyperparameters=["learning_rate", "beta1", "l2"],
    )
    recorded = pl.read_parquet(Path(FOLDER) / "taskset_rnn_imdb_curves.parquet").filter(pl.col("step") > 0)
    holed = recorded.filter(pl.col("valid_loss").is_finite().not_().fill_null(True))["curve_id"].n_unique()
    assert (len(corpus), corpus.n_epochs) == (12_000, 50)
    assert status_counts(corpus)["diverged"] == holed == 917
