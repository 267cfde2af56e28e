"""A store gives back what was made, to every process, and never what is out of date."""

from __future__ import annotations

import json
import logging
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import joblib
import numpy as np
import polars as pl
import pytest

import simlab
from simlab.errors import SettingError
from simlab.policies import ThresholdRule
from simlab.predictions import PredictionStore, PredictionTable
from simlab.predictions import store as store_module
from simlab.predictors import LCE, SRM, LastSeenValue
from simlab.predictors.prediction import Prediction
from tests.synthetic import synthetic_corpus

TRAINING = range(15)
IDS = np.array(["a", "b"])


@pytest.fixture
def store(tmp_path):
    return PredictionStore(tmp_path / "store")


@pytest.fixture(scope="module")
def corpus():
    return synthetic_corpus(25, 6)


def never_called():
    raise AssertionError("computed although it was stored")


@pytest.mark.parametrize("predictor", [LastSeenValue(), SRM(search=2), LCE(steps=50, discard=10)], ids=str)
def test_what_was_kept_comes_back_bit_by_bit(predictor, corpus, store):
    plain = PredictionTable(corpus, predictor, TRAINING).at(4)
    first = PredictionTable(corpus, predictor, TRAINING, store=store).at(4)
    again = PredictionStore(store.folder)
    key = again.key(corpus, predictor, TRAINING)
    kept = again.fetch(key, 4, corpus.config_ids[plain.configs], never_called)
    for made in (first.prediction, kept):
        assert made.mean.tobytes() == plain.prediction.mean.tobytes()
        assert made.sigma.tobytes() == plain.prediction.sigma.tobytes()
        assert made.diagnostics.keys() == plain.prediction.diagnostics.keys()
    if plain.prediction.quantiles is not None:
        assert kept.quantiles.tobytes() == plain.prediction.quantiles.tobytes()
        np.testing.assert_array_equal(
            kept.diagnostics["acceptance"], plain.prediction.diagnostics["acceptance"]
        )


def test_the_key_names_all_that_a_prediction_depends_on(corpus, store, monkeypatch):
    def name(corpus=corpus, predictor=SRM(), training=TRAINING, horizon=None):  # noqa: B008
        return store.key(corpus, predictor, training, horizon).name

    keys = {
        name(),
        name(corpus=synthetic_corpus(25, 6, seed=1)),
        name(predictor=SRM(search=7)),
        name(predictor=SRM(random_state=1)),
        name(predictor=LastSeenValue()),
        name(training=range(16)),
        name(training=[1, 0, *range(2, 15)]),
        name(horizon=5),
    }
    assert len(keys) == 8
    assert name(predictor=SRM()) == name()
    monkeypatch.setattr(store_module, "_code_digest", lambda: "changed")
    assert name() not in keys


def test_one_table_of_a_predictor_that_does_not_learn(corpus, store):
    assert store.key(corpus, LCE(), range(3)).name == store.key(corpus, LCE(), range(9)).name


class Foreign(LastSeenValue):
    """A predictor whose code is not simlab's."""


def test_a_predictor_of_the_user_s_own_is_not_kept(corpus, store):
    assert store.key(corpus, Foreign(), TRAINING) is None
    PredictionTable(corpus, Foreign(), TRAINING, store=store).at(3)
    assert store.tables() == []


def key(store):
    return store.key(synthetic_corpus(4, 3), LastSeenValue(), [0])


def numbers(value):
    return Prediction(np.full(2, value), np.zeros(2))


def test_other_configurations_are_not_mistaken_for_these(store):
    store.fetch(key(store), 1, IDS, lambda: numbers(1.0))
    other = store.fetch(key(store), 1, np.array(["a", "c"]), lambda: numbers(2.0))
    assert other.mean.tolist() == [2.0, 2.0]


def test_a_damaged_file_is_made_anew_and_said(store, caplog):
    store.fetch(key(store), 1, IDS, lambda: numbers(1.0))
    (file,) = store.folder.glob("*/epoch-00001.parquet")
    file.write_bytes(file.read_bytes()[:50])
    with caplog.at_level(logging.WARNING):
        assert store.fetch(key(store), 1, IDS, lambda: numbers(3.0)).mean.tolist() == [3.0, 3.0]
    assert "made anew" in caplog.text
    assert store.fetch(key(store), 1, IDS, never_called).mean.tolist() == [3.0, 3.0]


def test_of_two_that_want_the_same_one_computes(store):
    computing, calls = Event(), []

    def compute():
        calls.append(1)
        computing.wait(0.3)
        return numbers(1.0)

    with ThreadPoolExecutor(4) as pool:
        made = [
            pool.submit(PredictionStore(store.folder).fetch, key(store), 1, IDS, compute) for _ in range(4)
        ]
        assert [one.result().mean.tolist() for one in made] == [[1.0, 1.0]] * 4
    assert len(calls) == 1


def simulated(corpus, store, n_jobs=1):
    rules = [ThresholdRule(predictor=SRM(search=3), threshold=one, burn_in=15) for one in (0.8, 0.95)]
    return simlab.simulate(corpus, rules, orderings=3, store=store, n_jobs=n_jobs)


def test_a_simulation_is_the_same_with_and_without(corpus, store):
    plain = simulated(corpus, None)
    for n_jobs in (2, 1):
        result = simulated(corpus, store, n_jobs)
        assert result.decisions.equals(plain.decisions)
        assert result.trials.equals(plain.trials)
        assert result.provenance == plain.provenance
    assert len(store.tables()) == 3


def test_processes_may_share_it(corpus, store):
    results = joblib.Parallel(n_jobs=2)(joblib.delayed(simulated)(corpus, store) for _ in range(3))
    assert results[0].decisions.equals(results[1].decisions)
    assert len(store.tables()) == 3


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_done_without(tmp_path, caplog):
    tmp_path.chmod(0o500)
    store = PredictionStore(tmp_path / "store")
    assert store.fetch(key(store), 1, IDS, lambda: numbers(1.0)).mean.tolist() == [1.0, 1.0]
    assert "cannot be written to" in caplog.text


def test_a_path_that_is_no_folder_is_done_without_and_said_once(tmp_path, caplog):
    (tmp_path / "store").write_text("in the way")
    store = PredictionStore(tmp_path / "store")
    for _ in range(2):
        assert store.fetch(key(store), 1, IDS, lambda: numbers(1.0)).mean.tolist() == [1.0, 1.0]
    assert caplog.text.count("cannot be written to") == 1


def test_a_full_disk_loses_no_prediction(store, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module, "write_parquet", full)
    assert store.fetch(key(store), 1, IDS, lambda: numbers(1.0)).mean.tolist() == [1.0, 1.0]
    assert "No space left" in caplog.text


def test_the_longest_unused_go_first(store):
    keys = [store.key(synthetic_corpus(4, 3), LastSeenValue(), range(n)) for n in (1, 2, 3)]
    for age, one in enumerate(keys):
        store.fetch(one, 1, IDS, lambda: numbers(1.0))
        os.utime(store.folder / one.name / "table.json", (1e9 - age, 1e9 - age))
    store.fetch(keys[2], 1, IDS, never_called)  # used just now
    sizes = [table.size for table in store.tables()]
    small = PredictionStore(store.folder, max_bytes=sum(sizes) - 1)
    assert small.trim() == 1
    assert {table.name for table in small.tables()} == {keys[0].name, keys[2].name}
    assert small.trim() == 0


def test_a_store_that_may_only_be_read_is_read(store, monkeypatch, caplog):
    def denied(*_):
        raise PermissionError(13, "Permission denied")

    store.fetch(key(store), 1, IDS, lambda: numbers(1.0))
    monkeypatch.setattr(os, "utime", denied)
    assert store.fetch(key(store), 1, IDS, never_called).mean.tolist() == [1.0, 1.0]
    assert not caplog.text


def test_clear(store):
    store.fetch(key(store), 1, IDS, lambda: numbers(1.0))
    count, size = store.clear()
    assert (count, store.tables()) == (1, [])
    assert size > 500
    assert store.fetch(key(store), 1, IDS, lambda: numbers(2.0)).mean.tolist() == [2.0, 2.0]


def test_a_half_removed_table_is_no_table(store):
    store.fetch(key(store), 1, IDS, lambda: numbers(1.0))
    shutil.rmtree(store.folder / key(store).name)
    assert store.tables() == []


def test_its_description_is_for_people(corpus, store):
    PredictionTable(corpus, SRM(search=2), TRAINING, store=store).at(3)
    (table,) = store.tables()
    assert table.epochs == 1
    told = json.loads((store.folder / table.name / "table.json").read_text())
    assert told == table.description
    assert (told["corpus"], told["predictor"]["search"], told["n_training"]) == ("synthetic", 2, 15)
    frame = pl.read_parquet(store.folder / table.name / "epoch-00003.parquet")
    assert frame.columns == ["config_id", "mean", "sigma"]
    assert len(frame) == 10


def test_a_negative_bound_is_refused(tmp_path):
    with pytest.raises(SettingError, match="max_bytes must be 0 or more, not -1"):
        PredictionStore(tmp_path, max_bytes=-1)
