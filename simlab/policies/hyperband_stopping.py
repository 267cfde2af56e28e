"""The early termination of W&B sweeps: a trial must be among the best 1 / eta at epochs that grow by eta."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, islice, repeat, takewhile
from operator import mul, truediv
from typing import Any

from simlab.errors import SettingError
from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.view import View

_NO_BAND = Decision(stop=False, reason="before the first band")
_AMONG_BEST = Decision(stop=False, reason="among the best at the last band")
_NOT_AMONG_BEST = Decision(stop=True, reason="not among the best at the last band")
#: Bands that the tool computes from its ``min_iter``.
_N_BANDS = 100


@dataclass(frozen=True, kw_only=True)
class HyperbandStopping(Policy):
    """Stops a trial that is not among the best 1 / eta of those that have reached the last band.

    It is called Hyperband and has no brackets: no trial waits for others, and each is judged after every
    epoch against all that have come as far by then, itself included. As ``hyperband_stop_runs`` of the
    package sweeps 0.3.0, the engine of W&B sweeps (``sweeps/hyperband_stopping.py``).

    Parameters
    ----------
    eta : float, > 1
    min_iter : int
        First band; each further one is ``eta`` times as many epochs.
    max_iter, s : int, optional
        The other way to say it, which goes before ``min_iter``: s bands, from ``max_iter / eta`` downwards.
    strict : bool
        Compare the score at the band, and not the best one so far. The package fills in True where a sweep
        says nothing.

    Raises
    ------
    SettingError
        If a setting lies outside its range, or only one of ``max_iter`` and ``s`` is given.

    Examples
    --------
    >>> HyperbandStopping(min_iter=3).bands(100), HyperbandStopping(max_iter=27, s=2).bands(100)
    ([3, 9, 27, 81], [3, 9])
    """

    name = "wandb"

    eta: float = 3
    min_iter: int = 1
    max_iter: int | None = None
    s: int | None = None
    strict: bool = True

    def __post_init__(self) -> None:
        if not self.eta > 1:
            raise SettingError(f"eta must be larger than 1, not {self.eta}")
        if self.min_iter < 1:
            raise SettingError(f"min_iter must be 1 or more, not {self.min_iter}")
        if (self.max_iter is None) != (self.s is None):
            raise SettingError("max_iter and s must be given together")
        if self.max_iter is not None and not self.bands(self.max_iter):
            raise SettingError(f"max_iter {self.max_iter}, s {self.s} and eta {self.eta} leave no band")

    def settings(self) -> dict[str, Any]:
        """Return all settings."""
        names = ("eta", "min_iter", "max_iter", "s", "strict")
        return {"burn_in": self.burn_in} | {name: getattr(self, name) for name in names}

    def bands(self, epoch: int) -> list[int]:
        """Return the bands up to an epoch, ascending."""
        if self.max_iter is not None and self.s is not None:
            shorter = accumulate(repeat(self.eta, self.s), truediv, initial=float(self.max_iter))
            return sorted(int(band) for band in islice(shorter, 1, None) if 1 <= band < epoch + 1)
        longer = accumulate(repeat(self.eta, _N_BANDS - 1), mul, initial=float(self.min_iter))
        return [int(band) for band in takewhile(lambda band: band < epoch + 1, longer)]

    def decide(self, view: View) -> Decision:
        """Compare with the best 1 / eta at the last band that the trial has reached."""
        bands = self.bands(view.epoch)
        if not bands:
            return _NO_BAND
        ranking = view.ranking(bands[-1], "current", among="reached")
        last_kept = ranking[len(ranking) - 1 - int(1 / self.eta * len(ranking))]
        own = view.scores[bands[-1] - 1] if self.strict else view.scores.max()
        return _NOT_AMONG_BEST if own < last_kept else _AMONG_BEST
