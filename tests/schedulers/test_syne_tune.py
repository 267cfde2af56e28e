"""ASHA and PASHA decide as Syne Tune does, event by event.

It need not be installed: what it decided was recorded by ``record_syne_tune.py``.
"""

from __future__ import annotations

import csv
from functools import cache

import pytest

from simlab.policies import Never
from simlab.schedulers import ASHA, PASHA, StoppingASHA
from simlab.searchers import RandomOrdering
from tests.schedulers.syne_tune import CASES, N_TRIALS, PROMOTING, STOPPING, curves, recorded
from tests.simulator.toys import replay, rows


@cache
def theirs(version):
    """Return what Syne Tune decided in each case, in order."""
    with recorded(version).open() as file:
        decided = [
            (int(case), int(trial), int(epoch), what)
            for case, trial, epoch, what in list(csv.reader(file))[1:]
        ]
    return [[row[1:] for row in decided if row[0] == number] for number in range(len(CASES[version]))]


def ours(scheduler, case):
    """Return the same of our own run."""
    trace = replay(curves(), Never(), scheduler=scheduler, workers=case.workers, clock="seconds")
    decided = []
    for _, event, trial, _, epoch in rows(trace.events):
        if event == "started":
            decided.append((trial, 0, "start"))
        elif event == "resumed":
            decided.append((trial, epoch, "resume"))
        elif event == "epoch ended":
            if epoch in case.rung_ends:
                decided.append((trial, epoch, "continue"))
        else:  # it leaves its worker
            if epoch in case.rung_ends:
                decided.pop()
            decided.append(
                (trial, epoch, "pause" if event == "paused" and epoch < case.max_epochs else "stop")
            )
    return decided


def scheduler_of(case):
    searcher, options = RandomOrdering(range(N_TRIALS)), {"eta": case.eta, "min_epochs": case.min_epochs}
    if case.scheduler == "asha-stopping":
        return StoppingASHA(searcher, case.max_epochs, **options)
    kind = {"asha": ASHA, "pasha": PASHA}[case.scheduler]
    return kind(searcher, case.max_epochs, quota="ceil", finish=False, **options)


@pytest.mark.parametrize(
    ("version", "number"),
    [(version, number) for version in (STOPPING, PROMOTING) for number in range(len(CASES[version]))],
    ids=lambda value: value if isinstance(value, str) else str(value),
)
def test_every_decision_and_promotion_is_syne_tunes(version, number):
    case = CASES[version][number]
    assert ours(scheduler_of(case), case) == theirs(version)[number]
