"""Policies and schedulers replayed over random orderings of a corpus, as the options say."""

from __future__ import annotations

from collections.abc import Iterable

import simlab
from analyses.options import Options
from simlab.policies import Policy
from simlab.schedulers import Strategy


def replay(
    corpus: simlab.Corpus, strategies: Iterable[Policy | Strategy], options: Options
) -> simlab.SimulationResult:
    """Replay all of them over the same orderings, and show how many orderings are done."""
    with options.progress(corpus.name, options.repeats) as advance:
        return simlab.simulate(
            corpus,
            list(strategies),
            orderings=options.repeats,
            seed=options.seed,
            n_jobs=options.n_jobs,
            store=options.store,
            on_ordering=advance,
        )
