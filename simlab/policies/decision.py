"""What a policy answers: stop or go on, and why."""

from __future__ import annotations

from typing import NamedTuple


class Decision(NamedTuple):
    """An answer that explains itself.

    Attributes
    ----------
    stop : bool
    reason : str
        A short phrase, the same for every decision made on the same grounds.
    predicted : float or None
        Predicted final score (larger is better), where one was made.
    sigma : float or None
        Standard deviation of the prediction, in score units.
    probability : float or None
        Probability that the trial ends no better than what it is compared with.

    Examples
    --------
    >>> Decision(stop=False, reason="burn-in")
    Decision(stop=False, reason='burn-in', predicted=None, sigma=None, probability=None)
    """

    stop: bool
    reason: str
    predicted: float | None = None
    sigma: float | None = None
    probability: float | None = None
