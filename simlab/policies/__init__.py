"""Stopping policies: rules that say after each epoch whether a trial goes on."""

from simlab.policies.certainty import CertaintyRule
from simlab.policies.combined import And, Checkpoints, Or
from simlab.policies.decision import Decision
from simlab.policies.hyperband_stopping import HyperbandStopping
from simlab.policies.never import Never
from simlab.policies.oracle import Oracle
from simlab.policies.patience import Patience
from simlab.policies.percentile import PercentileRule
from simlab.policies.policy import Policy
from simlab.policies.predictive import PredictiveRule
from simlab.policies.presets import PERCENTILE_PRESETS
from simlab.policies.ranking import Ranking
from simlab.policies.registry import PolicySettings, build_policies, policy_names, policy_summaries
from simlab.policies.threshold import ThresholdRule
from simlab.policies.view import Hindsight, View

__all__ = [
    "PERCENTILE_PRESETS",
    "And",
    "CertaintyRule",
    "Checkpoints",
    "Decision",
    "Hindsight",
    "HyperbandStopping",
    "Never",
    "Or",
    "Oracle",
    "Patience",
    "PercentileRule",
    "Policy",
    "PolicySettings",
    "PredictiveRule",
    "Ranking",
    "ThresholdRule",
    "View",
    "build_policies",
    "policy_names",
    "policy_summaries",
]
