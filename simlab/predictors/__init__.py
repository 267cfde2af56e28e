"""Predictors of a curve's final score from its first epochs, imported on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simlab.predictors.last_seen_value import LastSeenValue as LastSeenValue
    from simlab.predictors.lce import LCE as LCE
    from simlab.predictors.lcnet import LCNet as LCNet
    from simlab.predictors.lcnet_inductive import InductiveLCNet as InductiveLCNet
    from simlab.predictors.pooled_boosting import PooledBoosting as PooledBoosting
    from simlab.predictors.power_law import PowerLawEnsemble as PowerLawEnsemble
    from simlab.predictors.prediction import Prediction as Prediction
    from simlab.predictors.predictor import Predictor as Predictor
    from simlab.predictors.registry import PREDICTORS as PREDICTORS
    from simlab.predictors.srm import SRM as SRM

_EXPORTS = {
    "InductiveLCNet": "simlab.predictors.lcnet_inductive",
    "LCE": "simlab.predictors.lce",
    "LCNet": "simlab.predictors.lcnet",
    "LastSeenValue": "simlab.predictors.last_seen_value",
    "PREDICTORS": "simlab.predictors.registry",
    "PooledBoosting": "simlab.predictors.pooled_boosting",
    "PowerLawEnsemble": "simlab.predictors.power_law",
    "Prediction": "simlab.predictors.prediction",
    "Predictor": "simlab.predictors.predictor",
    "SRM": "simlab.predictors.srm",
}
__all__ = [
    "LCE",
    "PREDICTORS",
    "SRM",
    "InductiveLCNet",
    "LCNet",
    "LastSeenValue",
    "PooledBoosting",
    "PowerLawEnsemble",
    "Prediction",
    "Predictor",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'simlab.predictors' has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
