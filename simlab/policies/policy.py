"""The protocol of every stopping policy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from simlab.policies.decision import Decision
from simlab.policies.view import View


class Policy(ABC):
    """Decides after each epoch of a running trial whether to stop it.

    A policy holds settings only, never the state of a run: everything it needs stands in the view, so one
    policy object serves any number of runs, simulated or live.

    Examples
    --------
    A rule that stops every trial after five epochs:

    >>> class FiveEpochs(Policy):
    ...     name = "five-epochs"
    ...     def decide(self, view):
    ...         return Decision(stop=view.epoch >= 5, reason="five epochs")
    """

    #: Short name, used in tables and on the command line.
    name: str
    #: Trials at the head of every ordering that the policy lets train to their end.
    burn_in: int = 0
    #: True for bounds such as the oracle, which look at the recorded truth.
    needs_hindsight: ClassVar[bool] = False

    @abstractmethod
    def decide(self, view: View) -> Decision:
        """Answer for one trial at the end of one epoch that is not its last."""

    def settings(self) -> dict[str, Any]:
        """Return the JSON-able settings that stand in the output beside the results."""
        return {"burn_in": self.burn_in}
