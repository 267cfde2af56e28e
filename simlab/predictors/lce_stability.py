"""How much of a decision by learning curve extrapolation is chance: the same prefixes, several seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import joblib
import numpy as np
import polars as pl
from sklearn.base import clone

from simlab.corpus import Corpus
from simlab.predictors.lce import LCE
from simlab.predictors.prediction import level_of


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
    forecasts = joblib.Parallel(n_jobs=n_jobs, prefer="threads")(
        joblib.delayed(model.forecast)(one) for one in scores for model in models
    )
    probabilities = np.array([level_of(incumbent, forecast.quantiles) for forecast in forecasts])
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
