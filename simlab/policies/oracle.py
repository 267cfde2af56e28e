"""The bound: knows the final values, and pays as little as can be paid."""

from __future__ import annotations

from dataclasses import dataclass

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.view import View


@dataclass(frozen=True, kw_only=True)
class Oracle(Policy):
    """Trains the cheapest of the best configurations to its end and stops every other after its first epoch.

    The bound on the speedup in epochs: no policy that recovers the optimum can train fewer epochs in the same
    ordering, as each configuration that starts trains for one epoch at least. A policy that misses the
    optimum may train fewer. ``burn_in=n`` trains the first n trials to their end as well, and no other where
    they hold a best one: the attainable bound for policies with that burn-in.

    Parameters
    ----------
    burn_in : int
        Trials at the head of every ordering that are trained to their end.

    Raises
    ------
    SettingError
        If ``burn_in`` is negative.

    Examples
    --------
    >>> Oracle(burn_in=100).settings()
    {'burn_in': 100}
    """

    name = "oracle"
    needs_hindsight = True

    burn_in: int = 0

    def __post_init__(self) -> None:
        if self.burn_in < 0:
            raise SettingError(f"burn_in must be 0 or more, not {self.burn_in}")

    def decide(self, view: View) -> Decision:
        """Go on with the burn-in and with the best; stop the others."""
        if view.position < self.burn_in:
            return Decision(stop=False, reason="burn-in")
        if view.hindsight.is_best and not view.hindsight.best_among_first(self.burn_in):
            return Decision(stop=False, reason="best of the corpus")
        return Decision(stop=True, reason="not needed")
