"""What Hyperband over n trials takes, against Optuna's pruner on the same curves, and how ours grows with n.

Synthetic curves of 20 epochs. Ours: Hyperband, run as often as n trials need, and ASHA by stopping, whose
strict rule is that of Optuna's brackets; time of ``simulate`` on one worker, one ordering. Optuna 5.0.0: ask,
report, prune and tell, in memory, with a random sampler that samples nothing. It looks at all trials at the
end of every rung, so its time grows with the square of n: ``--optuna 1000 10000`` takes many minutes.

``growth`` is time per n log n, relative to the smallest n: 1 means that it grows no faster.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import math
import time

import numpy as np
import polars as pl

import simlab
from simlab.corpus import Corpus
from simlab.schedulers import AsynchronousHalving, Halving, Strategy, make_brackets

EPOCHS = 20


def synthetic(n: int) -> Corpus:
    """Build n saturating curves."""
    rng = np.random.default_rng(n)
    level, rate = rng.uniform(0.2, 0.9, (n, 1)), rng.uniform(0.05, 0.6, (n, 1))
    values = level * (1 - np.exp(-rate * np.arange(1, EPOCHS + 1))) + rng.normal(0, 0.01, (n, EPOCHS))
    frame = pl.DataFrame(
        {
            "run": np.repeat(np.arange(n), EPOCHS),
            "epoch": np.tile(np.arange(1, EPOCHS + 1), n),
            "score": values.ravel(),
        }
    )
    columns = {"config_id": "run", "epoch": "epoch", "value": "score"}
    return Corpus.from_frame(frame, **columns, direction="maximize", name="growth")


def ours(corpus: Corpus, name: str) -> float:
    """Return seconds."""
    brackets = make_brackets(EPOCHS)
    runs = math.ceil(len(corpus) / sum(bracket.rungs[0].configs for bracket in brackets))
    strategies: dict[str, Strategy] = {
        "hyperband": Halving(name="hyperband", brackets=brackets, runs=runs),
        "asha-stopping": AsynchronousHalving(name="asha-stopping", max_epochs=EPOCHS, strict=True),
    }
    begin = time.perf_counter()
    simlab.simulate(corpus, strategies[name], orderings=1)
    return time.perf_counter() - begin


def optuna_hyperband(corpus: Corpus) -> float:
    """Return seconds."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=EPOCHS, reduction_factor=3)
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(study_name="growth", direction="maximize", sampler=sampler, pruner=pruner)
    begin = time.perf_counter()
    for curve in corpus.values.tolist():
        trial = study.ask()
        for epoch, value in enumerate(curve, 1):
            trial.report(value, epoch)
            if epoch < EPOCHS and trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, curve[-1])
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, nargs="+", default=[1_000, 10_000, 100_000], metavar="N")
    parser.add_argument(
        "--optuna", type=int, nargs="*", default=[1_000], metavar="N", help="as many of Optuna's"
    )
    options = parser.parse_args()
    ours(synthetic(100), "hyperband")  # what a first time sets up is no part of the growth
    taken: dict[tuple[str, int], float] = {}
    for name in ("hyperband", "asha-stopping"):
        first = min(options.trials)
        for n in sorted(options.trials):
            taken[name, n] = seconds = ours(synthetic(n), name)
            grown = seconds / taken[name, first] * (first * math.log(first)) / (n * math.log(n))
            print(f"ours, {name:15} {n:9,} trials {seconds:9.3f} s   growth {grown:5.2f}", flush=True)
    for n in options.optuna:
        seconds = optuna_hyperband(synthetic(n))
        ratio = f"   {seconds / taken['hyperband', n]:.0f} times ours" if ("hyperband", n) in taken else ""
        print(f"Optuna's HyperbandPruner {n:9,} trials {seconds:9.3f} s{ratio}", flush=True)


if __name__ == "__main__":
    main()
