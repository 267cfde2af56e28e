"""Stopping policies: rules that say after each epoch whether a trial goes on."""

from simlab.policies.certainty import CertaintyRule
from simlab.policies.decision import Decision
from simlab.policies.never import Never
from simlab.policies.oracle import Oracle
from simlab.policies.policy import Policy
from simlab.policies.predictive import PredictiveRule
from simlab.policies.registry import PolicySettings, build_policies, policy_names
from simlab.policies.threshold import ThresholdRule
from simlab.policies.view import Hindsight, View

__all__ = [
    "CertaintyRule",
    "Decision",
    "Hindsight",
    "Never",
    "Oracle",
    "Policy",
    "PolicySettings",
    "PredictiveRule",
    "ThresholdRule",
    "View",
    "build_policies",
    "policy_names",
]
