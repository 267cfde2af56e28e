"""The baseline: train everything to its end."""

from __future__ import annotations

from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.view import View

_GOES_ON = Decision(stop=False, reason="never stops")


class Never(Policy):
    """Never stops a trial; its speedup is 1 and its recovery 1 by definition.

    Examples
    --------
    >>> Never().settings()
    {'burn_in': 0}
    """

    name = "never"

    def decide(self, view: View) -> Decision:
        """Go on."""
        return _GOES_ON
