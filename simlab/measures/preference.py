"""One sentence for people in a hurry: which setting to prefer, and why."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simlab.measures.intervals import Proportion
from simlab.measures.summary import RunSummary

#: Share of orderings in which a preferred setting must keep the best model, or one as good as can be told.
REQUIRED_SHARE = 0.9


def kept_the_best(run: RunSummary) -> Proportion:
    """Return the recovery that a preference rests on: within one standard error where that is known."""
    return run.recovery_within_se or run.recovery


def prefer(runs: Sequence[RunSummary]) -> RunSummary | None:
    """Return the fastest setting that kept the best model in at least nine of ten orderings, or None.

    The baseline and the bounds (``never``, ``oracle``) are no candidates.
    """
    safe = [run for run in candidates(runs) if kept_the_best(run).share >= REQUIRED_SHARE]
    return max(safe, key=lambda run: run.speedup.mean, default=None)


def candidates(runs: Sequence[RunSummary]) -> list[RunSummary]:
    """Return the runs that a user could switch on."""
    return [run for run in runs if run.policy not in ("never", "oracle")]


def explain_preference(runs: Sequence[RunSummary]) -> str:
    """Say in one sentence which setting to prefer and why, or that none can be recommended."""
    if not candidates(runs):
        return "Nothing to prefer: only the baseline or the bounds were simulated."
    chosen = prefer(runs)
    if chosen is None:
        nearest = max(candidates(runs), key=lambda run: (kept_the_best(run).share, run.speedup.mean))
        return (
            f"Prefer none of these: the safest, {describe(nearest)}, kept {_what(nearest)} in only "
            f"{_count(nearest)} (speedup {nearest.speedup.mean:.2f}); try a higher threshold."
        )
    kept = kept_the_best(chosen)
    return (
        f"Prefer {describe(chosen)}: the fastest that kept {_what(chosen)} in at least {REQUIRED_SHARE:.0%} "
        f"of the orderings ({_count(chosen)}; interval {kept.low:.0%} to {kept.high:.0%}), {_speed(chosen)}."
    )


def describe(run: RunSummary) -> str:
    """Name a run by its policy and what sets it apart."""
    parts = [run.policy]
    parts += [f"threshold {run.threshold:g}"] if run.threshold is not None else []
    parts += [f"tolerance {run.tolerance:g}"] if run.tolerance else []
    parts += [f"top-{run.top_n}"] if run.top_n and run.top_n > 1 else []
    return " ".join(parts)


def _speed(run: RunSummary) -> str:
    low, high = run.speedup.low, run.speedup.high
    interval = "" if math.isnan(low) else f" [{low:.2f}, {high:.2f}]"
    return f"{run.speedup.mean:.2f}x faster{interval} where this burn-in allows at most {run.ceiling:.2f}x"


def _what(run: RunSummary) -> str:
    return "a model within one standard error of the best" if run.recovery_within_se else "the best model"


def _count(run: RunSummary) -> str:
    kept = kept_the_best(run)
    return f"{kept.successes} of {kept.trials}"
