"""Records what Syne Tune's schedulers decide, event by event, for ``test_syne_tune.py``.

Its schedulers are asked directly, in the order of events of a loop of our own: its simulator adds the time
that its own code takes to the simulated clock, and so repeats no run. In an environment with simlab,
``pip install --no-deps syne-tune==0.16.0 dill statsmodels sortedcontainers patsy``, and then 0.14.0:

    python -m tests.schedulers.record_syne_tune
"""

from __future__ import annotations

import csv
from datetime import datetime
from heapq import heappop, heappush
from importlib.metadata import version

from tests.schedulers.syne_tune import CASES, N_TRIALS, STOPPING, curves, recorded


class Stopping:
    """``AsynchronousSuccessiveHalving`` of 0.16.0."""

    def __init__(self, case):
        from syne_tune.config_space import randint
        from syne_tune.optimizer.schedulers.asha import AsynchronousSuccessiveHalving

        self.tool = AsynchronousSuccessiveHalving(
            {"config": randint(0, N_TRIALS)},
            metric="value",
            do_minimize=False,
            time_attr="epoch",
            max_t=case.max_epochs,
            grace_period=case.min_epochs,
            reduction_factor=case.eta,
            random_seed=0,
        )
        self.trials = []

    def next_trial(self):
        from syne_tune.backend.trial_status import Trial

        if len(self.trials) == N_TRIALS:
            return None
        number = len(self.trials)
        self.trials.append(Trial(number, {"config": number}, datetime(2026, 1, 1)))  # noqa: DTZ001
        self.tool.on_trial_add(self.trials[-1])
        return number

    def report(self, trial, epoch, value):
        return self.tool.on_trial_result(self.trials[trial], {"value": value, "epoch": epoch}).lower()


class Promoting:
    """The rung systems of 0.14.0, used as its ``HyperbandBracketManager`` uses them."""

    def __init__(self, case):
        from sortedcontainers import SortedSet
        from syne_tune.optimizer.schedulers.legacy_hyperband_pasha import PASHARungSystem
        from syne_tune.optimizer.schedulers.legacy_hyperband_promotion import PromotionRungSystem

        ends, self.max_epochs = case.rung_ends, case.max_epochs
        system = PASHARungSystem if case.scheduler == "pasha" else PromotionRungSystem
        quantiles = [
            end / following for end, following in zip(ends, [*ends[1:], self.max_epochs], strict=True)
        ]
        self.tool = system(ends, quantiles, "value", "max", "epoch", self.max_epochs)
        # Its sets have no order, and some pairs would count twice: (a, b) at one epoch, (b, a) at another.
        self.tool.epoch_to_trials = {epoch: SortedSet() for epoch in range(1, self.max_epochs)}
        self.n_started = 0

    def next_trial(self):
        promoted = self.tool.on_task_schedule("new")
        if "trial_id" in promoted:
            trial = promoted.pop("trial_id")
            self.tool.on_task_add(trial, skip_rungs=0, new_config=False, **promoted)
            return trial
        if self.n_started == N_TRIALS:
            return None
        self.n_started += 1
        self.tool.on_task_add(self.n_started - 1, skip_rungs=0, new_config=True)
        return self.n_started - 1

    def report(self, trial, epoch, value):
        goes_on = (
            epoch < self.max_epochs
            and (
                self.tool.on_task_report(trial, {"value": value, "epoch": epoch}, skip_rungs=0)[
                    "task_continues"
                ]
            )
        )
        if goes_on:
            return "continue"
        self.tool.on_task_remove(trial)
        return "pause" if epoch < self.max_epochs else "stop"


def decisions(tool, case, corpus):
    """Play a case; yield (trial, epoch, what happened). At equal times who started first comes first."""
    pending, epochs, idle, now = [], {}, case.workers, 0.0
    while True:
        while idle and (trial := tool.next_trial()) is not None:
            yield trial, epochs.setdefault(trial, 0), "resume" if epochs[trial] else "start"
            heappush(pending, (now + corpus.series["seconds"][trial, 0], trial))
            idle -= 1
        if not pending:
            return
        now, trial = heappop(pending)
        epochs[trial] += 1
        decision = tool.report(trial, epochs[trial], float(corpus.values[trial, epochs[trial] - 1]))
        if decision == "continue":
            heappush(pending, (now + corpus.series["seconds"][trial, 0], trial))
        else:
            idle += 1
        if decision != "continue" or epochs[trial] in case.rung_ends:
            yield trial, epochs[trial], decision


def main():
    installed, corpus = version("syne-tune"), curves()
    tool = Stopping if installed == STOPPING else Promoting
    with recorded(installed).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", "trial", "epoch", "decision"])
        for number, case in enumerate(CASES[installed]):
            writer.writerows((number, *row) for row in decisions(tool(case), case, corpus))


if __name__ == "__main__":
    main()
