"""The summary of a simulation: every measure per run, with an interval over the orderings."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from simlab.measures.intervals import Mean, Proportion, clopper_pearson, t_interval
from simlab.measures.per_ordering import OUTCOMES


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """One policy with its settings, measured over the orderings.

    Intervals are over orderings of this corpus: they say how much the figure depends on the order in which
    the configurations are tried, not how it would carry over to another corpus.

    Attributes
    ----------
    run : int
        Place of the policy in the list that was simulated.
    policy : str
    threshold, tolerance : float or None
    top_n : int or None
    burn_in : int
    ceiling : float
        Bound that the burn-in sets on ``speedup``.
    orderings : int
    speedup, speedup_without_burn_in, speedup_wall_clock : Mean
        Mean of per-ordering ratios with a t interval; in epochs, and as a ratio of makespans.
    speedup_seconds : Mean or None
        In recorded compute seconds, where there are any.
    recovery, recovery_within_se : Proportion
        Of orderings, with a Clopper-Pearson interval; within one standard error None where it is unknown.
    regret : float or None
        Mean over the orderings in which anything completed.
    regret_in_se, top_10_recall : float or None
    epochs_spent, epochs_total : float
        Per-ordering means.
    outcomes : dict
        How many trials ended how, per-ordering means.
    """

    run: int
    policy: str
    threshold: float | None
    tolerance: float | None
    top_n: int | None
    burn_in: int
    ceiling: float
    orderings: int
    speedup: Mean
    speedup_without_burn_in: Mean
    speedup_seconds: Mean | None
    speedup_wall_clock: Mean
    recovery: Proportion
    recovery_within_se: Proportion | None
    regret: float | None
    regret_in_se: float | None
    top_10_recall: float
    epochs_spent: float
    epochs_total: float
    outcomes: dict[str, float]
    settings: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able description; what is unknown (NaN) becomes None."""
        return {key: _without_nan(value) for key, value in asdict(self).items()}


def summarise_run(
    measured: pl.DataFrame, settings: dict[str, Any], *, run: int, ceiling: float, level: float
) -> RunSummary:
    """Summarise the rows of one run; see :func:`simlab.measures.per_ordering.measure_orderings`.

    Parameters
    ----------
    measured : polars.DataFrame
        One row per ordering.
    settings : dict
        The policy's name and settings.
    run : int
    ceiling, level : float
    """
    orderings = measured.height
    return RunSummary(
        run=run,
        policy=settings["policy"],
        threshold=settings.get("threshold"),
        tolerance=settings.get("tolerance"),
        top_n=settings.get("top_n"),
        burn_in=settings["burn_in"],
        ceiling=ceiling,
        orderings=orderings,
        speedup=_mean(measured, "speedup", level),
        speedup_without_burn_in=_mean(measured, "speedup_without_burn_in", level),
        speedup_seconds=(
            _mean(measured, "speedup_seconds", level) if "speedup_seconds" in measured.columns else None
        ),
        speedup_wall_clock=_mean(measured, "speedup_wall_clock", level),
        recovery=clopper_pearson(int(measured["recovered"].sum()), orderings, level),
        recovery_within_se=(
            clopper_pearson(int(measured["recovered_within_se"].sum()), orderings, level)
            if "recovered_within_se" in measured.columns
            else None
        ),
        regret=_average(measured, "regret"),
        regret_in_se=_average(measured, "regret_in_se"),
        top_10_recall=float(measured["top_10_recall"].to_numpy().mean()),
        epochs_spent=float(measured["epochs_spent"].to_numpy().mean()),
        epochs_total=float(measured["epochs_total"].to_numpy().mean()),
        outcomes={kind: float(measured[f"n_{kind}"].to_numpy().mean()) for kind in OUTCOMES},
        settings=settings,
    )


def _mean(measured: pl.DataFrame, column: str, level: float) -> Mean:
    known = measured[column].drop_nulls()
    if known.is_empty():
        return Mean(float("nan"), float("nan"), float("nan"))
    return t_interval(known.to_numpy(), level)


def _average(measured: pl.DataFrame, column: str) -> float | None:
    if column not in measured.columns or measured[column].drop_nulls().is_empty():
        return None
    return float(measured[column].drop_nulls().to_numpy().mean())


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
