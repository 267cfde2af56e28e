"""Small synthetic corpora: rising, crossing, saturating curves with seconds, AP and HP features."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus import Corpus
from simlab.corpus.schema import CENSORED, COMPLETED, DIVERGED, FAILED
from simlab.metric import Direction, Metric

CHANCE = 0.1


def synthetic_corpus(
    n: int = 40,
    epochs: int = 10,
    seed: int = 0,
    *,
    diverged: int = 0,
    failed: int = 0,
    censored: int = 0,
    ragged: bool = False,
    direction: Direction = "maximize",
) -> Corpus:
    """Build a valid corpus.

    Parameters
    ----------
    n, epochs, seed, diverged, failed, censored, ragged, direction
        As in :func:`synthetic_tables`.

    Examples
    --------
    >>> corpus = synthetic_corpus(n=20, epochs=5, diverged=2)
    >>> len(corpus), corpus.n_epochs, int((corpus.status == "diverged").sum())
    (20, 5, 2)
    """
    curves, configs, metric = synthetic_tables(
        n,
        epochs,
        seed,
        diverged=diverged,
        failed=failed,
        censored=censored,
        ragged=ragged,
        direction=direction,
    )
    metadata = {
        "name": "synthetic",
        "title": "Synthetic curves",
        "license": "MIT",
        "data": {"validation": 1000},
    }
    return Corpus.from_tables(curves, configs, metric, name="synthetic", metadata=metadata)


@cache
def motley_corpus(
    n: int = 30, epochs: int = 8, seed: int = 0, *, direction: Direction = "maximize", ragged: bool = True
) -> Corpus:
    """Build a corpus of every kind of curve: three diverge, four fail, one of these before its first epoch.

    Parameters
    ----------
    n, epochs, seed, direction, ragged
        As in :func:`synthetic_tables`.

    Examples
    --------
    >>> corpus = motley_corpus()
    >>> sorted(set(corpus.status.tolist())), int(corpus.lengths.min())
    (['censored', 'completed', 'diverged', 'failed'], 0)
    """
    curves, configs, metric = synthetic_tables(
        n, epochs, seed, diverged=3, failed=4, censored=3, ragged=ragged, direction=direction
    )
    failed = configs.filter(pl.col("status") == FAILED)["config_id"][0]
    metadata = {"data": {"validation": 1000}}
    curves = curves.filter(pl.col("config_id") != failed)
    return Corpus.from_tables(curves, configs, metric, name="motley", metadata=metadata)


def synthetic_tables(
    n: int = 40,
    epochs: int = 10,
    seed: int = 0,
    *,
    diverged: int = 0,
    failed: int = 0,
    censored: int = 0,
    ragged: bool = False,
    direction: Direction = "maximize",
) -> tuple[pl.DataFrame, pl.DataFrame, Metric]:
    """Build the two tables of the data contract.

    Parameters
    ----------
    n, epochs, seed : int
    diverged, failed, censored : int
        How many of the ``n`` configurations end so (chosen at random); the rest is completed. Diverged and
        censored curves end early; a failed one may have no epoch at all. At least one stays completed.
    ragged : bool
        Give completed curves different lengths; one of them at least reaches ``epochs``.
    direction : {"maximize", "minimize"}
        ``"minimize"`` gives the exact mirror image (values negated), so that scores are bit for bit the same.

    Returns
    -------
    curves, configs : polars.DataFrame
    metric : Metric
    """
    rng = np.random.default_rng(seed)
    values = _saturating_curves(rng, n, epochs)
    status = _statuses(rng, n, diverged, failed, censored)
    lengths = _lengths(rng, status, epochs, ragged)
    layers = rng.integers(1, 7, n)
    weights = layers * rng.integers(1_000, 50_000, n)
    cost = 0.5 + weights / 50_000
    seconds = cost[:, None] * rng.uniform(0.9, 1.1, (n, epochs))
    metric = Metric(name="validation accuracy", direction="maximize", bounds=(0, 1), worst=CHANCE)
    if direction == "minimize":
        values = -values
        metric = Metric(name="negative accuracy", direction="minimize", bounds=(-1, 0), worst=-CHANCE)
    ids = np.array([f"config-{number:04d}" for number in range(n)])
    rows, columns = np.nonzero(np.arange(epochs) < lengths[:, None])
    curves = pl.DataFrame(
        {
            "config_id": ids[rows].tolist(),
            "epoch": (columns + 1).astype(np.int32),
            "value": values[rows, columns],
            "seconds": seconds[rows, columns],
        }
    )
    configs = pl.DataFrame(
        {
            "config_id": ids.tolist(),
            "status": status.tolist(),
            "reason": [None if one == COMPLETED else f"synthetic: {one}" for one in status],
            "seed": np.arange(n),
            "ap_n_weights": weights,
            "ap_n_layers": layers,
            "hp_learning_rate": 10 ** rng.uniform(-4, -1, n),
            "hp_weight_decay": 10 ** rng.uniform(-6, -3, n),
            "architecture": [f"{count} layers" for count in layers],
        },
        schema_overrides={"reason": pl.String},
    )
    return curves, configs, metric


def _saturating_curves(rng: np.random.Generator, n: int, epochs: int) -> npt.NDArray[np.float64]:
    """Rise from chance to a final level at a rate of one's own: slow good ones cross fast poor ones."""
    level = rng.uniform(0.2, 0.9, n)
    rate = rng.uniform(1.0, 12.0, n) * (1.1 - level) / epochs
    time = np.arange(1, epochs + 1)
    clean = CHANCE + (level[:, None] - CHANCE) * (1 - np.exp(-rate[:, None] * time))
    noisy: npt.NDArray[np.float64] = np.clip(clean + rng.normal(0, 0.01, clean.shape), 0.0, 1.0)
    return noisy


def _statuses(
    rng: np.random.Generator, n: int, diverged: int, failed: int, censored: int
) -> npt.NDArray[np.str_]:
    completed = n - diverged - failed - censored
    assert completed > 0, "a corpus needs a completed run"
    return rng.permutation(
        np.repeat([COMPLETED, DIVERGED, FAILED, CENSORED], [completed, diverged, failed, censored])
    )


def _lengths(
    rng: np.random.Generator, status: npt.NDArray[np.str_], epochs: int, ragged: bool
) -> npt.NDArray[np.int64]:
    shorter = rng.integers(1, max(epochs, 2), len(status))
    lengths = np.where((status == COMPLETED) & (not ragged), epochs, shorter)
    lengths = np.where(status == FAILED, shorter - 1, lengths)
    lengths[np.flatnonzero(status == COMPLETED)[0]] = epochs
    return lengths
