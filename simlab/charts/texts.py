"""Names of runs and figures with their intervals, as tables and charts write them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from simlab.measures import Mean, Proportion, RunSummary

_NAMED_ELSEWHERE = ("policy", "predictor", "threshold", "tolerance", "top_n")


def variant_labels(runs: Sequence[RunSummary]) -> list[str]:
    """Say for each run which variant of its policy it is: tolerance, n-th best, and any setting it alone has.

    A setting is named where runs of the same policy differ in it. The rule as it stands is ``plain``.

    Parameters
    ----------
    runs : sequence of RunSummary

    Examples
    --------
    >>> from types import SimpleNamespace as Run
    >>> a = Run(policy="srm", threshold=0.9, tolerance=0.0, top_n=5, settings={"burn_in": 20})
    >>> b = Run(policy="srm", threshold=0.9, tolerance=0.01, top_n=1, settings={"burn_in": 50})
    >>> variant_labels([a, b])
    ['top-5, burn-in 20', 'tolerance 0.01, burn-in 50']
    """
    return [_variant(run, [other for other in runs if other.policy == run.policy]) for run in runs]


def run_labels(runs: Sequence[RunSummary]) -> list[str]:
    """Name each run by policy, threshold and variant, e.g. ``srm 0.95, top-5``.

    Parameters
    ----------
    runs : sequence of RunSummary
    """
    labels = []
    for run, variant in zip(runs, variant_labels(runs), strict=True):
        name = run.policy if run.threshold is None else f"{run.policy} {run.threshold:g}"
        labels.append(name if variant in ("", "plain") else f"{name}, {variant}")
    return labels


def _variant(run: RunSummary, siblings: Sequence[RunSummary]) -> str:
    parts = [f"tolerance {run.tolerance:g}"] if run.tolerance else []
    parts += [f"top-{run.top_n}"] if run.top_n and run.top_n > 1 else []
    for key, value in run.settings.items():
        if key not in _NAMED_ELSEWHERE and any(other.settings.get(key) != value for other in siblings):
            parts.append(f"{key.replace('_', '-')} {_written(value)}")
    return ", ".join(parts) or ("plain" if run.threshold is not None else "")


def _written(value: Any) -> str:
    return "+".join(map(str, value)) if isinstance(value, list) else str(value)


def search_text(runs: Sequence[RunSummary]) -> str:
    """Say how many settings the predictors searched at each prefix length; empty where none searches.

    Examples
    --------
    >>> from types import SimpleNamespace as Run
    >>> srm = Run(policy="srm", settings={"regressor": "nusvr-rbf", "search": 200})
    >>> search_text([srm, Run(policy="never", settings={})])
    'Settings searched per prefix length: 200 (nusvr-rbf); the paper searches 1,000.'
    """
    searched = {
        run.settings.get("regressor", run.policy): run.settings["search"]
        for run in runs
        if "search" in run.settings
    }
    if not searched:
        return ""
    counts = ", ".join(f"{number:,} ({regressor})" for regressor, number in sorted(searched.items()))
    return f"Settings searched per prefix length: {counts}; the paper searches 1,000."


def mean_text(value: Mean) -> str:
    """Write a mean with the half width of its t interval, which is symmetric, where it has one.

    Examples
    --------
    >>> mean_text(Mean(3.0, 2.5, 3.5)), mean_text(Mean(3.0, math.nan, math.nan))
    ('3.00 ± 0.50', '3.00')
    """
    if math.isnan(value.low):  # one ordering gives no interval
        return number_text(value.mean)
    return f"{number_text(value.mean)} ± {number_text(value.high - value.mean)}"


def number_text(value: float) -> str:
    """Write a ratio in three figures, or ``-`` where it is unknown (NaN)."""
    return "-" if math.isnan(value) else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def count_text(value: Proportion | None) -> str:
    """Write a proportion as ``successes/trials``, or ``-`` where it is unknown."""
    return "-" if value is None else f"{value.successes}/{value.trials}"


def proportion_text(value: Proportion | None) -> str:
    """Write a proportion with the interval of its share in percent, or ``-`` where it is unknown.

    Examples
    --------
    >>> proportion_text(Proportion(9, 10, 0.555, 0.9975))
    '9/10 [56, 100]'
    """
    return "-" if value is None else f"{count_text(value)} [{100 * value.low:.0f}, {100 * value.high:.0f}]"
