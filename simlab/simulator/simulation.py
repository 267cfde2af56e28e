"""Replay policies over random orderings of a corpus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus import Corpus
from simlab.errors import SettingError, SimulationError, SimulationInterrupted, UnknownNameError
from simlab.measures import ceiling
from simlab.measures.per_ordering import TOP_K
from simlab.policies import Policy
from simlab.predictions import PredictionStore
from simlab.provenance import versions
from simlab.schedulers import InOrder, Strategy
from simlab.searchers import draw_orderings
from simlab.simulator.costs import AnyClock, describe_clock, elapsed_times, resolve_clock
from simlab.simulator.ordering import Frames, OrderingReplay
from simlab.simulator.result import SimulationResult
from simlab.simulator.scenario import Scenario
from simlab.simulator.trace import TABLES, Record

Integers = npt.NDArray[np.int64]


def simulate(
    corpus: Corpus,
    policies: Policy | Strategy | Sequence[Policy | Strategy],
    *,
    orderings: int = 10,
    first_ordering: int = 0,
    workers: int = 1,
    seed: int = 0,
    clock: AnyClock = "auto",
    scenario: Scenario | None = None,
    level: float = 0.95,
    n_jobs: int = 1,
    store: PredictionStore | None = None,
    record: Record = "events",
    on_ordering: Callable[[int], None] | None = None,
) -> SimulationResult:
    """Replay policies and schedulers over random orderings of a corpus.

    All of them see the same orderings (common random numbers), so differences between them are paired.

    Parameters
    ----------
    corpus : Corpus
    policies : Policy, Strategy, or a sequence of them
        A policy judges trials that are trained one after the other; a strategy is a scheduler of any other
        kind, such as :class:`simlab.schedulers.Halving`.
    orderings : int
        Random orderings, each a permutation of the whole corpus.
    first_ordering : int
        Number of the first of them, as a sweep needs that replays its orderings in blocks.
    workers : int
        Trials that train at the same time on the simulated clock.
    seed : int
        Seed of the orderings.
    clock : {"auto", "seconds", "epochs"}, float or callable
        Unit of the simulated clock: recorded seconds (where there are any), or one unit per epoch. Or what
        every epoch costs, or a function that takes the corpus and returns what each of them costs,
        shape (N, T).
    scenario : Scenario, optional
        Delays, costly decisions, slow and failing workers, a budget; by default none of them.
    level : float
        Confidence level of the intervals.
    n_jobs : int
        Orderings replayed in parallel; changes no byte of the result. With 1 in this process, with any other
        number by joblib, which honours ``joblib.parallel_config``.
    store : PredictionStore, optional
        Where predictions are looked for first, and kept; changes no byte of the result.
    record : {"events", "decisions", "trials"}
        What is kept: trials, decisions and events; trials and decisions; or trials alone, which all measures
        are computed from. A decision takes 80 to 130 bytes of memory, its event 40 more.
    on_ordering : callable, optional
        Called with the number of finished orderings.

    Returns
    -------
    SimulationResult

    Raises
    ------
    SettingError
        If a setting is out of range, or the corpus has fewer configurations than a policy's burn-in.
    UnknownNameError
        If there is no such clock or way to record.
    CorpusError
        If recorded seconds are asked for, on the clock or in the budget, and there are none.
    SimulationError
        If a policy, a scheduler or a searcher raises, or a predictor says something impossible. Its
        ``partial`` holds the orderings finished before, as does that of
        :class:`simlab.errors.SimulationInterrupted`, raised in place of a KeyboardInterrupt.

    Examples
    --------
    >>> import numpy as np, polars as pl, simlab
    >>> from simlab.policies import Never, Oracle
    >>> frame = pl.DataFrame({"run": np.repeat(range(5), 4), "epoch": [1, 2, 3, 4] * 5,
    ...                       "acc": np.linspace(0.1, 0.9, 20)})
    >>> corpus = simlab.Corpus.from_frame(frame, config_id="run", epoch="epoch", value="acc",
    ...                                   direction="maximize")
    >>> result = simlab.simulate(corpus, [Never(), Oracle()], orderings=3)
    >>> result.summary().select("policy", "speedup", "recovery_successes").rows()
    [('never', 1.0, 3), ('oracle', 2.5, 3)]
    """
    given = policies if isinstance(policies, Sequence) else [policies]
    chosen = [InOrder(one) if isinstance(one, Policy) else one for one in given]
    check_settings(orderings=orderings, workers=workers, seed=seed, level=level, n_jobs=n_jobs)
    if record not in TABLES:
        raise UnknownNameError("record", record, TABLES)
    if first_ordering < 0:
        raise SettingError(f"first_ordering must be 0 or more, not {first_ordering}")
    check_strategies(corpus, chosen)
    scenario = scenario or Scenario()
    scenario.check(corpus)
    resolved = resolve_clock(corpus, clock)
    elapsed = elapsed_times(corpus, resolved)
    replay = OrderingReplay(
        corpus=corpus,
        strategies=chosen,
        seed=seed,
        workers=workers,
        clock=resolved,
        elapsed=elapsed,
        scenario=scenario,
        store=store,
        record=record,
    )
    drawn = draw_orderings(len(corpus), first_ordering + orderings, seed)
    settings = {"workers": workers, "seed": seed, "level": level} | describe_clock(resolved, elapsed)
    settings |= {"first_ordering": first_ordering} if first_ordering else {}
    settings |= {"record": record} if record != "events" else {}
    settings |= {"scenario": scenario.describe()} if scenario.describe() else {}
    finished: list[list[Frames]] = []
    try:
        for frames in _replay_all(replay, dict(enumerate(drawn[first_ordering:], first_ordering)), n_jobs):
            finished.append(frames)
            if on_ordering:
                on_ordering(len(finished))
    except SimulationError as error:
        error.partial = _result(corpus, chosen, finished, settings | {"broken_off": str(error)})
        raise
    except KeyboardInterrupt as error:
        interrupted = SimulationInterrupted()
        interrupted.partial = _result(corpus, chosen, finished, settings | {"broken_off": "interrupted"})
        raise interrupted from error
    if store:
        store.trim()
    result = _result(corpus, chosen, finished, settings)
    assert result is not None  # there is one ordering or more
    return result


def _replay_all(
    replay: OrderingReplay, orderings: Mapping[int, Integers], n_jobs: int
) -> Iterator[list[Frames]]:
    """Yield the frames of one ordering after the other; raise the first error once nothing runs any more."""
    if n_jobs == 1:
        for number, ordering in orderings.items():
            yield replay.frames(number, ordering)
        return
    import joblib

    errors: list[SimulationError] = []

    def jobs() -> Iterator[Any]:
        for number, ordering in orderings.items():
            if errors:
                return
            yield joblib.delayed(replay.attempt)(number, ordering)

    for outcome in joblib.Parallel(n_jobs=n_jobs, return_as="generator")(jobs()):
        if isinstance(outcome, SimulationError):
            errors.append(outcome)
        elif not errors:
            yield outcome
    if errors:
        raise errors[0]


def check_settings(*, orderings: int, workers: int, seed: int, level: float, n_jobs: int) -> None:
    """Raise SettingError for a setting out of range."""
    if orderings < 1:
        raise SettingError(f"orderings must be 1 or more, not {orderings}")
    if workers < 1:
        raise SettingError(f"workers must be 1 or more, not {workers}")
    if seed < 0:
        raise SettingError(f"seed must be 0 or more, not {seed}")
    if not 0 < level < 1:
        raise SettingError(f"level must lie in (0, 1), not {level}")
    if n_jobs == 0:
        raise SettingError("n_jobs must be 1 or more, or -1 for all cores, not 0")


def check_strategies(corpus: Corpus, strategies: Sequence[Strategy]) -> None:
    """Raise SettingError if there is none, or one whose burn-in is larger than the corpus."""
    if not strategies:
        raise SettingError("no policy was given")
    greedy = [strategy for strategy in strategies if strategy.burn_in > len(corpus)]
    if greedy:
        raise SettingError(
            f"{corpus.name} has {len(corpus)} configurations, fewer than the burn-in of {greedy[0].burn_in} "
            f"that '{greedy[0].name}' asks for: lower the burn-in (20 % of the corpus is {len(corpus) // 5})"
        )


def _result(
    corpus: Corpus,
    strategies: Sequence[Strategy],
    finished: Sequence[list[Frames]],
    settings: dict[str, Any],
) -> SimulationResult | None:
    """Put the finished orderings together; None where there is none."""
    if not finished:
        return None
    first = settings.get("first_ordering", 0)
    keys = _keys(strategies, range(first, first + len(finished)))
    parts = [frames for of_run in zip(*finished, strict=True) for frames in of_run]
    tables = {table: _table([frames[table] for frames in parts], keys) for table in parts[0]}
    return SimulationResult(
        trials=tables.pop("trials"),
        details=tables,
        provenance=_provenance(corpus, strategies, orderings=len(finished), **settings),
    )


def _keys(strategies: Sequence[Strategy], orderings: Sequence[int]) -> pl.DataFrame:
    """Return what says which run and ordering rows belong to, one row per run and ordering."""
    settings = [strategy.settings() for strategy in strategies]
    of_runs = pl.DataFrame(
        {
            "run": pl.Series(range(len(strategies)), dtype=pl.Int32),
            "policy": pl.Series([strategy.name for strategy in strategies], dtype=pl.String),
            "threshold": pl.Series([one.get("threshold") for one in settings], dtype=pl.Float64),
            "tolerance": pl.Series([one.get("tolerance") for one in settings], dtype=pl.Float64),
            "top_n": pl.Series([one.get("top_n") for one in settings], dtype=pl.Int32),
            "burn_in": pl.Series([strategy.burn_in for strategy in strategies], dtype=pl.Int32),
        }
    )
    of_orderings = pl.DataFrame({"ordering": pl.Series(orderings, dtype=pl.Int32)})
    return of_runs.join(of_orderings, how="cross", maintain_order="left_right")


def _table(parts: Sequence[pl.DataFrame], keys: pl.DataFrame) -> pl.DataFrame:
    """Put the parts of one table below one another, with its key before every row."""
    rows = np.array([len(one) for one in parts])
    return pl.DataFrame([_repeated(key, rows) for key in keys.iter_columns()]).hstack(pl.concat(parts))


def _repeated(key: pl.Series, rows: Integers) -> pl.Series:
    """Return each value as often as its part has rows."""
    if key.dtype == pl.String or key.null_count():
        return key[pl.Series(np.repeat(np.arange(len(rows), dtype=np.uint32), rows))]
    return pl.Series(key.name, np.repeat(key.to_numpy(), rows))  # several times as fast


def _provenance(corpus: Corpus, strategies: Sequence[Strategy], **settings: Any) -> dict[str, Any]:
    """Return what is needed to repeat and to judge the simulation; no time, host, path or number of jobs."""
    top = np.sort(corpus.final_scores[corpus.completed])[::-1][:TOP_K]
    found = {
        "corpus": corpus.name,
        "corpus_sha256": corpus.digest,
        "metric": corpus.metric.to_dict(),
        "n_configs": len(corpus),
        "best_value": corpus.best_value,
        "tenth_best": corpus.metric.value(float(top[-1])),
        "standard_error": corpus.standard_error,
        "ceilings": [ceiling(corpus.lengths, strategy.burn_in) for strategy in strategies],
        "policies": [{"policy": strategy.name} | strategy.settings() for strategy in strategies],
        "versions": versions(),
    }
    provenance: dict[str, Any] = json.loads(json.dumps(found | settings))  # as it will be read back
    return provenance
