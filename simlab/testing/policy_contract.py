"""What every stopping policy must do."""

from __future__ import annotations

import json
import pickle
from functools import partial

import pytest

import simlab
from simlab.corpus import Corpus
from simlab.policies import Policy
from simlab.schedulers import Fifo
from simlab.searchers import RandomOrdering
from simlab.simulator.costs import Clock
from simlab.simulator.trace import Trace
from simlab.testing.corpora import motley_corpus
from simlab.testing.look_ahead import check_explained, check_the_past, play, rows


class PolicyContract:
    """Tests of a stopping policy; inherit them, and override the fixture ``policy``.

    It is replayed on small corpora of every kind of curve: completed at different lengths, diverged, failed,
    stopped by somebody. A policy that raises, or returns anything but a decision, fails every test.

    Examples
    --------
    >>> from simlab.policies import Patience
    >>> class TestPatience(PolicyContract):
    ...     @pytest.fixture
    ...     def policy(self):
    ...         return Patience(epochs=2)
    """

    @pytest.fixture
    def policy(self) -> Policy:
        """Return the policy; with ``params``, one after the other."""
        raise NotImplementedError("override the fixture 'policy', to return the policy that is tested")

    def test_settings_are_json_able_and_hold_the_burn_in(self, policy: Policy) -> None:
        """They stand in the output, and have to say what is needed to repeat it."""
        settings = policy.settings()
        assert json.loads(json.dumps(settings, allow_nan=False)) == settings | {
            key: list(value) for key, value in settings.items() if isinstance(value, tuple)
        }
        assert settings["burn_in"] == policy.burn_in
        assert isinstance(policy.name, str)
        assert policy.name

    @pytest.mark.parametrize("workers", [1, 3])
    def test_it_holds_no_state_of_a_run_and_no_chance(self, policy: Policy, workers: int) -> None:
        """One object serves any number of runs, and decides the same again."""
        before = pickle.dumps(policy)
        first = _play(_corpus(policy, seed=1), policy=policy, workers=workers)
        _play(_corpus(policy, seed=2), policy=policy)
        again = _play(_corpus(policy, seed=1), policy=policy, workers=workers)
        assert pickle.dumps(policy) == before
        assert rows(again.decisions) == rows(first.decisions)
        assert rows(again.events) == rows(first.events)

    def test_a_pickled_one_decides_the_same(self, policy: Policy) -> None:
        """It travels to other processes."""
        twin = pickle.loads(pickle.dumps(policy))
        assert twin.settings() == policy.settings()
        ours, theirs = (_play(_corpus(policy), policy=one) for one in (policy, twin))
        assert rows(theirs.decisions) == rows(ours.decisions)

    def test_every_decision_explains_itself(self, policy: Policy) -> None:
        """Stop is a bool, there is a reason, and what was predicted is whole."""
        for *_, decision in rows(_play(_corpus(policy), policy=policy, workers=2).decisions):
            check_explained(decision)
            assert (decision.predicted is None) == (decision.sigma is None)
            assert decision.probability is None or 0 <= decision.probability <= 1
            assert decision.predicted is not None or decision.probability is None

    @pytest.mark.parametrize("workers", [1, 4])
    def test_the_declared_burn_in_is_trained_to_its_end(self, policy: Policy, workers: int) -> None:
        """The ceiling of its speedup follows from it."""
        trace = _play(_corpus(policy), policy=policy, workers=workers)
        assert not any(trial.outcome == "stopped" for trial in trace.trials[: policy.burn_in])

    @pytest.mark.parametrize("ends", [False, True])
    def test_the_future_changes_no_decision(self, policy: Policy, ends: bool) -> None:
        """What has not been observed at a decision is changed, and the run up to it stays as it was."""
        if policy.needs_hindsight:
            pytest.skip("a bound looks at the recorded truth, and says so")
        again = partial(_play, policy=policy, workers=3, clock="seconds")
        corpus = _corpus(policy, seed=1)
        for decision in (30, 75, 120):
            check_the_past(corpus, again, decision=decision, seed=decision, ends=ends)

    def test_it_runs_in_a_simulation(self, policy: Policy) -> None:
        """With everything that a result says of it."""
        result = simlab.simulate(_corpus(policy), policy, orderings=1, workers=2)
        assert result.summaries[0].policy == policy.name


def _corpus(policy: Policy, seed: int = 0) -> Corpus:
    """Build a corpus that is larger than the burn-in."""
    return motley_corpus(max(30, policy.burn_in + 10), seed=seed)


def _play(corpus: Corpus, *, policy: Policy, workers: int = 1, clock: Clock = "epochs") -> Trace:
    scheduler = Fifo(RandomOrdering(range(len(corpus))), policy)
    return play(corpus, scheduler, workers=workers, clock=clock, hindsight=policy.needs_hindsight)
