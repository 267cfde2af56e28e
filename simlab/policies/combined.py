"""Policies made of policies: both, either, or one at certain epochs only."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.view import View

_BURN_IN = Decision(stop=False, reason="burn-in")
_BETWEEN_CHECKS = Decision(stop=False, reason="between checks")


@dataclass(frozen=True)
class Combined(Policy):
    """Asks several policies and combines their answers.

    The answer names the policies that brought it about, and their reasons. A prediction is that of the first
    of these that made one.

    Parameters
    ----------
    policies : sequence of Policy

    Raises
    ------
    SettingError
        If there is none.
    """

    policies: Sequence[Policy]

    def __post_init__(self) -> None:
        if not self.policies:
            raise SettingError(f"'{type(self).__name__}' needs at least one policy")
        object.__setattr__(self, "policies", tuple(self.policies))

    @property
    def name(self) -> str:  # type: ignore[override]  # known by its parts
        """Names of the policies, with the word between them."""
        return f" {type(self).__name__.lower()} ".join(policy.name for policy in self.policies)

    @property
    def burn_in(self) -> int:  # type: ignore[override]  # that of its parts
        """Largest burn-in of the policies, in which this one stops nothing either."""
        return max(policy.burn_in for policy in self.policies)

    @property
    def needs_hindsight(self) -> bool:  # type: ignore[override]  # as its parts
        """Whether one of the policies is a bound."""
        return any(policy.needs_hindsight for policy in self.policies)

    def settings(self) -> dict[str, Any]:
        """Return the policies with their settings."""
        parts = [{"policy": policy.name} | policy.settings() for policy in self.policies]
        return {"burn_in": self.burn_in, "policies": parts}

    def decide(self, view: View) -> Decision:
        """Ask all policies."""
        if view.position < self.burn_in:
            return _BURN_IN
        decisions = [policy.decide(view) for policy in self.policies]
        stop = self.stops([decision.stop for decision in decisions])
        decisive = [
            (policy.name, decision)
            for policy, decision in zip(self.policies, decisions, strict=True)
            if decision.stop == stop
        ]
        reason = "; ".join(f"{name}: {decision.reason}" for name, decision in decisive)
        first = next((made for _, made in decisive if made.predicted is not None), Decision(stop, reason))
        return Decision(stop, reason, first.predicted, first.sigma, first.probability)

    @abstractmethod
    def stops(self, answers: Sequence[bool]) -> bool:
        """Return whether a trial stops, from what each policy says of it."""


class And(Combined):
    """Stops a trial that all of its policies stop.

    Examples
    --------
    >>> from simlab.policies import Patience, PERCENTILE_PRESETS
    >>> both = And([Patience(epochs=3), PERCENTILE_PRESETS["median-ray"]])
    >>> both.name, both.burn_in
    ('patience and median-ray', 0)
    """

    def stops(self, answers: Sequence[bool]) -> bool:
        """Return whether all say so."""
        return all(answers)


class Or(Combined):
    """Stops a trial that any of its policies stops.

    Examples
    --------
    >>> from simlab.policies import Never, Patience
    >>> [part["policy"] for part in Or([Never(), Patience(epochs=3)]).settings()["policies"]]
    ['never', 'patience']
    """

    def stops(self, answers: Sequence[bool]) -> bool:
        """Return whether one says so."""
        return any(answers)


@dataclass(frozen=True)
class Checkpoints(Policy):
    """Asks a policy at certain epochs only, and lets trials go on in between.

    Parameters
    ----------
    policy : Policy
    min_epochs : int, >= 1
        First epoch at which it is asked.
    check_every : int, >= 1
        It is asked again after every so many epochs.

    Raises
    ------
    SettingError
        If a setting lies outside its range.

    Examples
    --------
    >>> from simlab.policies import Patience
    >>> Checkpoints(Patience(epochs=3), min_epochs=5, check_every=2).settings()
    {'burn_in': 0, 'epochs': 3, 'min_delta': 0.0, 'min_epochs': 5, 'check_every': 2}
    """

    policy: Policy
    min_epochs: int = 1
    check_every: int = 1

    def __post_init__(self) -> None:
        for setting in ("min_epochs", "check_every"):
            if getattr(self, setting) < 1:
                raise SettingError(f"{setting} must be 1 or more, not {getattr(self, setting)}")

    @property
    def name(self) -> str:  # type: ignore[override]  # the policy's
        """Name of the policy."""
        return self.policy.name

    @property
    def burn_in(self) -> int:  # type: ignore[override]  # the policy's
        """Burn-in of the policy."""
        return self.policy.burn_in

    @property
    def needs_hindsight(self) -> bool:  # type: ignore[override]  # the policy's
        """Whether the policy is a bound."""
        return self.policy.needs_hindsight

    def settings(self) -> dict[str, Any]:
        """Return the settings of the policy, and when it is asked."""
        return self.policy.settings() | {"min_epochs": self.min_epochs, "check_every": self.check_every}

    def decide(self, view: View) -> Decision:
        """Ask the policy if it is time."""
        since = view.epoch - self.min_epochs
        return self.policy.decide(view) if since >= 0 and since % self.check_every == 0 else _BETWEEN_CHECKS
