"""A study of predictors: every curve predicted once, by who has not seen it, and measured right."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.metrics import r2_score, root_mean_squared_error

import simlab
from simlab.corpus import Prefixes
from simlab.corpus.registry import shipped_folder
from simlab.errors import CorpusError, SettingError
from simlab.evaluation import PredictionStudy, Split, evaluate
from simlab.predictions import PredictionStore
from simlab.predictors import SRM, LastSeenValue
from simlab.predictors.prediction import Prediction
from tests.simulator.toys import motley
from tests.synthetic import synthetic_corpus

PREDICTORS = [LastSeenValue(), SRM(regressor="ols")]


@pytest.fixture(scope="module")
def corpus():
    return synthetic_corpus(60, 8)


@pytest.fixture(scope="module")
def study(corpus):
    return evaluate(corpus, PREDICTORS, train=20, repeats=3, fractions=[0.25, 0.5])


def test_measures_equal_an_independent_loop(corpus, study):
    rows = study.per_repeat.iter_rows(named=True)
    orderings = [np.random.default_rng(child).permutation(60) for child in np.random.SeedSequence(0).spawn(3)]
    for row in rows:
        training, tested = np.split(orderings[row["repeat"]], [20])
        assert row["epoch"] == int(row["fraction"] * 8)
        model = clone(PREDICTORS[row["predictor"]]).fit(corpus.training_set(training))
        prediction = model.predict(corpus.prefixes(tested, row["epoch"]))
        truth = corpus.final_values[tested]
        assert row["r2"] == pytest.approx(r2_score(truth, prediction.mean), rel=1e-9)
        assert row["rmse"] == pytest.approx(root_mean_squared_error(truth, prediction.mean), rel=1e-9)
        assert row["rank_correlation"] == pytest.approx(spearmanr(truth, prediction.mean).statistic, rel=1e-9)
        inside = np.abs(truth - prediction.mean) <= 1.6448536269514722 * prediction.sigma
        assert row["coverage_90"] == pytest.approx(inside.mean(), abs=1e-12)
    assert study.per_repeat.height == 2 * 3 * 2


def test_its_training_sets_are_the_burn_ins_of_a_simulation(corpus, tmp_path):
    store = PredictionStore(tmp_path)
    rule = simlab.policies.ThresholdRule(predictor=SRM(regressor="ols"), threshold=0.9, burn_in=20)
    simlab.simulate(corpus, rule, orderings=2, seed=3, store=store)
    before = {table.name for table in store.tables()}
    evaluate(corpus, SRM(regressor="ols"), train=20, repeats=2, seed=3, fractions=[0.25], store=store)
    assert {table.name for table in store.tables()} == before


def test_nobody_is_predicted_by_who_has_seen_it(study):
    counts = study.predictions.group_by("predictor", "repeat", "fraction").len()["len"]
    assert set(counts) == {40}
    assert study.predictions.select("predictor", "repeat", "fraction", "config_id").is_duplicated().sum() == 0


def test_summary_is_the_mean_and_its_t_interval(study):
    row = study.summary().row(0, named=True)
    values = study.per_repeat.filter(predictor=0, fraction=0.25)["r2"].to_numpy()
    half = 4.302652729911275 * values.std(ddof=1) / math.sqrt(3)
    assert row["r2"] == pytest.approx(values.mean())
    assert row["r2_high"] - row["r2"] == pytest.approx(half)
    assert row["repeats"] == 3


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_curves_of_every_kind_are_counted(direction):
    corpus = motley(direction=direction)
    study = evaluate(corpus, LastSeenValue(), train=8, repeats=4, fractions=[0.5])
    for row in study.per_repeat.iter_rows(named=True):
        counted = row["n"] + row["n_ended"] + row["n_no_final"] + row["n_no_model"]
        assert counted == len(corpus) - 8
        rows = study.predictions.filter(repeat=row["repeat"])
        unknown = rows.filter(pl.col("status").is_in(["censored", "failed"]))
        assert row["n_no_final"] == len(unknown) > 0
        assert unknown["truth"].is_nan().all()
        diverged = rows.filter(status="diverged")
        assert (diverged["truth"] == corpus.metric.worst).all()
        going_on = rows.filter(pl.col("predicted").is_not_null() & pl.col("truth").is_not_nan())
        lengths = dict(zip(corpus.config_ids.tolist(), corpus.lengths.tolist(), strict=True))
        assert all(lengths[one] > 4 for one in going_on["config_id"])
        assert row["n_diverged"] == len(going_on.filter(status="diverged"))
        completed = going_on.filter(status="completed")
        expected = r2_score(completed["truth"].to_numpy(), completed["predicted"].to_numpy())
        assert row["r2_completed"] == pytest.approx(expected)


def test_where_there_is_no_model_that_is_counted(corpus):
    lce = simlab.predictors.LCE(steps=50, discard=10)
    study = evaluate(corpus, lce, train=0, repeats=1, fractions=[0.25, 0.5])
    early, late = study.per_repeat.iter_rows(named=True)
    assert (early["n"], early["n_no_model"]) == (0, 60)
    assert math.isnan(early["r2"])
    assert (late["n"], late["n_no_model"]) == (60, 0)
    assert late["r2"] < 1


def test_jobs_and_store_change_no_byte(corpus, study, tmp_path):
    store = PredictionStore(tmp_path)
    for _ in range(2):
        again = evaluate(
            corpus, PREDICTORS, train=20, repeats=3, fractions=[0.25, 0.5], n_jobs=2, store=store
        )
        assert again.predictions.equals(study.predictions)
        assert again.provenance == study.provenance


def test_the_file_gives_it_back(study, tmp_path):
    path = study.write(tmp_path / "new" / "study.parquet")
    again = PredictionStudy.read(path)
    assert again.predictions.equals(study.predictions)
    assert again.summary().equals(study.summary())
    with pytest.raises(CorpusError, match="holds no study"):
        PredictionStudy.read(shipped_folder() / "metaqnn-cifar10" / "curves.parquet")


def test_splits_of_one_s_own(corpus):
    splits = [Split(tuple(range(30)), tuple(range(40, 60)))]
    study = evaluate(corpus, LastSeenValue(), splits=splits, fractions=[0.5])
    assert study.predictions["config_id"].to_list() == [f"config-{config:04}" for config in range(40, 60)]
    assert study.provenance["train"] == [30]
    assert study.provenance["seed"] is None
    with pytest.raises(SettingError, match="trains and tests on the same 2 configurations, the first 3"):
        Split((3, 4, 5), (1, 3, 4))


def test_the_json_has_every_figure_with_its_interval(study):
    told = json.loads(json.dumps(study.to_dict()))
    assert len(told["results"]) == 4
    result = told["results"][2]
    assert (result["predictor"], result["regressor"], result["fraction"], result["epoch"]) == (
        "srm",
        "ols",
        0.25,
        2,
    )
    assert result["r2"]["low"] < result["r2"]["mean"] < result["r2"]["high"]
    assert told["provenance"]["corpus"] == "synthetic"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train": 60}, "train must lie between 0 and 59"),
        ({"repeats": 0}, "repeats must be 1 or more, not 0"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"fractions": [0.5, 1.0]}, "strictly between 0 and 1, not be 1.0"),
        ({"fractions": []}, "no fraction of the curve was given"),
        ({"level": 1}, "level must lie in"),
        ({"train": 5}, "'srm' needs 10 curves"),
    ],
)
def test_bad_settings(corpus, settings, message):
    with pytest.raises(SettingError, match=message):
        evaluate(corpus, SRM(regressor="ols"), **({"train": 20, "repeats": 1} | settings))


class Peeking(LastSeenValue):
    """Remembers the longest prefix it was shown."""

    seen: Sequence[int] = []

    def predict(self, prefixes: Prefixes) -> Prediction:
        Peeking.seen = [*Peeking.seen, prefixes.scores.shape[1]]
        return super().predict(prefixes)


def test_a_predictor_sees_the_beginning_only(corpus):
    evaluate(corpus, Peeking(), train=20, repeats=1, fractions=[0.25, 0.5])
    assert Peeking.seen == [2, 4]
