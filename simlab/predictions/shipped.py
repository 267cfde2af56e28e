"""Predictions that come with a corpus: those that cost much to make and depend on the prefix alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus import Corpus
from simlab.corpus.registry import shipped_folder
from simlab.corpus.storage import read_parquet, write_parquet
from simlab.predictions.frames import to_frame, to_prediction
from simlab.predictors.prediction import Prediction

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor

#: Folder of a corpus in which they lie.
FOLDER: Final = "predictions"


class ShippedPredictions:
    """Predictions of one predictor for many configurations and prefix lengths of a shipped corpus.

    Parameters
    ----------
    frame : polars.DataFrame
        ``config_id, epoch, mean, sigma``, quantiles and diagnostics where there are any.

    Examples
    --------
    >>> two = {"config_id": ["a", "b"], "epoch": [3, 3]}
    >>> frame = pl.DataFrame(two | {"mean": [0.5, 0.6], "sigma": [0.1, 0.1]})
    >>> shipped = ShippedPredictions(frame)
    >>> shipped.at(3, np.array(["b"])).mean
    array([0.6])
    >>> shipped.at(4, np.array(["b"])) is None
    True
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._epochs = {
            int(epoch): rows.drop("epoch") for (epoch,), rows in frame.group_by("epoch", maintain_order=True)
        }

    @property
    def epochs(self) -> list[int]:
        """Prefix lengths that it holds."""
        return sorted(self._epochs)

    def at(self, epoch: int, config_ids: npt.NDArray[np.str_]) -> Prediction | None:
        """Return the predictions from prefixes of one length; None unless all of them are there."""
        if epoch not in self._epochs:
            return None
        asked = pl.DataFrame({"config_id": pl.Series(config_ids.tolist(), dtype=pl.String)})
        found = asked.join(self._epochs[epoch], on="config_id", how="inner", maintain_order="left")
        return to_prediction(found) if len(found) == len(asked) else None


def find_shipped(corpus: Corpus, predictor: Predictor) -> ShippedPredictions | None:
    """Return what was shipped with a corpus for a predictor with these very settings, if anything.

    Parameters
    ----------
    corpus : Corpus
    predictor : Predictor
        Unfitted; one that does not learn.
    """
    path = _path(corpus, predictor)
    if predictor.learns or not path.is_file():
        return None
    frame, told = read_parquet(path)
    return ShippedPredictions(frame) if told == _describe(corpus, predictor) else None


def write_shipped(corpus: Corpus, predictor: Predictor, made: Sequence[tuple[int, Any, Prediction]]) -> Path:
    """Write predictions into the folder of a shipped corpus.

    Parameters
    ----------
    corpus : Corpus
    predictor : Predictor
        Unfitted.
    made : sequence of (int, ndarray of str, Prediction)
        For each prefix length, whom the rows belong to, and what is predicted.
    """
    path = _path(corpus, predictor)
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = [
        to_frame(ids, prediction).select(
            "config_id", pl.lit(epoch, dtype=pl.Int32).alias("epoch"), pl.exclude("config_id")
        )
        for epoch, ids, prediction in made
    ]
    write_parquet(path, pl.concat(frames), _describe(corpus, predictor))
    return path


def _path(corpus: Corpus, predictor: Predictor) -> Path:
    return shipped_folder() / corpus.name / FOLDER / f"{predictor.name}.parquet"


def _describe(corpus: Corpus, predictor: Predictor) -> dict[str, Any]:
    return {"corpus_sha256": corpus.digest, "predictor": predictor.describe()}
