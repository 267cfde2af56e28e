"""Every prefix of a corpus extrapolated once, in parallel; and how much of that is chance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import joblib
import numpy as np
import polars as pl
from sklearn.base import clone

from simlab.corpus import Corpus
from simlab.predictors.lce import LCE, Forecast
from simlab.predictors.predictor import level_of

#: Prefixes that one job extrapolates in a row.
_BATCH = 32


def extrapolate_corpus(
    corpus: Corpus,
    lce: LCE | None = None,
    *,
    configs: Sequence[int] | None = None,
    epochs: Sequence[int] | None = None,
    n_jobs: int = 1,
) -> pl.DataFrame:
    """Extrapolate every prefix of every curve that goes on after it.

    LCE depends on the prefix alone, so that this one table serves every ordering, threshold and scheduler.

    Parameters
    ----------
    corpus : Corpus
    lce : LCE, optional
        With default settings unless given.
    configs : sequence of int, optional
        Which configurations, by position; by default all.
    epochs : sequence of int, optional
        Prefix lengths; by default all from 3 on.
    n_jobs : int
        Threads (-1: one per core), or workers of another joblib backend. The result does not depend on it.

    Returns
    -------
    polars.DataFrame
        One row for each configuration and epoch, in this order: ``config_id, epoch, mean, sigma, quantiles``
        (an array at :data:`simlab.predictors.predictor.QUANTILE_LEVELS`, in score units), and the
        diagnostics ``n_families, acceptance, effective_samples, n_lost``. NaN where there is no model.

    Examples
    --------
    >>> import simlab
    >>> table = extrapolate_corpus(
    ...     simlab.load("metaqnn-cifar10"), LCE(steps=50, discard=10), configs=[0, 7], epochs=[5, 10]
    ... )
    >>> table.select("config_id", "epoch").rows()
    [('0000', 5), ('0000', 10), ('0007', 5), ('0007', 10)]
    """
    fitted: LCE = clone(lce or LCE()).fit(corpus.training_set([]))
    lengths = range(LCE.min_epochs, corpus.n_epochs) if epochs is None else epochs
    chosen = range(len(corpus)) if configs is None else configs
    asked = [(config, epoch) for config in chosen for epoch in lengths if epoch < corpus.lengths[config]]
    batches = [asked[first : first + _BATCH] for first in range(0, len(asked), _BATCH)]
    jobs = (
        joblib.delayed(_forecasts)(fitted, [corpus.scores[config, :epoch] for config, epoch in batch])
        for batch in batches
    )
    parts = joblib.Parallel(n_jobs=n_jobs, prefer="threads")(jobs)
    return _frame(corpus, asked, [forecast for part in parts for forecast in part])


def stops_by_seed(
    corpus: Corpus,
    prefixes: Iterable[tuple[int, int]],
    *,
    incumbent: float,
    seeds: Sequence[int],
    threshold: float = 0.95,
    lce: LCE | None = None,
    n_jobs: int = 1,
) -> pl.DataFrame:
    """Ask several seeds whether to stop the same prefixes: where they disagree, the decision is chance.

    Parameters
    ----------
    corpus : Corpus
    prefixes : iterable of (int, int)
        Configurations (by position) and epochs.
    incumbent : float
        Best score so far.
    seeds : sequence of int
    threshold : float
        Probability of ending no better at which a trial is stopped.
    lce : LCE, optional
        With default settings unless given.
    n_jobs : int

    Returns
    -------
    polars.DataFrame
        One row for each prefix: ``config_id, epoch, n_seeds, n_stops``, the smallest and largest probability
        ``probability_low, probability_high``, and ``flips``, the share of pairs of seeds that disagree.
    """
    asked = list(prefixes)
    models = [
        clone(lce or LCE()).set_params(random_state=seed).fit(corpus.training_set([])) for seed in seeds
    ]
    scores = [corpus.scores[config, :epoch] for config, epoch in asked]
    tables = joblib.Parallel(n_jobs=n_jobs, prefer="threads")(
        joblib.delayed(_forecasts)(model, [one]) for one in scores for model in models
    )
    probabilities = np.array([level_of(incumbent, forecasts[0].quantiles) for forecasts in tables])
    probabilities = probabilities.reshape(len(asked), len(seeds))
    stops = np.sum(probabilities >= threshold, axis=1)
    pairs = len(seeds) * (len(seeds) - 1) / 2
    return pl.DataFrame(
        {
            "config_id": [str(corpus.config_ids[config]) for config, _ in asked],
            "epoch": [epoch for _, epoch in asked],
            "n_seeds": [len(seeds)] * len(asked),
            "n_stops": stops,
            "probability_low": probabilities.min(axis=1),
            "probability_high": probabilities.max(axis=1),
            "flips": stops * (len(seeds) - stops) / pairs,
        }
    )


def _forecasts(fitted: LCE, prefixes: Sequence[Any]) -> list[Forecast]:
    return [fitted.forecast(scores) for scores in prefixes]


def _frame(corpus: Corpus, asked: Sequence[tuple[int, int]], forecasts: Sequence[Forecast]) -> pl.DataFrame:
    quantiles = np.array([forecast.quantiles for forecast in forecasts], dtype=np.float64)
    return pl.DataFrame(
        {
            "config_id": [str(corpus.config_ids[config]) for config, _ in asked],
            "epoch": pl.Series([epoch for _, epoch in asked], dtype=pl.Int32),
            "mean": [forecast.mean for forecast in forecasts],
            "sigma": [forecast.sigma for forecast in forecasts],
            "quantiles": pl.Series(quantiles),
            "n_families": pl.Series([len(forecast.families) for forecast in forecasts], dtype=pl.Int32),
            "acceptance": [forecast.acceptance for forecast in forecasts],
            "effective_samples": [forecast.effective_samples for forecast in forecasts],
            "n_lost": [forecast.n_lost for forecast in forecasts],
        }
    )
