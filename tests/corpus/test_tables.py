"""Any table of past runs becomes a corpus, or says in the user's own words why it cannot."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from simlab.corpus import Corpus
from simlab.errors import CorpusError, SettingError
from tests.synthetic import synthetic_corpus

RUNS = {
    "run": ["a", "a", "a", "b", "b", "b", "c", "c"],
    "step": [1, 2, 3, 1, 2, 3, 1, 2],
    "acc": [0.2, 0.4, 0.6, 0.3, 0.5, 0.7, 0.1, 0.2],
    "lr": [0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 1.0, 1.0],
}
NAMES = {"config_id": "run", "epoch": "step", "value": "acc", "direction": "maximize", "bounds": (0, 1)}


def built(changes=None, **settings):
    return Corpus.from_frame(pl.DataFrame(RUNS | (changes or {})), **NAMES | settings)


def refused(changes=None, **settings) -> str:
    with pytest.raises(CorpusError) as caught:
        built(changes, source="runs.csv", **settings)
    return str(caught.value)


def test_pandas_polars_and_arrow_frames_give_the_same_corpus():
    frame = synthetic_corpus(n=8, ragged=True).curves_frame()
    names = {"config_id": "config_id", "epoch": "epoch", "value": "value", "seconds": "seconds"}
    corpora = [
        Corpus.from_frame(one, **names, direction="maximize")
        for one in (frame, frame.to_arrow(), frame.to_pandas())
    ]
    assert len({corpus.digest for corpus in corpora}) == 1
    assert len(corpora[0]) == 8


def test_row_order_does_not_matter():
    shuffled = pl.DataFrame(RUNS).sample(fraction=1, shuffle=True, seed=4)
    assert Corpus.from_frame(shuffled, **NAMES).digest == built().digest


def test_features_get_their_prefix_once():
    corpus = built(
        {"ap_layers": [1] * 3 + [2] * 3 + [3] * 2}, hyperparameters=["lr"], architecture=["ap_layers"]
    )
    assert corpus.hyperparameters.names == ("hp_lr",)
    assert corpus.architecture_parameters.names == ("ap_layers",)
    assert corpus.hyperparameters.matrix[:, 0].tolist() == [0.1, 0.01, 1.0]


@pytest.mark.parametrize("short_runs", ["censored", "completed"])
def test_short_runs_are_what_the_user_says(short_runs):
    assert built(short_runs=short_runs).status.tolist() == ["completed", "completed", short_runs]


def test_a_status_column_is_believed():
    status = ["completed"] * 3 + ["failed"] * 3 + ["diverged"] * 2
    corpus = built({"end": status}, status="end", worst=0.1)
    assert corpus.status.tolist() == ["completed", "failed", "diverged"]


@pytest.mark.parametrize("hole", [math.nan, math.inf, None])
def test_a_hole_is_an_error_or_ends_a_diverged_run(hole):
    changes = {"acc": [0.2, 0.4, 0.6, 0.3, hole, 0.7, 0.1, 0.2]}
    text = refused(changes)
    assert text.startswith("runs.csv: column 'acc': values must be finite numbers: b at epoch 2")
    assert "--nan diverged" in text
    corpus = built(changes, nan_values="diverged", worst=0.1)
    assert corpus.status.tolist() == ["completed", "diverged", "censored"]
    assert corpus.lengths.tolist() == [3, 1, 2]
    assert corpus.final_values[1] == 0.1
    assert corpus.configs["reason"].to_list() == [None, "non-finite value", None]


def test_epochs_that_count_from_zero_are_shifted():
    shifted = {"step": [step - 1 for step in RUNS["step"]]}
    assert "--first-epoch 0" in refused(shifted)
    assert built(shifted, first_epoch=0).digest == built().digest


def test_an_untrained_epoch_zero_is_left_out():
    shifted = {"step": [step - 1 for step in RUNS["step"]]}
    corpus = built(shifted, skip_untrained=True)
    assert corpus.lengths.tolist() == [2, 2, 1]
    assert corpus.values[0].tolist() == [0.4, 0.6]
    unmeasured = {**shifted, "acc": [None, 0.4, 0.6, math.nan, 0.5, 0.7, None, 0.2]}
    corpus = built(unmeasured, skip_untrained=True, nan_values="diverged")
    assert corpus.lengths.tolist() == [2, 2, 1]
    with pytest.raises(SettingError, match="not both"):
        built(shifted, skip_untrained=True, first_epoch=0)


def test_a_run_with_nothing_but_its_untrained_epoch_is_not_dropped():
    text = refused({"step": [0, 1, 2, 0, 1, 2, 0, 0]}, skip_untrained=True)
    assert "needs at least one epoch: c" in text


def test_cumulative_seconds_become_those_of_each_epoch():
    seconds = {"time": [3.0, 5.0, 9.0, 1.0, 2.0, 4.0, 2.0, 2.5]}
    corpus = built(seconds, seconds="time", cumulative_seconds=True)
    np.testing.assert_array_equal(corpus.series["seconds"], [[3, 2, 4], [1, 1, 2], [2, 0.5, np.nan]])
    assert built(seconds, seconds="time").series["seconds"][0].tolist() == [3, 5, 9]


def test_text_that_reads_as_numbers_is_numbers():
    corpus = built(
        {"acc": ["0.2", "0.4", "0.6", "nan", "0.5", "0.7", "0.1", "0.2"]}, nan_values="diverged", worst=0.1
    )
    assert corpus.status.tolist() == ["completed", "diverged", "censored"]


@pytest.mark.parametrize(
    ("changes", "settings", "told"),
    [
        ({}, {"value": "acuracy"}, ["no column 'acuracy'", "It has: run, step, acc, lr"]),
        (
            {},
            {"value": "ac", "epoch": "stepp"},
            ["'stepp' (did you mean 'step'?), 'ac' (did you mean 'acc'?)"],
        ),
        ({"acc": ["x"] * 8}, {}, ["column 'acc': must hold numbers (8 are none): x, x, x, x, x, and 3 more"]),
        (
            {"step": [1.5, *RUNS["step"][1:]]},
            {},
            ["column 'step': epochs must be whole numbers (1 are not): 1.5"],
        ),
        (
            {"step": [1, 1, 3, 1, 2, 3, 1, 2]},
            {},
            ["2 problems", "duplicate (config_id, epoch): (a, 1)", "a lacks 1"],
        ),
        ({"step": [None, *RUNS["step"][1:]]}, {}, ["column 'step': must be given"]),
        (
            {"acc": [50.0, *RUNS["acc"][1:]]},
            {},
            ["column 'acc': values must lie within (0.0, 1.0): a at epoch 1 (50.0)"],
        ),
        (
            {"lr": [*range(8)]},
            {"hyperparameters": ["lr"]},
            ["column 'lr': must be constant within a run", "a, b, c"],
        ),
        (
            {"lr": ["x"] * 8},
            {"hyperparameters": ["lr"]},
            ["column 'lr': ap_ and hp_ columns must be numbers"],
        ),
        ({"acc": [*RUNS["acc"][:7], math.nan]}, {"nan_values": "diverged"}, ["worst value: c", "--worst"]),
        ({"end": ["ok"] * 8}, {"status": "end"}, ["column 'end': status must be one of", "a (ok)"]),
    ],
)
def test_errors_speak_of_the_users_own_columns(changes, settings, told):
    text = refused(changes, **settings)
    assert text.startswith("runs.csv")
    for part in told:
        assert part in text


def test_an_empty_table_is_refused():
    with pytest.raises(CorpusError, match="the table is empty"):
        Corpus.from_frame(pl.DataFrame(RUNS).clear(), **NAMES)
