"""The contract of policies, for every one in the package: one that is added is found and tested by itself."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import pytest

import simlab.policies
from simlab.policies import Patience, Policy, ThresholdRule
from simlab.policies.registry import PolicySettings, build_policies, policy_names
from simlab.predictors import LastSeenValue
from simlab.testing import PolicyContract

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
SMALL = PolicySettings(burn_in=20, search=2, steps=200)
NAMED = [policy for name in policy_names() for policy in build_policies([name], SMALL)]


def test_every_policy_is_found():
    names = {cls.__name__ for cls in policy_classes()}
    assert names >= {"Never", "Oracle", "ThresholdRule"}
    assert len(names) == len(policy_classes())


class TestPolicies(PolicyContract):
    @pytest.fixture(params=EXAMPLES + NAMED, ids=lambda policy: policy.name)
    def policy(self, request):
        return request.param
