"""The summary of a study of predictors as a table: one row per predictor and share of the curve."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from simlab.evaluation import PredictionStudy

_UNKNOWN = "-"


def predictor_labels(study: PredictionStudy) -> list[str]:
    """Name each predictor of a study, with any setting in which it differs from one of the same name.

    Parameters
    ----------
    study : PredictionStudy

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> srm = {"predictor": "srm", "regressor": "ols", "search": 1}
    >>> told = {"predictors": [srm, srm | {"regressor": "nusvr-rbf", "search": 1000}, {"predictor": "lce"}]}
    >>> predictor_labels(SimpleNamespace(provenance=told))
    ['srm, regressor ols, search 1', 'srm, regressor nusvr-rbf, search 1000', 'lce']
    """
    settings = study.provenance["predictors"]
    return [
        _label(one, [other for other in settings if other["predictor"] == one["predictor"]])
        for one in settings
    ]


def _label(settings: dict[str, Any], siblings: list[dict[str, Any]]) -> str:
    own = [
        f"{key.replace('_', '-')} {'+'.join(value) if isinstance(value, list) else value}"
        for key, value in settings.items()
        if any(other.get(key) != value for other in siblings)
    ]
    return ", ".join([settings["predictor"], *own])


def prediction_cells(study: PredictionStudy) -> pl.DataFrame:
    """Return the table as text.

    Parameters
    ----------
    study : PredictionStudy

    Returns
    -------
    polars.DataFrame
        Predictor, share of the curve, R2 with its interval, R2 without the diverged, rank correlation, root
        mean square error, coverage of the central 50 and 90 % intervals, and how many were predicted; all
        columns are text.
    """
    labels = predictor_labels(study)
    rows = [
        {
            "predictor": labels[row["predictor"]],
            "observed": f"{row['fraction']:.0%} ({row['epoch']} epochs)",
            "R2": _figure(row["r2"]) + _half_width(row["r2_high"] - row["r2"]),
            "w/o diverged": _figure(row["r2_completed"]),
            "ranks": _figure(row["rank_correlation"]),
            "RMSE": _UNKNOWN if math.isnan(row["rmse"]) else f"{row['rmse']:.3g}",
            "50% covers": _percent(row["coverage_50"]),
            "90% covers": _percent(row["coverage_90"]),
            "predicted": f"{row['n']:,.0f}",
        }
        for row in study.summary().iter_rows(named=True)
    ]
    return pl.DataFrame(rows)


def _figure(value: float) -> str:
    return _UNKNOWN if math.isnan(value) else f"{value:.3f}" if abs(value) < 10 else f"{value:.3g}"


def _half_width(value: float) -> str:
    return "" if math.isnan(value) else f" ± {_figure(value)}"


def _percent(share: float) -> str:
    return _UNKNOWN if math.isnan(share) else f"{share:.0%}"


def prediction_caption(study: PredictionStudy) -> str:
    """Say what the figures are means of, and whom they leave out."""
    told = study.provenance
    sizes = " or ".join(str(size) for size in told["train"])
    kinds = {
        "n_diverged": "diverged among the predicted (their final value is the metric's worst)",
        "n_no_model": "without a prediction",
        "n_ended": "had ended before",
        "n_no_final": "without a final value (censored or failed)",
    }
    counts = study.summary().select(*kinds).max().row(0, named=True)
    left = [f"{counts[name]:,.0f} {text}" for name, text in kinds.items() if counts[name]]
    text = (
        f"{told['corpus']}: mean over {told['repeats']} training sets of {sizes} curves, "
        f"{told['level']:.0%} t interval over them."
    )
    return f"{text} At most, on average: {'; '.join(left)}." if left else text
