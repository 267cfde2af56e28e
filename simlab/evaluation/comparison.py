"""One split of a study: predictions of every tested configuration beside its true end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from simlab.corpus import Corpus
from simlab.evaluation.calibration import probability_integral
from simlab.evaluation.splits import Split
from simlab.predictions import EpochPredictions, PredictionStore, PredictionTables
from simlab.predictors.predictor import Predictor


def compare_predictors(
    corpus: Corpus,
    predictors: Sequence[Predictor],
    split: Split,
    fractions: Mapping[float, int],
    store: PredictionStore | None = None,
) -> pl.DataFrame:
    """Fit every predictor on the training set and compare what it predicts with the truth.

    Parameters
    ----------
    corpus : Corpus
    predictors : sequence of Predictor
    split : Split
    fractions : mapping of float to int
        Epochs at which to predict, by the share of the curve that they are.
    store : PredictionStore, optional

    Returns
    -------
    polars.DataFrame
        As in :class:`simlab.evaluation.PredictionStudy`, for this split.
    """
    tables = PredictionTables(corpus, store)
    parts = []
    with threadpool_limits(1):  # so that no library splits a sum differently
        for number, predictor in enumerate(predictors):
            table = tables.table(predictor, split.training)
            for fraction, epoch in fractions.items():
                keys = [
                    pl.lit(number, dtype=pl.Int32).alias("predictor"),
                    pl.lit(predictor.name).alias("name"),
                    pl.lit(fraction, dtype=pl.Float64).alias("fraction"),
                    pl.lit(epoch, dtype=pl.Int32).alias("epoch"),
                ]
                parts.append(_compare(corpus, split, table.at(epoch), epoch).select(*keys, pl.all()))
    return pl.concat(parts)


def _compare(corpus: Corpus, split: Split, made: EpochPredictions, epoch: int) -> pl.DataFrame:
    """Put predictions beside the truth: null where a curve had ended, NaN where there is no prediction."""
    tested = np.sort(np.array(split.tested, dtype=np.int64))
    going_on = tested[corpus.lengths[tested] > epoch]
    prediction = made.prediction.take(np.searchsorted(made.configs, going_on))
    predicted = pl.DataFrame(
        {
            "config_id": pl.Series(corpus.config_ids[going_on], dtype=pl.String),
            "predicted": corpus.metric.value(prediction.mean),
            "sigma": prediction.sigma,
            "integral": probability_integral(corpus.final_scores[going_on], prediction),
        }
    )
    truth = pl.DataFrame(
        {
            "config_id": pl.Series(corpus.config_ids[tested], dtype=pl.String),
            "status": pl.Series(corpus.status[tested], dtype=pl.String),
            "truth": corpus.final_values[tested],
        }
    )
    return truth.join(predicted, on="config_id", how="left", maintain_order="left")
