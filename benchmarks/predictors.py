"""What a predictor's study takes against its peers, in the same run.

A study is what a figure of the paper needs: orderings x prefix lengths of metaqnn-cifar10, on 100 curves a
random search of 1,000 settings by 3-fold cross-validation and sigma by leave-one-out, and a prediction of all
other curves. Peers are measured on a few prefix lengths of one ordering, and scaled to the study.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one BLAS thread, for all alike

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import joblib
import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import LeaveOneOut, PredefinedSplit, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import NuSVR

import simlab
from simlab.corpus import Corpus
from simlab.predictors import SRM
from simlab.predictors.features import feature_matrix
from simlab.predictors.registry import REGRESSORS
from simlab.searchers import draw_orderings

BURN_IN = 100
#: Of scikit-learn's wall time; of libsvm's processor time; seconds to a first result, compilation included.
MOST_OF_SCIKIT_LEARN, MOST_OF_LIBSVM, MOST_COLD_SECONDS = 1 / 80, 1 / 4, 20.0
#: Times as fast as emcee, by processor time; chains of ours for one of emcee.
LEAST_OF_EMCEE, LCE_SEEDS = 50, 5
FIRST_LCE = """
import simlab
from simlab.predictors import LCE
corpus = simlab.load("metaqnn-cifar10")
LCE().fit(corpus.training_set([])).forecast(corpus.scores[5, :10])
"""
FIRST_RESULT = """
import numpy as np, simlab
from simlab.predictors import SRM
corpus = simlab.load("metaqnn-cifar10")
srm = SRM(regressor="{regressor}").fit(corpus.training_set(np.arange(100)))
rows = 100 + np.flatnonzero(corpus.lengths[100:] >= 10)
assert np.isfinite(srm.predict(corpus.prefixes(rows, 10)).mean).all()
"""


@dataclass
class Cost:
    """Wall and processor seconds."""

    wall: float = 0.0
    cpu: float = 0.0

    def __mul__(self, factor: float) -> Cost:
        return Cost(self.wall * factor, self.cpu * factor)

    def __str__(self) -> str:
        return f"{self.wall:8.1f} s wall {self.cpu:8.1f} s CPU"


@contextmanager
def measured() -> Iterator[Cost]:
    cost, wall, cpu = Cost(), time.perf_counter(), time.process_time()
    yield cost
    cost.wall, cost.cpu = time.perf_counter() - wall, time.process_time() - cpu


def lengths(corpus: Corpus) -> range:
    return range(1, corpus.scores.shape[1])


def rest(corpus: Corpus, ordering: np.ndarray, epoch: int) -> np.ndarray:
    others = ordering[BURN_IN:]
    return others[corpus.lengths[others] >= epoch]


def study_ordering(corpus: Corpus, ordering: np.ndarray, epochs: range, srm: SRM) -> tuple[float, SRM]:
    """Return processor seconds and the fitted predictor."""
    with measured() as cost:
        srm.fit(corpus.training_set(ordering[:BURN_IN]))
        for epoch in epochs:
            srm.predict(corpus.prefixes(rest(corpus, ordering, epoch), epoch))
    return cost.cpu, srm


def scikit_learn_model(corpus: Corpus, ordering: np.ndarray, epoch: int, srm: SRM, search: int) -> None:
    """Do what the SRM does at one prefix length, the way it is done with scikit-learn today."""
    training = corpus.training_set(ordering[:BURN_IN])
    features, targets = feature_matrix(training.prefixes(epoch)), training.targets
    regressor, rng = REGRESSORS[srm.regressor](), np.random.default_rng(0)
    candidates = [regressor.settings(row) for row in rng.random((search, regressor.n_random)).tolist()]
    split = PredefinedSplit(rng.permutation(len(targets)) % 3)
    kernel = srm.regressor.removeprefix("nusvr-")

    def machine(settings: dict[str, float]) -> TransformedTargetRegressor:
        pipeline = make_pipeline(StandardScaler(), NuSVR(kernel=kernel, **settings))
        return TransformedTargetRegressor(pipeline, transformer=StandardScaler())

    scores = [
        cross_val_score(machine(one), features, targets, cv=split, scoring="neg_mean_squared_error").mean()
        for one in candidates
    ]
    best = machine(candidates[int(np.argmax(scores))])
    cross_val_predict(best, features, targets, cv=LeaveOneOut())
    new = corpus.prefixes(rest(corpus, ordering, epoch), epoch)
    best.fit(features, targets).predict(feature_matrix(new))


def first_result(regressor: str, cache: str) -> Cost:
    return run(FIRST_RESULT.format(regressor=regressor), cache)


def run(code: str, cache: str) -> Cost:
    """Run a fresh process to its first prediction."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.perf_counter()
    command = [sys.executable, "-c", code]
    subprocess.run(
        command, check=True, stderr=subprocess.DEVNULL, env=os.environ | {"NUMBA_CACHE_DIR": cache}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - wall, cpu)


def show(name: str, value: object, target: str = "") -> None:
    print(f"  {name:58} {value}{'   (target ' + target + ')' if target else ''}", flush=True)


def nusvr(regressor: str, options: argparse.Namespace, *, libsvm_search: int, scikit_learn: bool) -> None:
    """Compare the compiled engine with libsvm on Gram matrices, and with scikit-learn's cross_val_score."""
    corpus = simlab.load("metaqnn-cifar10")
    orderings = draw_orderings(len(corpus), options.orderings, 0)
    epochs = lengths(corpus)
    some = epochs[len(epochs) // 6 :: len(epochs) // 3][:3]
    models = len(epochs) * options.orderings
    print(f"{regressor}: {models} models in {options.orderings} orderings, {options.search} settings each")

    with tempfile.TemporaryDirectory() as cache:
        show(
            "first result of a new installation, compilation included",
            first_result(regressor, cache),
            f"< {MOST_COLD_SECONDS:.0f} s",
        )
        show("first result of a new process after that", first_result(regressor, cache))

    def srm(search: int, engine: str = "compiled") -> SRM:
        return SRM(regressor=regressor, search=search, engine=engine)

    study_ordering(corpus, orderings[0], range(1, 2), srm(2))  # read the compiled functions
    with measured() as wall:
        jobs = (joblib.delayed(study_ordering)(corpus, one, epochs, srm(options.search)) for one in orderings)
        costs = joblib.Parallel(n_jobs=options.n_jobs)(jobs)
    study = Cost(wall.wall, sum(cpu for cpu, _ in costs))
    show(f"study, {options.n_jobs} processes", study)
    show("  for each ordering", f"{study.cpu / options.orderings:8.2f} s CPU")
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    show("  peak memory of a process", f"{max(usage) / 1024:8.0f} MiB")

    cpu, ours = study_ordering(corpus, orderings[0], some, srm(libsvm_search))
    reference_cpu, reference = study_ordering(corpus, orderings[0], some, srm(libsvm_search, "libsvm"))
    show(f"libsvm on {len(some)} models, {libsvm_search} settings", f"{reference_cpu:8.2f} s CPU")
    show("ours on the same", f"{cpu:8.2f} s CPU")
    show("  ratio", f"1/{reference_cpu / cpu:.1f}", f"1/{1 / MOST_OF_LIBSVM:.0f}")
    for found, expected in zip(ours.diagnostics_, reference.diagnostics_, strict=True):
        show(
            f"  epoch {found.epoch}: error of the best over libsvm's, unconverged",
            f"{found.cv_error / expected.cv_error:.5f}, {found.n_unconverged} / {expected.n_unconverged}",
        )
    if scikit_learn:
        with measured() as peer:
            for epoch in some:
                scikit_learn_model(corpus, orderings[0], epoch, srm(options.search), options.search)
        peer *= models / len(some)
        show(f"scikit-learn's study on one core, scaled from {len(some)} models", peer)
        show(
            "  our wall time over theirs",
            f"1/{peer.wall / study.wall:.0f}",
            f"1/{1 / MOST_OF_SCIKIT_LEARN:.0f}",
        )
        show("  our CPU time over theirs", f"1/{peer.cpu / study.cpu:.0f}")


def nusvr_rbf(options: argparse.Namespace) -> None:
    nusvr("nusvr-rbf", options, libsvm_search=options.search, scikit_learn=True)


def nusvr_linear(options: argparse.Namespace) -> None:
    """With fewer settings for libsvm, which takes a minute for 1,000 at a late epoch."""
    nusvr("nusvr-linear", options, libsvm_search=min(options.search, 100), scikit_learn=False)


def lce(_options: argparse.Namespace) -> None:
    """Compare one LCE fit (100 walkers, 2,500 steps, 10 epochs) with emcee on the same model in NumPy."""
    from simlab.predictors.lce_extrapolation import Chains, extrapolate
    from tests.predictors.lce_reference import run_chain

    corpus = simlab.load("metaqnn-cifar10")
    curves = [corpus.scores[config, :10].copy() for config in (5, 200, 400, 600, 800)]
    print(f"lce: {len(curves)} curves of 10 epochs, one chain of emcee and {LCE_SEEDS} of ours for each")
    with tempfile.TemporaryDirectory() as cache:
        target = f"< {MOST_COLD_SECONDS:.0f} s"
        show("first result of a new installation, compilation included", run(FIRST_LCE, cache), target)
        show("first result of a new process after that", run(FIRST_LCE, cache))
    extrapolate(curves[0], corpus.n_epochs, Chains(100, 20, 10, 0))  # read the compiled functions
    ours, peer = Cost(), Cost()
    for curve in curves:
        with measured() as cost:
            for seed in range(LCE_SEEDS):
                extrapolate(curve, corpus.n_epochs, Chains(100, 2500, 500, seed))
        ours.cpu += cost.cpu / LCE_SEEDS / len(curves)
        with measured() as cost:
            run_chain(curve, corpus.n_epochs, 2500, 0)
        peer.cpu += cost.cpu / len(curves)
    show("one fit", f"{ours.cpu:8.3f} s CPU", "0.05 to 0.1 s")
    show("  for each of its 250,000 proposals", f"{ours.cpu / 250_000 * 1e9:8.0f} ns")
    show("emcee", f"{peer.cpu:8.3f} s CPU")
    show("  our CPU time over theirs", f"1/{peer.cpu / ours.cpu:.0f}", f"1/{LEAST_OF_EMCEE}")


BENCHMARKS: dict[str, Callable[[argparse.Namespace], None]] = {
    "nusvr-rbf": nusvr_rbf,
    "nusvr-linear": nusvr_linear,
    "lce": lce,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument("--orderings", type=int, default=10)
    parser.add_argument("--search", type=int, default=1000, help="settings at each prefix length")
    parser.add_argument("--n-jobs", type=int, default=2, help="processes of our study")
    options = parser.parse_args()
    for name in options.names or BENCHMARKS:
        BENCHMARKS[name](options)


if __name__ == "__main__":
    main()
