"""Predictions as a table: one row per configuration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.predictors.prediction import Prediction

_KEPT = ("config_id", "mean", "sigma", "quantiles")


def to_frame(config_ids: npt.NDArray[np.str_], made: Prediction) -> pl.DataFrame:
    """Return a prediction as a frame.

    Parameters
    ----------
    config_ids : ndarray of str, shape (n,)
    made : Prediction

    Returns
    -------
    polars.DataFrame
        ``config_id, mean, sigma``, one column for each diagnostic, and ``quantiles``, if there are any.

    Examples
    --------
    >>> to_frame(np.array(["a"]), Prediction(np.array([0.5]), np.array([0.1]))).rows()
    [('a', 0.5, 0.1)]
    """
    ids = {"config_id": pl.Series(config_ids.tolist(), dtype=pl.String)}
    frame = pl.DataFrame(ids | {"mean": made.mean, "sigma": made.sigma} | dict(made.diagnostics))
    return frame if made.quantiles is None else frame.with_columns(quantiles=pl.Series(made.quantiles))


def to_prediction(frame: pl.DataFrame) -> Prediction:
    """Return the prediction that :func:`to_frame` made a frame of."""
    quantiles = frame["quantiles"].to_numpy() if "quantiles" in frame.columns else None
    return Prediction(
        mean=frame["mean"].to_numpy(),
        sigma=frame["sigma"].to_numpy(),
        quantiles=quantiles,
        diagnostics={name: frame[name].to_numpy() for name in frame.columns if name not in _KEPT},
    )
