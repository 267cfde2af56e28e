"""A study of predictors: fit on a few curves, predict all others from their beginnings, compare."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import joblib
import polars as pl

from simlab.corpus import Corpus
from simlab.corpus.storage import read_parquet, write_parquet
from simlab.errors import CorpusError, SettingError
from simlab.evaluation.comparison import compare_predictors
from simlab.evaluation.measuring import measure_repeats, summarise_repeats
from simlab.evaluation.splits import Split, random_splits
from simlab.predictions import PredictionStore
from simlab.predictors.predictor import Predictor
from simlab.provenance import versions

_TABLE = "predictions"
FRACTIONS = (0.1, 0.25, 0.5, 0.75)


@dataclass(frozen=True, eq=False)
class PredictionStudy:
    """Predictors tested on the same splits of one corpus.

    Attributes
    ----------
    predictions : polars.DataFrame
        One row per (predictor, repeat, fraction, tested configuration). ``predictor`` numbers the predictors
        as they were given. ``truth`` is the final value, NaN where there is none (censored or failed);
        ``predicted`` is in its unit, as is ``sigma``, and ``integral`` is the predicted probability of ending
        no better than it did: NaN where the predictor has no model, null where the curve had ended before.
    provenance : mapping
        Corpus and its content hash, metric, splits, seed, fractions, settings of every predictor, versions.
    """

    predictions: pl.DataFrame
    provenance: Mapping[str, Any]

    @cached_property
    def per_repeat(self) -> pl.DataFrame:
        """One row per (predictor, fraction, repeat) with every measure and count."""
        return measure_repeats(self.predictions)

    def summary(self) -> pl.DataFrame:
        """Return means over the training sets with their t intervals, one row per predictor and fraction."""
        return summarise_repeats(self.per_repeat, self.provenance["level"])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able summary that ``simlab predict --json`` prints."""
        results = []
        for row in self.summary().iter_rows(named=True):
            figures = {key: row[key] for key in row if not key.endswith(("_low", "_high"))}
            for key in [key for key in row if f"{key}_low" in row]:
                figures[key] = {"mean": row[key], "low": row[f"{key}_low"], "high": row[f"{key}_high"]}
            settings = self.provenance["predictors"][figures.pop("predictor")]
            results.append(settings | figures)
        return {"results": results, "provenance": dict(self.provenance)}

    def write(self, path: str | Path) -> Path:
        """Write the predictions to one Parquet file, with the provenance in its metadata.

        Parameters
        ----------
        path : path
            Its folder is created if needed.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(path, self.predictions, {"table": _TABLE, "provenance": dict(self.provenance)})
        return path

    @classmethod
    def read(cls, path: str | Path) -> PredictionStudy:
        """Read what :meth:`write` wrote.

        Raises
        ------
        CorpusError
            If the file is missing, damaged, or holds something else.
        """
        predictions, header = read_parquet(Path(path))
        if header.get("table") != _TABLE:
            raise CorpusError(
                f"{path}: holds no study of predictors; give the file that `simlab predict -o` wrote"
            )
        return cls(predictions, header["provenance"])


def epoch_at(fraction: float, n_epochs: int) -> int:
    """Return the last epoch within a fraction of a curve, at least the first.

    Raises
    ------
    SettingError
        Unless the fraction lies strictly between 0 and 1.

    Examples
    --------
    >>> epoch_at(0.25, 50), epoch_at(0.1, 20), epoch_at(0.01, 20)
    (12, 2, 1)
    """
    if not 0 < fraction < 1:
        raise SettingError(f"a fraction of the curve must lie strictly between 0 and 1, not be {fraction}")
    return max(1, math.floor(fraction * n_epochs + 1e-9))


def evaluate(
    corpus: Corpus,
    predictors: Predictor | Sequence[Predictor],
    *,
    train: int = 100,
    repeats: int = 10,
    fractions: Sequence[float] = FRACTIONS,
    seed: int = 0,
    splits: Sequence[Split] | None = None,
    level: float = 0.95,
    n_jobs: int = 1,
    store: PredictionStore | None = None,
    on_repeat: Callable[[int], None] | None = None,
) -> PredictionStudy:
    """Test predictors as Baker et al. (2017, Section 3.3) do: train on a few curves, predict all the others.

    All predictors see the same splits, so that differences between them are paired. A diverged configuration
    has the metric's worst value for its final one. Configurations without a final value (censored, failed)
    are counted, not tested; so are curves that have ended by the epoch asked for.

    Parameters
    ----------
    corpus : Corpus
    predictors : Predictor or sequence of Predictor
    train, repeats, seed : int
        Size of the training set, number of random splits, and their seed.
    fractions : sequence of float
        Shares of the corpus's epochs that are observed.
    splits : sequence of Split, optional
        In place of random ones.
    level : float
        Confidence level of the intervals over the training sets.
    n_jobs : int
        Splits in parallel; changes no byte of the result.
    store : PredictionStore, optional
    on_repeat : callable, optional
        Called with the number of finished splits.

    Returns
    -------
    PredictionStudy

    Raises
    ------
    SettingError
        If a setting is out of range, or a training set is too small for a predictor.

    Examples
    --------
    >>> import simlab
    >>> from simlab.predictors import SRM, LastSeenValue
    >>> corpus = simlab.load("metaqnn-cifar10")
    >>> study = evaluate(corpus, [LastSeenValue(), SRM(regressor="ols")], repeats=2, fractions=[0.25])
    >>> study.summary().select("name", "epoch", pl.col("r2").round(2)).rows()
    [('last-seen', 5, 0.11), ('srm', 5, 0.87)]
    """
    chosen = list(predictors) if isinstance(predictors, Sequence) else [predictors]
    if not chosen:
        raise SettingError("no predictor was given")
    if not 0 < level < 1:
        raise SettingError(f"level must lie in (0, 1), not {level}")
    epochs = {float(fraction): epoch_at(fraction, corpus.n_epochs) for fraction in fractions}
    if not epochs:
        raise SettingError("no fraction of the curve was given")
    given = random_splits(corpus, train, repeats, seed) if splits is None else list(splits)
    jobs = (joblib.delayed(compare_predictors)(corpus, chosen, split, epochs, store) for split in given)
    parts: list[pl.DataFrame] = []
    for repeat, part in enumerate(joblib.Parallel(n_jobs=n_jobs, return_as="generator")(jobs)):
        parts.append(part.with_columns(repeat=pl.lit(repeat, dtype=pl.Int32)))
        if on_repeat:
            on_repeat(len(parts))
    if store:
        store.trim()
    return PredictionStudy(
        predictions=pl.concat(parts).sort("predictor", "fraction", maintain_order=True),
        provenance=_provenance(
            corpus, chosen, given, level=level, fractions=epochs, seed=None if splits else seed
        ),
    )


def _provenance(
    corpus: Corpus,
    predictors: Sequence[Predictor],
    splits: Sequence[Split],
    *,
    level: float,
    fractions: Mapping[float, int],
    seed: int | None,
) -> dict[str, Any]:
    found = {
        "corpus": corpus.name,
        "corpus_sha256": corpus.digest,
        "metric": corpus.metric.to_dict(),
        "n_configs": len(corpus),
        "n_epochs": corpus.n_epochs,
        "predictors": [predictor.describe() for predictor in predictors],
        "train": sorted({len(split.training) for split in splits}),
        "repeats": len(splits),
        "fractions": {str(fraction): epoch for fraction, epoch in fractions.items()},
        "seed": seed,
        "level": level,
        "versions": versions(),
    }
    told: dict[str, Any] = json.loads(json.dumps(found))  # as it will be read back
    return told
