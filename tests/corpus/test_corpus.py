"""The corpus as arrays: final values, the best, digests, prefixes and training sets."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simlab.corpus import Corpus
from simlab.errors import CorpusError, SettingError
from simlab.metric import Metric
from tests.synthetic import synthetic_corpus, synthetic_tables


def rebuilt(curves, configs, metric):
    return Corpus.from_tables(curves, configs, metric, name="other")


def test_final_values_by_status():
    corpus = synthetic_corpus(n=30, diverged=3, failed=4, censored=5)
    for status, expected in (("diverged", corpus.metric.worst), ("failed", np.nan), ("censored", np.nan)):
        np.testing.assert_equal(corpus.final_values[corpus.status == status], expected)
    completed = corpus.status == "completed"
    assert np.array_equal(corpus.final_values[completed], corpus.values[completed, -1])


def test_final_value_of_a_ragged_curve_is_its_last():
    corpus = synthetic_corpus(ragged=True)
    assert len(set(corpus.lengths.tolist())) > 2
    for row, length in enumerate(corpus.lengths):
        assert corpus.final_values[row] == corpus.values[row, length - 1]
        assert np.isnan(corpus.values[row, length:]).all()


def test_best_counts_ties_and_only_completed_runs():
    frame = pl.DataFrame({"run": ["a", "b", "c"], "t": [1, 1, 1], "v": [0.7, 0.7, 0.9]})
    frame = frame.with_columns(status=pl.Series(["completed", "completed", "censored"]))
    corpus = Corpus.from_frame(
        frame, config_id="run", epoch="t", value="v", status="status", direction="maximize", bounds=(0, 1)
    )
    assert corpus.best.tolist() == [0, 1]
    assert corpus.best_value == 0.7


def test_mirrored_corpora_have_identical_scores():
    up, down = (
        synthetic_corpus(n=30, diverged=2, censored=2, ragged=True, direction=one)
        for one in ("maximize", "minimize")
    )
    assert not np.array_equal(up.values, down.values, equal_nan=True)
    assert np.array_equal(up.scores, down.scores, equal_nan=True)
    assert np.array_equal(up.final_scores, down.final_scores, equal_nan=True)
    assert up.best.tolist() == down.best.tolist()
    assert up.best_value == -down.best_value


def test_digest_ignores_row_order_but_sees_every_part():
    curves, configs, metric = synthetic_tables(n=8, epochs=4, diverged=1)
    digest = rebuilt(curves, configs, metric).digest
    assert rebuilt(curves.reverse(), configs.reverse(), metric).digest == digest
    other = {
        "value": (curves.with_columns(pl.col("value") * 0.5), configs, metric),
        "seconds": (curves.with_columns(pl.col("seconds") * 2), configs, metric),
        "feature": (curves, configs.with_columns(pl.col("hp_weight_decay") * 2), metric),
        "feature name": (curves, configs.rename({"hp_weight_decay": "hp_momentum"}), metric),
        "feature set": (curves, configs.rename({"hp_weight_decay": "ap_weight_decay"}), metric),
        "direction": (
            curves,
            configs,
            Metric(name=metric.name, direction="minimize", bounds=metric.bounds, worst=metric.worst),
        ),
        "worst": (
            curves,
            configs,
            Metric(name=metric.name, direction="maximize", bounds=metric.bounds, worst=0.2),
        ),
        "status": (curves, configs.with_columns(status=pl.lit("completed")), metric),
    }
    digests = {name: rebuilt(*tables).digest for name, tables in other.items()}
    assert len({digest, *digests.values()}) == 1 + len(other), digests


def test_training_set_leaves_out_and_counts_runs_without_a_target():
    corpus = synthetic_corpus(n=20, diverged=2, failed=3, censored=4)
    training = corpus.training_set(range(20))
    assert (len(training), training.n_without_target) == (13, 7)
    assert np.isfinite(training.targets).all()


def test_prefixes_of_shorter_curves_are_refused():
    corpus = synthetic_corpus(n=10, epochs=6, censored=1)
    censored = np.flatnonzero(corpus.status == "censored")
    with pytest.raises(CorpusError, match="shorter curve"):
        corpus.prefixes(censored, 6)
    assert corpus.prefixes(corpus.completed, 3).scores.shape == (9, 3)


def test_curves_frame_gives_the_table_back():
    curves, configs, metric = synthetic_tables(n=10, failed=1, ragged=True)
    assert rebuilt(curves, configs, metric).curves_frame().equals(curves)


def test_arrays_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        synthetic_corpus(n=3).values[0, 0] = 1


def test_standard_error_is_binomial_at_the_best_value():
    corpus = synthetic_corpus()
    p = corpus.best_value
    assert corpus.standard_error == pytest.approx(np.sqrt(p * (1 - p) / 1000))
    assert synthetic_corpus(direction="minimize").standard_error is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"direction": "up"},
        {"bounds": (1, 0)},
        {"bounds": (0, 1), "worst": 2.0},
        {"worst": float("inf")},
        {"worst": float("nan")},
    ],
)
def test_a_metric_refuses_contradictions(wrong):
    with pytest.raises(SettingError):
        Metric(**{"name": "accuracy", "direction": "maximize"} | wrong)


@pytest.mark.parametrize("bounds", [(0, 1), (0, float("inf")), (-float("inf"), float("inf"))])
def test_a_metric_survives_its_description(bounds):
    metric = Metric(name="loss", direction="minimize", bounds=bounds, worst=1.0)
    assert Metric.from_dict(metric.to_dict()) == metric


def with_rates(rates, **metadata):
    curves = pl.DataFrame({"config_id": ["a", "b"], "epoch": [1, 1], "value": [0.2, 0.4]})
    configs = pl.DataFrame(
        {"config_id": ["a", "b"], "status": ["completed"] * 2, "reason": [None] * 2, "hp_rate": rates}
    )
    metric = Metric(name="accuracy", direction="maximize", bounds=(0, 1))
    return Corpus.from_tables(curves, configs, metric, name="rates", metadata=metadata)


def test_log_scaled_features_are_handed_out_as_logarithms():
    assert with_rates([0.01, 10.0]).hyperparameters.matrix.tolist() == [[0.01], [10.0]]
    scaled = with_rates([0.01, 10.0], log_scaled=["hp_rate"])
    assert scaled.hyperparameters.matrix.tolist() == [[-2.0], [1.0]]
    assert scaled.configs["hp_rate"].to_list() == [0.01, 10.0]
    assert scaled.digest != with_rates([0.01, 10.0]).digest


def test_the_digest_does_not_hang_on_the_last_bit_of_a_logarithm(monkeypatch):
    digest = with_rates([0.01, 0.3], log_scaled=["hp_rate"]).digest
    log10 = np.log10  # of another processor
    monkeypatch.setattr(np, "log10", lambda values: np.nextafter(log10(values), 0))
    other = with_rates([0.01, 0.3], log_scaled=["hp_rate"])
    assert other.hyperparameters.matrix[1, 0] != log10(0.3)
    assert other.digest == digest


def test_log_scaled_features_must_be_positive_and_there():
    with pytest.raises(CorpusError, match=r"'hp_rate' is declared log_scaled, but 1 of its values.*: a"):
        with_rates([0.0, 10.0], log_scaled=["hp_rate"])
    with pytest.raises(CorpusError, match="no such column"):
        with_rates([1.0, 10.0], log_scaled=["hp_speed"])
