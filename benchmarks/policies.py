"""What a decision takes: of a policy that a user wrote, and of the threshold rule.

A user's policy is replayed over metaqnn-cifar10, recorded seconds, 4 workers, and its decisions per second
are compared with the events per second of a bare SimPy loop over the same epochs: processes that wait, and
nothing else.

The threshold rule, with its predictions made before, is replayed over orderings x thresholds on one worker,
and compared with a plain Python loop over the same trials that asks scipy.stats.norm.cdf for each probability
and writes nothing down. All on one thread.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

import simlab
from simlab.corpus import Corpus
from simlab.policies import Decision, Policy, ThresholdRule, View
from simlab.predictions import PredictionTables
from simlab.predictors import LastSeenValue
from simlab.searchers import draw_orderings

LEAST_DECISIONS, LEAST_OF_SIMPY, LEAST_OF_SCIPY = 300_000, 1 / 3, 20
BURN_IN, THRESHOLDS = 100, np.linspace(0.5, 0.999, 20)


@dataclass(frozen=True)
class Behind(Policy):
    """Stops a trial that is far behind the incumbent: written as a user would."""

    name = "behind"
    margin: float = 0.3

    def decide(self, view: View) -> Decision:
        behind = view.epoch >= 3 and view.score < view.nth_best(1) - self.margin
        return Decision(stop=behind, reason="behind" if behind else "near enough")


def show(name: str, value: object, target: str = "") -> None:
    print(f"  {name:58} {value}{'   (target ' + target + ')' if target else ''}", flush=True)


def simpy_events(durations: list[list[float]], workers: int) -> float:
    """Let workers wait for every epoch of every trial, and return events per second."""
    import simpy

    env, queue = simpy.Environment(), iter(durations)

    def work() -> Generator[simpy.Event]:
        for epochs in queue:
            for seconds in epochs:
                yield env.timeout(seconds)

    for _ in range(workers):
        env.process(work())
    begin = time.perf_counter()
    env.run()
    return sum(map(len, durations)) / (time.perf_counter() - begin)


def user_policy(corpus: Corpus, options: argparse.Namespace) -> None:
    print(f"a user's policy: {len(corpus)} configurations x {corpus.n_epochs} epochs, 4 workers")
    ours, peer = [], []
    for _ in range(options.repeats):
        begin = time.perf_counter()
        result = simlab.simulate(corpus, Behind(), orderings=1, workers=4)
        ours.append(result.decisions.height / (time.perf_counter() - begin))
        trials = result.trials.sort("position")
        rows = np.searchsorted(corpus.config_ids, trials["config_id"].to_numpy().astype(np.str_))
        seconds = corpus.series["seconds"]
        epochs = [seconds[row, :n].tolist() for row, n in zip(rows, trials["epochs"], strict=True)]
        peer.append(simpy_events(epochs, 4))
    decisions, events = float(np.median(ours)), float(np.median(peer))
    show("decisions per second, from corpus to result", f"{decisions:10,.0f}", f">= {LEAST_DECISIONS:,}")
    show("events per second of a bare SimPy loop", f"{events:10,.0f}")
    show("  ratio", f"{decisions / events:10.2f}", f">= {LEAST_OF_SIMPY:.2f}")


def plain_loop(
    corpus: Corpus, ordering: np.ndarray, tables: PredictionTables, thresholds: list[float]
) -> int:
    """Replay the rule at each threshold as one would write it down first; return the epochs trained."""
    burn_in = ordering[:BURN_IN].tolist()
    table, spent = tables.table(LastSeenValue(), burn_in), 0
    for threshold in thresholds:
        best = max(corpus.final_scores[config] for config in burn_in)
        spent += int(corpus.lengths[burn_in].sum())
        for config in ordering[BURN_IN:].tolist():
            for epoch in range(1, corpus.lengths[config] + 1):
                spent += 1
                if epoch == corpus.lengths[config]:
                    best = max(best, corpus.final_scores[config])
                    break
                predicted = table.lookup(config, epoch)
                if norm.cdf(best, predicted.mean, predicted.sigma) >= threshold:
                    break
    return spent


def threshold_rule(corpus: Corpus, options: argparse.Namespace) -> None:
    replays = f"{options.orderings} orderings x {len(THRESHOLDS)} thresholds"
    print(f"the threshold rule: {replays}, {len(corpus)} trials each")
    rule = ThresholdRule(predictor=LastSeenValue(), burn_in=BURN_IN)
    rules = [replace(rule, threshold=float(threshold)) for threshold in THRESHOLDS]
    simlab.simulate(corpus, rules, orderings=1, clock="epochs")
    taken, spent = {}, 0
    for record in ("events", "trials"):
        seconds = []
        for _ in range(options.repeats):
            begin = time.perf_counter()
            result = simlab.simulate(
                corpus, rules, orderings=options.orderings, clock="epochs", record=record
            )
            seconds.append(time.perf_counter() - begin)
        taken[record], spent = float(np.median(seconds)), result.trials["epochs"].sum()
    begin = time.perf_counter()
    tables = PredictionTables(corpus)
    expected = sum(
        plain_loop(corpus, ordering, tables, THRESHOLDS.tolist())
        for ordering in draw_orderings(len(corpus), options.orderings, 0)
    )
    peer = time.perf_counter() - begin
    assert spent == expected, "the two loops stop elsewhere"
    show("a plain loop over scipy.stats.norm.cdf", f"{peer:10.2f} s")
    show("ours, with every trial, decision and event", f"{taken['events']:10.2f} s")
    show("  epochs per second", f"{spent / taken['events']:10,.0f}")
    show("  times as fast", f"{peer / taken['events']:10.1f}", f">= {LEAST_OF_SCIPY}")
    show("ours, with every trial", f"{taken['trials']:10.2f} s")
    show("  times as fast", f"{peer / taken['trials']:10.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="runs of ours; the median counts")
    parser.add_argument("--orderings", type=int, default=10)
    options = parser.parse_args()
    corpus = simlab.load("metaqnn-cifar10")
    user_policy(corpus, options)
    threshold_rule(corpus, options)


if __name__ == "__main__":
    main()
