"""Replay policies over random orderings of a corpus."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import polars as pl
from threadpoolctl import threadpool_limits

from simlab.corpus import Corpus
from simlab.errors import SettingError
from simlab.measures import ceiling
from simlab.measures.per_ordering import TOP_K
from simlab.policies import Policy
from simlab.predictions import PredictionStore, PredictionTables
from simlab.provenance import versions
from simlab.schedulers import InOrder, Strategy
from simlab.searchers import draw_orderings
from simlab.simulator.costs import Clock, elapsed_times, resolve_clock
from simlab.simulator.replay import Replay
from simlab.simulator.result import SimulationResult
from simlab.simulator.trace import decisions_frame, events_frame, trials_frame

Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def simulate(
    corpus: Corpus,
    policies: Policy | Strategy | Sequence[Policy | Strategy],
    *,
    orderings: int = 10,
    workers: int = 1,
    seed: int = 0,
    clock: Clock = "auto",
    level: float = 0.95,
    n_jobs: int = 1,
    store: PredictionStore | None = None,
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
    workers : int
        Trials that train at the same time on the simulated clock.
    seed : int
        Seed of the orderings.
    clock : {"auto", "seconds", "epochs"}
        Unit of the simulated clock: recorded seconds (where there are any), or one unit per epoch.
    level : float
        Confidence level of the intervals.
    n_jobs : int
        Orderings replayed in parallel; changes no byte of the result. Honours ``joblib.parallel_config``.
    store : PredictionStore, optional
        Where predictions are looked for first, and kept; changes no byte of the result.
    on_ordering : callable, optional
        Called with the number of finished orderings.

    Returns
    -------
    SimulationResult

    Raises
    ------
    SettingError
        If a setting is out of range, or the corpus has fewer configurations than a policy's burn-in.

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
    _check_settings(orderings=orderings, workers=workers, seed=seed, level=level, n_jobs=n_jobs)
    _check_strategies(corpus, chosen)
    unit = resolve_clock(corpus, clock)
    jobs = (
        joblib.delayed(_replay_ordering)(
            corpus,
            chosen,
            number,
            ordering,
            np.random.SeedSequence(seed, spawn_key=(number, 1)),
            workers=workers,
            clock=unit,
            store=store,
        )
        for number, ordering in enumerate(draw_orderings(len(corpus), orderings, seed))
    )
    parts: list[Frames] = []
    for part in joblib.Parallel(n_jobs=n_jobs, return_as="generator")(jobs):
        parts.append(part)
        if on_ordering:
            on_ordering(len(parts))
    if store:
        store.trim()
    trials, decisions, events = (
        pl.concat(frames).sort("run", maintain_order=True) for frames in zip(*parts, strict=True)
    )
    return SimulationResult(
        trials=trials,
        decisions=decisions,
        events=events,
        provenance=_provenance(
            corpus, chosen, orderings=orderings, workers=workers, seed=seed, clock=unit, level=level
        ),
    )


def _check_settings(*, orderings: int, workers: int, seed: int, level: float, n_jobs: int) -> None:
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


def _check_strategies(corpus: Corpus, strategies: Sequence[Strategy]) -> None:
    if not strategies:
        raise SettingError("no policy was given")
    greedy = [strategy for strategy in strategies if strategy.burn_in > len(corpus)]
    if greedy:
        raise SettingError(
            f"{corpus.name} has {len(corpus)} configurations, fewer than the burn-in of {greedy[0].burn_in} "
            f"that '{greedy[0].name}' asks for: lower the burn-in (20 % of the corpus is {len(corpus) // 5})"
        )


def _replay_ordering(
    corpus: Corpus,
    strategies: Sequence[Strategy],
    number: int,
    ordering: npt.NDArray[np.int64],
    seed: np.random.SeedSequence,
    *,
    workers: int,
    clock: Clock,
    store: PredictionStore | None,
) -> Frames:
    """Replay every strategy over one ordering, on one thread, so that no library splits a sum differently."""
    elapsed = elapsed_times(corpus, clock)
    predictions = PredictionTables(corpus, store)
    parts: list[Frames] = []
    with threadpool_limits(1):
        for run, strategy in enumerate(strategies):
            replay = Replay(
                corpus,
                strategy.scheduler(ordering, seed),
                elapsed,
                workers=workers,
                predictions=predictions,
                hindsight=strategy.needs_hindsight,
            )
            trace = replay.run()
            frames = (
                trials_frame(trace, corpus),
                decisions_frame(trace, corpus),
                events_frame(trace, corpus),
            )
            keys = _keys(run, strategy, number)
            parts.append(tuple(frame.select(*keys, pl.all()) for frame in frames))  # type: ignore[arg-type]
    trials, decisions, events = (pl.concat(frames) for frames in zip(*parts, strict=True))
    return trials, decisions, events


def _keys(run: int, strategy: Strategy, ordering: int) -> list[pl.Expr]:
    """Return the columns that say which run and ordering a row belongs to."""
    settings = strategy.settings()
    return [
        pl.lit(run, dtype=pl.Int32).alias("run"),
        pl.lit(strategy.name).alias("policy"),
        pl.lit(settings.get("threshold"), dtype=pl.Float64).alias("threshold"),
        pl.lit(settings.get("tolerance"), dtype=pl.Float64).alias("tolerance"),
        pl.lit(settings.get("top_n"), dtype=pl.Int32).alias("top_n"),
        pl.lit(strategy.burn_in, dtype=pl.Int32).alias("burn_in"),
        pl.lit(ordering, dtype=pl.Int32).alias("ordering"),
    ]


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
