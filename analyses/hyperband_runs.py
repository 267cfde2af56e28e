"""Consecutive Hyperband and f-Hyperband runs on Cuda-Convnet, on which Figures 6 and 8 of the paper stand.

The paper leaves R open. Here it is the recorded length, 60 epochs. It fits the paper's only hint: Figure 8
jumps at iteration 10, "where we have trained more than 100 models to the full R iterations", so about 10
complete a run; R = 60 with eta = 3 gives 8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import polars as pl

from analyses.options import Options
from simlab.measures import t_interval
from simlab.predictors import SRM, LastSeenValue, PooledBoosting, Predictor
from simlab.schedulers import Bracket, Halving, RungRule, make_brackets

CORPUS: Final = "cudaconvnet-cifar10"
MAX_EPOCHS: Final = 60
ETA: Final = 3
RUNS: Final = 40
THRESHOLD: Final = 0.95
KEEPS: Final = (0.25, 0.5, 1.0)
HYPERBAND: Final = "Hyperband"


def brackets() -> list[Bracket]:
    """Return the brackets of one run."""
    return make_brackets(MAX_EPOCHS, ETA)


def draws_per_run() -> int:
    """Return how many configurations one run draws.

    Examples
    --------
    >>> draws_per_run(), sum(bracket.rungs[-1].configs for bracket in brackets())
    (49, 8)
    """
    return sum(bracket.rungs[0].configs for bracket in brackets())


def hyperband(rule: RungRule | None = None) -> Halving:
    """Return all consecutive runs, plain or with a rule inside the rungs."""
    described = {"max_epochs": MAX_EPOCHS, "eta": ETA, "preset": "li2017"}
    name = "fast-hyperband" if rule else "hyperband"
    return Halving(name=name, brackets=brackets(), described=described, runs=RUNS, rule=rule)


def keeping(predictor: Predictor, keep: float, options: Options, *, carry_models: bool = True) -> Halving:
    """Return f-Hyperband with the paper's threshold."""
    burn_in = options.train if predictor.learns else 0
    rule = RungRule(
        predictor=predictor, threshold=THRESHOLD, keep=keep, burn_in=burn_in, carry_models=carry_models
    )
    return hyperband(rule)


def srms(options: Options) -> dict[str, Halving]:
    """Return f-Hyperband with the paper's predictor, by label, for several ``keep``."""
    srm = SRM(regressor="nusvr-rbf", search=options.search)
    return {f"f-Hyperband, SRM, keep {keep:g}": keeping(srm, keep, options) for keep in KEEPS}


def rivals(options: Options) -> dict[str, Halving]:
    """Return f-Hyperband with other predictors, by label, for the smallest ``keep``."""
    others: dict[str, Predictor] = {"last seen value": LastSeenValue(), "pooled boosting": PooledBoosting()}
    return {
        f"f-Hyperband, {label}, keep {KEEPS[0]:g}": keeping(one, KEEPS[0], options)
        for label, one in others.items()
    }


def epochs_per_run(trials: pl.DataFrame, labels: list[str]) -> pl.DataFrame:
    """Return the epochs spent in each Hyperband run, and until its end.

    Parameters
    ----------
    trials : polars.DataFrame
        One worker trained them, so that a run ends before the next begins.
    labels : list of str
        Of the strategies, the plain one first.

    Returns
    -------
    polars.DataFrame
        ``label, ordering, number`` (from 1), ``epochs, so_far``; ``speedup`` and ``speedup_so_far`` over the
        plain strategy in the same ordering, which has drawn the same configurations.
    """
    names = pl.DataFrame({"run": range(len(labels)), "label": labels}, schema_overrides={"run": pl.Int32})
    spent = (
        trials.with_columns(number=pl.col("position") // draws_per_run() + 1)
        .group_by("run", "ordering", "number")
        .agg(pl.col("epochs").sum().cast(pl.Int64))
        .sort("run", "ordering", "number")
        .with_columns(so_far=pl.col("epochs").cum_sum().over("run", "ordering"))
    )
    plain = spent.filter(run=0).select("ordering", "number", plain="epochs", plain_so_far="so_far")
    return (
        spent.join(plain, on=["ordering", "number"], maintain_order="left")
        .join(names, on="run", maintain_order="left")
        .select(
            "label",
            "ordering",
            "number",
            "epochs",
            "so_far",
            speedup=pl.col("plain") / pl.col("epochs"),
            speedup_so_far=pl.col("plain_so_far") / pl.col("so_far"),
        )
    )


def mean_by(frame: pl.DataFrame, column: str, keys: list[str]) -> pl.DataFrame:
    """Return ``mean, low, high`` of a column over the orderings, for each combination of the keys."""
    rows = [
        dict(zip(keys, key, strict=True)) | vars(t_interval(group[column].to_numpy()))
        for key, group in frame.group_by(*keys, maintain_order=True)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def run_cost(one_run: Sequence[Bracket] | None = None) -> tuple[int, int]:
    """Return the epochs of one run of Hyperband, and the fewest of f-Hyperband once every rung has models.

    By default of the runs of these figures; a promoted trial goes on from its checkpoint. In each bracket at
    least one configuration is trained to R, and every other one for an epoch.

    Examples
    --------
    >>> run_cost()
    (780, 285)
    """
    full = least = 0
    for bracket in one_run or brackets():
        steps = pairwise([0, *(rung.epochs for rung in bracket.rungs)])
        full += sum(
            rung.configs * (end - start) for rung, (start, end) in zip(bracket.rungs, steps, strict=True)
        )
        least += MAX_EPOCHS + bracket.rungs[0].configs - 1
    return full, least


def run_ceiling() -> float:
    """Return the most by which f-Hyperband can shorten one run of full-length curves.

    Examples
    --------
    >>> round(run_ceiling(), 2)
    2.74
    """
    full, least = run_cost()
    return full / least


def total_ceiling() -> float:
    """Return the same for all consecutive runs, the first of which have no models yet.

    Nothing can stop before some rung length has been reached by 100 configurations.

    Examples
    --------
    >>> round(total_ceiling(), 2)
    2.42
    """
    full, least = run_cost()
    per_run = Counter[int]()
    for bracket in brackets():
        per_run.update({rung.epochs: rung.configs for rung in bracket.rungs})
    without = min(100 // count for count in per_run.values())
    return RUNS * full / (without * full + (RUNS - without) * least)


def first_full_run() -> int:
    """Return the run in which 100 configurations have been trained to R, if none is stopped there before.

    Examples
    --------
    >>> first_full_run()
    13
    """
    complete = sum(bracket.rungs[-1].configs for bracket in brackets())
    return 100 // complete + 1
