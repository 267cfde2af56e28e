"""simlab: what early stopping would have saved on recorded learning curves, and what it would have cost."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simlab.corpus import Corpus as Corpus
    from simlab.corpus.registry import load as load
    from simlab.evaluation import PredictionStudy as PredictionStudy
    from simlab.evaluation import evaluate as evaluate
    from simlab.metric import Metric as Metric
    from simlab.simulator import Budget as Budget
    from simlab.simulator import Failures as Failures
    from simlab.simulator import Scenario as Scenario
    from simlab.simulator import SimulationResult as SimulationResult
    from simlab.simulator import Stragglers as Stragglers
    from simlab.simulator import simulate as simulate
    from simlab.sweeps import Sweep as Sweep

__version__ = "0.1.0"

#: Public names and the modules they come from, imported on first use so that `import simlab` stays light.
_EXPORTS = {
    "Budget": "simlab.simulator",
    "Corpus": "simlab.corpus",
    "Failures": "simlab.simulator",
    "Metric": "simlab.metric",
    "PredictionStudy": "simlab.evaluation",
    "Scenario": "simlab.simulator",
    "SimulationResult": "simlab.simulator",
    "Stragglers": "simlab.simulator",
    "Sweep": "simlab.sweeps",
    "evaluate": "simlab.evaluation",
    "load": "simlab.corpus.registry",
    "simulate": "simlab.simulator",
}
__all__ = [
    "Budget",
    "Corpus",
    "Failures",
    "Metric",
    "PredictionStudy",
    "Scenario",
    "SimulationResult",
    "Stragglers",
    "Sweep",
    "__version__",
    "evaluate",
    "load",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'simlab' has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
