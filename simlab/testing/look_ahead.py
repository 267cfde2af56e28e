"""No look-ahead, as a test: what was not observed at a decision is changed, and it stays the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from simlab.corpus import Corpus
from simlab.corpus.schema import STATUSES
from simlab.policies import Decision
from simlab.schedulers import Outcome, Scheduler
from simlab.simulator import Replay, elapsed_times
from simlab.simulator.costs import Clock
from simlab.simulator.trace import Trace

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Row = tuple[Any, ...]


def play(
    corpus: Corpus,
    scheduler: Scheduler,
    *,
    workers: int = 1,
    clock: Clock = "epochs",
    hindsight: bool = False,
) -> Trace:
    """Replay a scheduler, made for this run, and return what happened."""
    elapsed = elapsed_times(corpus, clock)
    return Replay(corpus, scheduler, elapsed, workers=workers, hindsight=hindsight).run()


def rows(columns: object) -> list[Row]:
    """Return the decisions or events of a trace row by row.

    A decision is (config, epoch, time, Decision), an event (time, event, config, worker, epoch).
    """
    return list(zip(*vars(columns).values(), strict=True))


def check_the_past(
    corpus: Corpus, play_again: Callable[[Corpus], Trace], *, decision: int, seed: int, ends: bool = True
) -> None:
    """Demand that what had not been observed at a decision changes neither it nor anything before it.

    Parameters
    ----------
    corpus : Corpus
    play_again : callable
        Replays the same policy or scheduler over a corpus.
    decision : int
        Number of the decision, counted around where there are fewer.
    seed : int
        Of the changes.
    ends : bool
        Change how long unobserved curves are, too, and how they end. A regression predicts all curves that go
        on in one call, and how many they are may move its last binary digit: then whether a trial stopped is
        compared, and not the numbers that a decision gives as its reasons.

    Raises
    ------
    AssertionError
        If something of the past changed.
    """
    trace = play_again(corpus)
    made = rows(trace.decisions)
    decision %= len(made)
    seen, left, n_events = observed_epochs(trace, corpus, decision)
    other = play_again(perturbed(corpus, seen, left, seed=seed, ends=ends))
    shown = _stops if ends else list
    before, now = shown(made[: decision + 1]), shown(rows(other.decisions)[: decision + 1])
    assert now == before, "what was not observed yet changed a decision"
    assert rows(other.events)[:n_events] == rows(trace.events)[:n_events], "the future changed an event"


def _stops(made: list[Row]) -> list[Row]:
    return [(config, epoch, time, decision.stop) for config, epoch, time, decision in made]


def observed_epochs(trace: Trace, corpus: Corpus, decision: int) -> tuple[Integers, Booleans, int]:
    """Return what was observed at a decision.

    Returns
    -------
    seen : ndarray of int, shape (N,)
        Epochs of each configuration that had been trained.
    left : ndarray of bool, shape (N,)
        Whose end had been seen.
    n_events : int
        Events so far.
    """
    seen, left, made = np.zeros(len(corpus), dtype=int), np.zeros(len(corpus), dtype=bool), 0
    for number, (_, event, config, _, epochs) in enumerate(rows(trace.events), 1):
        seen[config] = max(seen[config], epochs)  # what is trained again was seen before
        left[config] |= event in STATUSES
        if event == "epoch ended" and epochs < corpus.lengths[config]:  # a decision follows
            made += 1
            if made > decision:
                return seen, left, number
    raise AssertionError("a decision without its event")


def perturbed(corpus: Corpus, seen: Integers, left: Booleans, *, seed: int, ends: bool) -> Corpus:
    """Change all that is not yet observed: values, costs, and with ``ends`` the lengths and statuses.

    A trial in progress has at least one epoch more than was seen, as its end has not been seen; its epochs
    get dearer, so that no event of the future moves into the past.
    """
    rng = np.random.default_rng(seed)
    n_epochs = corpus.n_epochs
    more = np.minimum(seen + rng.integers(1, n_epochs + 1, len(corpus)), n_epochs)
    lengths = np.where(ends & ~left, more, corpus.lengths)
    any_status = rng.choice(STATUSES, len(corpus), p=[0.7, 0.1, 0.1, 0.1])
    status = np.where(ends & ~left, any_status, corpus.status)
    recorded = np.arange(n_epochs) < lengths[:, None]
    unseen = np.arange(n_epochs) >= seen[:, None]
    low, high = corpus.metric.bounds
    value = np.where(unseen, rng.uniform(low, high, unseen.shape), corpus.values)
    dearer = np.nan_to_num(corpus.series["seconds"]) + rng.uniform(0.1, 50, unseen.shape)
    seconds = np.where(unseen, dearer, corpus.series["seconds"])
    series = {
        "value": np.where(recorded, value, np.nan),
        "seconds": np.where(recorded, seconds, np.nan),
    }
    return replace(corpus, series=series, lengths=lengths, status=status)


def check_explained(decision: object) -> None:
    """Demand a :class:`Decision` whose parts fit together."""
    assert type(decision) is Decision, f"{decision!r} is no Decision"
    assert type(decision.stop) is bool, f"stop is {decision.stop!r}: True or False, of Python's own type"
    assert decision.reason, "a decision says why"


def check_workers(trace: Trace, n_workers: int) -> None:
    """Demand that no worker trained two trials at once, and that all were free in the end."""
    busy: dict[int, int] = {}
    for _, event, config, worker, _ in rows(trace.events):
        if event in ("started", "resumed", "restarted"):
            assert busy.setdefault(worker, config) == config
            assert len(busy) <= n_workers
        assert busy[worker] == config
        if event in set(Outcome):
            del busy[worker]
    assert not busy
