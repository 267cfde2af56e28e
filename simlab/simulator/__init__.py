"""The simulator: policies and schedulers replayed over recorded curves on a simulated clock."""

from simlab.simulator.costs import elapsed_times
from simlab.simulator.replay import Replay
from simlab.simulator.result import SimulationResult
from simlab.simulator.scenario import Budget, Failures, Scenario, Stragglers
from simlab.simulator.simulation import simulate

__all__ = [
    "Budget",
    "Failures",
    "Replay",
    "Scenario",
    "SimulationResult",
    "Stragglers",
    "elapsed_times",
    "simulate",
]
