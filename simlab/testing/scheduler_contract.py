"""What every scheduler must do."""

from __future__ import annotations

import json
import pickle
from functools import partial

import numpy as np
import pytest

import simlab
from simlab.corpus import Corpus
from simlab.schedulers import Outcome, Strategy
from simlab.simulator.costs import Clock
from simlab.simulator.trace import Trace
from simlab.testing.corpora import motley_corpus
from simlab.testing.look_ahead import check_explained, check_the_past, check_workers, play, rows

_ORDERING = np.random.default_rng(3).permutation(30)
_any_workers = pytest.mark.parametrize("workers", [1, 4, 16])


class SchedulerContract:
    """Tests of a scheduler; inherit them, and override the fixture ``strategy``.

    A :class:`simlab.schedulers.Strategy` holds a scheduler's settings and makes it anew for every run. It is
    replayed on small corpora of every kind of curve, 30 configurations x 8 epochs, with 1, 4 and 16 workers.
    A scheduler that resumes a running trial, or asks for epochs that were trained already, fails.

    Examples
    --------
    >>> from simlab.schedulers import AsynchronousHalving
    >>> class TestASHA(SchedulerContract):
    ...     @pytest.fixture
    ...     def strategy(self):
    ...         return AsynchronousHalving(name="asha", max_epochs=8, eta=2)
    """

    @pytest.fixture
    def strategy(self) -> Strategy:
        """Return the strategy; with ``params``, one after the other."""
        raise NotImplementedError("override the fixture 'strategy', to return the strategy that is tested")

    def test_settings_are_json_able_and_hold_the_burn_in(self, strategy: Strategy) -> None:
        """They stand in the output, and have to say what is needed to repeat it."""
        settings = strategy.settings()
        assert json.loads(json.dumps(settings, allow_nan=False)) == settings
        assert settings["burn_in"] == strategy.burn_in
        assert type(strategy.needs_hindsight) is bool
        assert isinstance(strategy.name, str)
        assert strategy.name

    @_any_workers
    @pytest.mark.parametrize("clock", ["epochs", "seconds"])
    def test_a_run_repeats_itself_and_leaves_nothing_behind(
        self, strategy: Strategy, workers: int, clock: Clock
    ) -> None:
        """All chance comes from the seed, and all state belongs to the scheduler of one run."""
        before = pickle.dumps(strategy)
        first = _play(motley_corpus(seed=1), strategy=strategy, workers=workers, clock=clock)
        _play(motley_corpus(seed=2), strategy=strategy, workers=workers)
        again = _play(motley_corpus(seed=1), strategy=strategy, workers=workers, clock=clock)
        assert pickle.dumps(strategy) == before
        assert rows(again.events) == rows(first.events)
        assert rows(again.decisions) == rows(first.decisions)

    @_any_workers
    def test_every_trial_ends_and_no_worker_trains_two(self, strategy: Strategy, workers: int) -> None:
        """Trials start in the order of the searcher, and none is left running."""
        corpus = motley_corpus(seed=1)
        trace = _play(corpus, strategy=strategy, workers=workers)
        assert all(trial.outcome in set(Outcome) for trial in trace.trials)
        assert all(trial.epochs <= corpus.lengths[trial.config] for trial in trace.trials)
        proposed = [trial.config for trial in trace.trials][:30]
        assert proposed == _ORDERING[: len(proposed)].tolist()
        check_workers(trace, workers)

    @_any_workers
    def test_every_epoch_is_paid(self, strategy: Strategy, workers: int) -> None:
        """What a trial cost is what the events say, and time does not run backward."""
        trace = _play(motley_corpus(seed=1), strategy=strategy, workers=workers)
        events = rows(trace.events)
        ended = [event for event in events if event[1] == "epoch ended"]
        assert sum(trial.epochs_spent for trial in trace.trials) == len(ended)
        times = [event[0] for event in events]
        assert times == sorted(times)
        assert max(trial.end for trial in trace.trials) == times[-1]

    def test_every_decision_explains_itself(self, strategy: Strategy) -> None:
        """Stop is a bool, and there is a reason."""
        for *_, decision in rows(_play(motley_corpus(seed=1), strategy=strategy, workers=4).decisions):
            check_explained(decision)

    @pytest.mark.parametrize("ends", [False, True])
    def test_the_future_changes_no_decision(self, strategy: Strategy, ends: bool) -> None:
        """What has not been observed at a decision is changed, and the run up to it stays as it was."""
        if strategy.needs_hindsight:
            pytest.skip("a bound looks at the recorded truth, and says so")
        again = partial(_play, strategy=strategy, workers=3, clock="seconds")
        for decision in (5, 20, 35, 50):
            check_the_past(motley_corpus(seed=1), again, decision=decision, seed=decision, ends=ends)

    def test_the_number_of_jobs_changes_nothing(self, strategy: Strategy) -> None:
        """A run in another process is the same run."""
        once, again = (
            simlab.simulate(motley_corpus(), strategy, orderings=2, workers=4, n_jobs=n_jobs)
            for n_jobs in (1, 2)
        )
        for table in ("trials", "decisions", "events"):
            assert getattr(once, table).equals(getattr(again, table))
        assert once.per_ordering.equals(again.per_ordering)


def _play(corpus: Corpus, *, strategy: Strategy, workers: int, clock: Clock = "seconds") -> Trace:
    scheduler = strategy.scheduler(_ORDERING, np.random.SeedSequence(5))
    return play(corpus, scheduler, workers=workers, clock=clock, hindsight=strategy.needs_hindsight)
