"""What every policy must do; a policy added to the package is found and tested by itself."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import pickle
import pkgutil

import pytest

import simlab
import simlab.policies
from simlab.policies import Decision, Patience, Policy, ThresholdRule
from simlab.policies.registry import PolicySettings, build_policies, policy_names
from simlab.predictors import LastSeenValue
from tests.simulator.toys import motley, replay, rows

#: Small values for fields without a default, or with one too large for a small corpus.
FIELDS = {
    "predictor": LastSeenValue(),
    "burn_in": 6,
    "policy": Patience(epochs=1, min_delta=0.05),
    "policies": (ThresholdRule(predictor=LastSeenValue(), burn_in=6), Patience(epochs=1, min_delta=0.05)),
}


def policy_classes(base=Policy):
    """Return every policy in the package, wherever it stands."""
    for module in pkgutil.walk_packages(simlab.policies.__path__, "simlab.policies."):
        importlib.import_module(module.name)
    found = []
    for cls in base.__subclasses__():
        found += [cls, *policy_classes(cls)]
    return [cls for cls in found if cls.__module__.startswith("simlab.policies.")]


def example(cls):
    fields = dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()
    return cls(**{field.name: FIELDS[field.name] for field in fields if field.name in FIELDS})


EXAMPLES = [example(cls) for cls in policy_classes() if not inspect.isabstract(cls)]
SMALL = PolicySettings(burn_in=20, search=2, steps=50)
NAMED = [policy for name in policy_names() for policy in build_policies([name], SMALL)]
every_policy = pytest.mark.parametrize("policy", EXAMPLES + NAMED, ids=lambda policy: type(policy).__name__)


def test_every_policy_is_found():
    names = {cls.__name__ for cls in policy_classes()}
    assert names >= {"Never", "Oracle", "ThresholdRule"}
    assert len(names) == len(policy_classes())


@every_policy
def test_settings_are_json_able_and_hold_name_and_burn_in(policy):
    settings = policy.settings()
    assert json.loads(json.dumps(settings, allow_nan=False)) == settings | {
        key: list(value) for key, value in settings.items() if isinstance(value, tuple)
    }
    assert settings["burn_in"] == policy.burn_in
    assert isinstance(policy.name, str)
    assert policy.name


@every_policy
@pytest.mark.parametrize("workers", [1, 3])
def test_a_policy_holds_no_state_of_a_run(policy, workers):
    before = pickle.dumps(policy)
    first = replay(motley(seed=1), policy, workers=workers)
    replay(motley(seed=2), policy)
    again = replay(motley(seed=1), policy, workers=workers)
    assert pickle.dumps(policy) == before
    assert rows(again.decisions) == rows(first.decisions)
    assert rows(again.events) == rows(first.events)


@every_policy
def test_a_pickled_policy_decides_the_same(policy):
    twin = pickle.loads(pickle.dumps(policy))
    assert twin.settings() == policy.settings()
    assert rows(replay(motley(), twin).decisions) == rows(replay(motley(), policy).decisions)


@every_policy
def test_every_decision_explains_itself(policy):
    for *_, decision in rows(replay(motley(), policy, workers=2).decisions):
        assert type(decision) is Decision
        assert type(decision.stop) is bool
        assert decision.reason
        assert (decision.predicted is None) == (decision.sigma is None)
        assert decision.probability is None or 0 <= decision.probability <= 1
        assert decision.predicted is not None or decision.probability is None


@every_policy
@pytest.mark.parametrize("workers", [1, 4])
def test_the_declared_burn_in_is_trained_to_its_end(policy, workers):
    trace = replay(motley(), policy, workers=workers)
    assert not any(trial.outcome == "stopped" for trial in trace.trials[: policy.burn_in])


@every_policy
def test_a_policy_runs_in_a_simulation(policy):
    result = simlab.simulate(motley(), policy, orderings=1, workers=2)
    assert result.summaries[0].policy == policy.name
