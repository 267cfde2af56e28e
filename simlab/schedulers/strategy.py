"""Strategies: a scheduler with all its settings, made anew for every ordering that it is replayed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from simlab.errors import UnknownNameError
from simlab.policies.never import Never
from simlab.policies.policy import Policy
from simlab.schedulers.asha import ASHA, Quota
from simlab.schedulers.asha_stopping import StoppingASHA
from simlab.schedulers.brackets import Bracket, CostModel
from simlab.schedulers.fast_hyperband import FastHyperband, RungRule
from simlab.schedulers.fifo import Fifo
from simlab.schedulers.hyperband import Hyperband
from simlab.schedulers.pasha import PASHA
from simlab.schedulers.scheduler import Scheduler
from simlab.searchers.random_ordering import RandomOrdering
from simlab.searchers.reshuffling import Reshuffling
from simlab.searchers.searcher import Searcher

Integers = npt.NDArray[np.int64]


class Strategy(Protocol):
    """What :func:`simlab.simulate` compares."""

    @property
    def name(self) -> str:
        """Short name, used in tables."""

    @property
    def burn_in(self) -> int:
        """Trials at the head of every ordering that are trained to their end."""

    @property
    def needs_hindsight(self) -> bool:
        """True for bounds, which look at the recorded truth."""

    def settings(self) -> dict[str, Any]:
        """Return the JSON-able settings that stand in the output."""

    def scheduler(self, ordering: Integers, seed: np.random.SeedSequence) -> Scheduler:
        """Make the scheduler for one ordering.

        Parameters
        ----------
        ordering : ndarray of int, shape (N,)
            The order in which configurations are proposed.
        seed : numpy.random.SeedSequence
            Source of every further random choice.
        """


@dataclass(frozen=True)
class InOrder:
    """Trains one trial after the other, under a stopping policy.

    Parameters
    ----------
    policy : Policy
    """

    policy: Policy

    @property
    def name(self) -> str:
        """Name of the policy."""
        return self.policy.name

    @property
    def burn_in(self) -> int:
        """Burn-in of the policy."""
        return self.policy.burn_in

    @property
    def needs_hindsight(self) -> bool:
        """Whether the policy is a bound."""
        return self.policy.needs_hindsight

    def settings(self) -> dict[str, Any]:
        """Return the settings of the policy."""
        return self.policy.settings()

    def scheduler(self, ordering: Integers, seed: np.random.SeedSequence) -> Scheduler:
        """Make a first-in-first-out scheduler; every configuration is proposed once."""
        return Fifo(RandomOrdering(ordering), self.policy)


@dataclass(frozen=True, kw_only=True)
class Halving:
    """Hyperband, successive halving or f-Hyperband.

    Parameters
    ----------
    name : str
    brackets : sequence of Bracket
    described : dict
        The settings that the brackets were made from, for the output.
    runs : int
        How often the brackets are run. More configurations than the corpus has are drawn in ever new
        orderings of it.
    rule : RungRule, optional
        Stops trials inside rungs, as f-Hyperband does.
    policy : Policy, optional
        Any other policy inside rungs.
    cost : {"continue", "retrain"}
        Whether a promoted trial goes on from its checkpoint, or is trained again.
    overlap, promote_stopped : bool
        As in :class:`Hyperband`.
    """

    name: str
    brackets: Sequence[Bracket]
    described: dict[str, Any] = field(default_factory=dict)
    runs: int = 1
    rule: RungRule | None = None
    policy: Policy = field(default_factory=Never)
    cost: CostModel = "continue"
    overlap: bool = False
    promote_stopped: bool = False

    @property
    def burn_in(self) -> int:
        """0: until a rung has seen enough trials nothing is stopped, which costs nothing extra."""
        return 0

    @property
    def needs_hindsight(self) -> bool:
        """Whether the policy inside the rungs is a bound."""
        return self.policy.needs_hindsight

    def settings(self) -> dict[str, Any]:
        """Return everything that tells this strategy from another."""
        own = {name: getattr(self, name) for name in ("runs", "cost", "overlap", "promote_stopped")}
        inside = self.rule.settings() if self.rule else {"inside": self.policy.name} | self.policy.settings()
        learned_from = {"learned_from": inside.pop("burn_in")}
        return dict(self.described) | own | inside | learned_from | {"burn_in": 0}

    def scheduler(self, ordering: Integers, seed: np.random.SeedSequence) -> Scheduler:
        """Make the scheduler."""
        searcher: Searcher = Reshuffling(ordering, seed)
        options: dict[str, Any] = {
            "runs": self.runs,
            "policy": self.policy,
            "retrain": self.cost == "retrain",
            "overlap": self.overlap,
            "promote_stopped": self.promote_stopped,
        }
        if self.rule:
            return FastHyperband(searcher, self.brackets, self.rule, **options)
        return Hyperband(searcher, self.brackets, **options)


@dataclass(frozen=True, kw_only=True)
class AsynchronousHalving:
    """ASHA by promotion or by stopping, or PASHA; every configuration of the corpus is started once.

    Parameters
    ----------
    name : {"asha", "asha-stopping", "pasha"}
    max_epochs : int
        Epochs of a complete training.
    eta, min_epochs : int
        As in :class:`ASHA`.
    cost : {"continue", "retrain"}
        Whether a promoted trial goes on from its checkpoint, or is trained again.
    quota : {"floor", "ceil"}
    finish : bool
        As in :class:`ASHA`. By stopping nothing is promoted, and these three mean nothing.
    epsilon : float, optional
        As in :class:`PASHA`; it means nothing elsewhere.
    strict : bool
        As in :class:`StoppingASHA`; it means nothing elsewhere.

    Raises
    ------
    UnknownNameError
        If the name is unknown.

    Examples
    --------
    >>> AsynchronousHalving(name="asha-stopping", max_epochs=20).settings()
    {'max_epochs': 20, 'eta': 3, 'min_epochs': 1, 'strict': False, 'burn_in': 0}
    """

    name: Literal["asha", "asha-stopping", "pasha"]
    max_epochs: int
    eta: int = 3
    min_epochs: int = 1
    cost: CostModel = "continue"
    quota: Quota = "floor"
    finish: bool = True
    epsilon: float | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        if self.name not in ("asha", "asha-stopping", "pasha"):
            raise UnknownNameError("asynchronous scheduler", self.name, ["asha", "asha-stopping", "pasha"])

    @property
    def burn_in(self) -> int:
        """0: the first trial of a rung is judged like any other."""
        return 0

    @property
    def needs_hindsight(self) -> bool:
        """False."""
        return False

    def settings(self) -> dict[str, Any]:
        """Return everything that tells this strategy from another."""
        promoting = ("cost", "quota", "finish")
        own = {"asha": promoting, "asha-stopping": ("strict",), "pasha": (*promoting, "epsilon")}[self.name]
        names = ("max_epochs", "eta", "min_epochs", *own)
        return {name: getattr(self, name) for name in names} | {"burn_in": 0}

    def scheduler(self, ordering: Integers, seed: np.random.SeedSequence) -> Scheduler:
        """Make the scheduler."""
        searcher = RandomOrdering(ordering)
        shared: dict[str, Any] = {"eta": self.eta, "min_epochs": self.min_epochs}
        if self.name == "asha-stopping":
            return StoppingASHA(searcher, self.max_epochs, strict=self.strict, **shared)
        shared |= {"quota": self.quota, "retrain": self.cost == "retrain", "finish": self.finish}
        if self.name == "pasha":
            return PASHA(searcher, self.max_epochs, epsilon=self.epsilon, **shared)
        return ASHA(searcher, self.max_epochs, **shared)
