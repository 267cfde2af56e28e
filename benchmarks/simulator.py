"""What a replay takes against Syne Tune's simulator, on the same table of curves with as many workers.

Every configuration of metaqnn-cifar10 once, in one order: with ASHA by stopping, whose rule is the same in
both, and first in, first out. Each process simulates twice: the first time also sets things up. In-run time
is that of the simulation alone, without imports and without reading the table; whole-process time is all of
it with the first simulation.

Syne Tune runs as it comes, its delays and its polling included. It looks every 5 simulated seconds, and an
epoch took a quarter of a second where many networks were recorded at once: it would see its rungs too late.
So an epoch counts 100 times that for it.

Syne Tune is no extra of simlab, because it installs XGBoost, which this does not use. In an environment with
simlab: ``pip install --no-deps syne-tune==0.16.0 dill statsmodels patsy`` and
``pip install huggingface_hub sortedcontainers tqdm psutil``.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one BLAS thread, for both alike

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout

import numpy as np

import simlab
from simlab.policies import Never
from simlab.schedulers import AsynchronousHalving, InOrder
from simlab.searchers import draw_orderings
from simlab.simulator import simulate

#: Seconds of Syne Tune for one recorded second; see above.
SLOWER = 100
#: Times as fast as Syne Tune, in-run and by whole process.
LEAST_IN_RUN, LEAST_WHOLE = {"asha": 100, "fifo": 150}, {"asha": 10, "fifo": 10}


def ours(name: str, workers: int) -> list[float]:
    """Replay one ordering twice and return seconds of wall time; the first time also sets things up."""
    corpus, seconds = simlab.load("metaqnn-cifar10"), []
    strategy = (
        AsynchronousHalving(name="asha-stopping", max_epochs=corpus.n_epochs)
        if name == "asha"
        else InOrder(Never())
    )
    for _ in range(2):
        begin = time.perf_counter()
        simulate(corpus, strategy, orderings=1, workers=workers)
        seconds.append(time.perf_counter() - begin)
    return seconds


def syne_tune(name: str, workers: int) -> list[float]:
    """Simulate the same configurations in the same order twice and return seconds of wall time."""
    import pandas as pd
    from syne_tune import StoppingCriterion, Tuner
    from syne_tune.backend.simulator_backend.simulator_callback import SimulatorCallback
    from syne_tune.blackbox_repository.blackbox_tabular import BlackboxTabular
    from syne_tune.blackbox_repository.simulated_tabular_backend import UserBlackboxBackend
    from syne_tune.config_space import randint
    from syne_tune.optimizer.baselines import ASHA, RandomSearch

    logging.getLogger("syne_tune").setLevel(logging.ERROR)
    corpus = simlab.load("metaqnn-cifar10")
    n, epochs = len(corpus), corpus.n_epochs
    # Its table wants two columns or more.
    space = {"block": randint(0, n // 50 - 1), "member": randint(0, 49)}
    configs = pd.DataFrame({"block": np.arange(n) // 50, "member": np.arange(n) % 50})
    table = np.stack([corpus.values, SLOWER * np.cumsum(corpus.series["seconds"], axis=1)], axis=-1)
    blackbox = BlackboxTabular(
        hyperparameters=configs,
        configuration_space=space,
        fidelity_space={"epoch": randint(1, epochs)},
        objectives_evaluations=table[:, None],
        objectives_names=["value", "elapsed"],
    )
    order, seconds = configs.iloc[draw_orderings(n, 1, 0)[0]].to_dict("records"), []
    for _ in range(2):
        shared = {"do_minimize": False, "random_seed": 0, "points_to_evaluate": list(order)}
        scheduler = (
            ASHA(space, metric="value", time_attr="epoch", max_t=epochs, **shared)
            if name == "asha"
            else RandomSearch(space, metrics=["value"], **shared)
        )
        tuner = Tuner(
            trial_backend=UserBlackboxBackend(blackbox, elapsed_time_attr="elapsed"),
            scheduler=scheduler,
            stop_criterion=StoppingCriterion(max_num_trials_started=n),
            n_workers=workers,
            sleep_time=0,
            callbacks=[SimulatorCallback()],
            wait_trial_completion_when_stopping=True,
            save_tuner=False,
        )
        begin = time.perf_counter()
        tuner.run()
        seconds.append(time.perf_counter() - begin)
    return seconds


TOOLS: dict[str, Callable[[str, int], list[float]]] = {"ours": ours, "syne-tune": syne_tune}


def run(tool: str, name: str, options: argparse.Namespace) -> list[float]:
    """Return whole-process and in-run seconds, medians over fresh processes."""
    command = [sys.executable, __file__, name, "--inside", tool, "--workers", str(options.workers)]
    seconds = []
    for _ in range(options.repeats):
        with tempfile.TemporaryDirectory() as folder:
            begin = time.perf_counter()
            done = subprocess.run(
                command,
                check=True,
                stdout=subprocess.PIPE,
                stderr=None if options.verbose else subprocess.DEVNULL,
                text=True,
                env=os.environ | {"SYNETUNE_FOLDER": folder},
            )
            seconds.append([time.perf_counter() - begin, *json.loads(done.stdout)])
    return np.median(seconds, axis=0).tolist()


def show(name: str, value: object, target: str = "") -> None:
    print(f"  {name:58} {value}{'   (target ' + target + ')' if target else ''}", flush=True)


def compare(name: str, options: argparse.Namespace) -> None:
    print(f"{name}: 1,000 configurations x 20 epochs, {options.workers} workers, {options.repeats} runs each")
    whole, inside, again = run("ours", name, options)
    show("ours, in-run", f"{inside * 1e3:8.1f} ms")
    show("  a second time in the same process", f"{again * 1e3:8.1f} ms")
    show("ours, whole process, one run", f"{whole - again:8.2f} s")
    if options.ours:
        return
    peer_whole, peer_inside, peer_again = run("syne-tune", name, options)
    show("Syne Tune, in-run", f"{peer_inside:8.2f} s")
    show("  a second time in the same process", f"{peer_again:8.2f} s")
    show("Syne Tune, whole process, one run", f"{peer_whole - peer_again:8.2f} s")
    show("  times as fast, in-run", f"{peer_inside / inside:8.1f}", f">= {LEAST_IN_RUN[name]}")
    show("  a second time in the same process", f"{peer_again / again:8.1f}")
    ratio = (peer_whole - peer_again) / (whole - again)
    show("  times as fast, whole process", f"{ratio:8.1f}", f">= {LEAST_WHOLE[name]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of asha, fifo; both by default")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5, help="processes of each kind; the median counts")
    parser.add_argument("--ours", action="store_true", help="leave Syne Tune out")
    parser.add_argument("--verbose", action="store_true", help="show what the processes write to stderr")
    parser.add_argument("--inside", choices=list(TOOLS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        with redirect_stdout(sys.stderr):
            seconds = TOOLS[options.inside](options.names[0], options.workers)
        print(json.dumps(seconds))
        return
    for name in options.names or LEAST_IN_RUN:
        compare(name, options)


if __name__ == "__main__":
    main()
