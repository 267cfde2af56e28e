"""ASHA by stopping: a trial goes on while it is among the best that have come as far, and else ends for good.

References
----------
Li et al. (2020), see :mod:`simlab.schedulers.asha`. The rule is that of Syne Tune 0.16.0,
``syne_tune/optimizer/schedulers/asha.py``, which is written after Ray Tune; the strict one is that of Optuna
5.0.0, ``optuna/pruners/_successive_halving.py``.
"""

from __future__ import annotations

from simlab.policies.decision import Decision
from simlab.policies.view import View
from simlab.schedulers.asha import WITHIN_RUNG, rung_epochs
from simlab.schedulers.scheduler import FINAL, Job, JobEnd, Scheduler
from simlab.searchers.searcher import Searcher

_GOES_ON = Decision(stop=False, reason="among the best of its rung")
_STOPS = Decision(stop=True, reason="not among the best of its rung")


class StoppingASHA(Scheduler):
    """Asynchronous successive halving by stopping: no trial waits, and none comes back.

    At the end of a rung a trial stops when more than n / eta of the n trials that have reached it, itself
    included, had a better score there. The first one goes on in any case. The strict rule lets one trial
    fewer go on: the best n / eta, rounded down, but at least one, with those that equal the last of them.

    Parameters
    ----------
    searcher : Searcher
    max_epochs : int
        Epochs of a complete training, R.
    eta : int, >= 2
    min_epochs : int
        Epochs of the first rung: the grace period.
    strict : bool
        The rule of Optuna, whose ``min_resource`` times ``reduction_factor ** min_early_stopping_rate`` is
        ``min_epochs``, where trials report after epoch t as step t.

    Raises
    ------
    SettingError
        If a setting is impossible.

    Examples
    --------
    >>> from simlab.searchers import RandomOrdering
    >>> asha = StoppingASHA(RandomOrdering(range(100)), 20)
    >>> sorted(asha.rung_ends), asha.next_job()
    ([1, 3, 9], Job(config=0, until=20, trial=None, anew=False))
    """

    def __init__(
        self,
        searcher: Searcher,
        max_epochs: int,
        *,
        eta: int = 3,
        min_epochs: int = 1,
        strict: bool = False,
    ) -> None:
        self.searcher = searcher
        self.max_epochs = max_epochs
        self.eta = eta
        self.strict = strict
        self.rung_ends = frozenset(rung_epochs(min_epochs, max_epochs, eta)[:-1])

    def next_job(self) -> Job | None:
        """Return the searcher's next proposal."""
        config = self.searcher.propose()
        return None if config is None else Job(config, self.max_epochs)

    def after_epoch(self, view: View) -> Decision:
        """Compare, at the end of a rung, with all that have reached it by now."""
        if view.epoch not in self.rung_ends:
            return WITHIN_RUNG
        reached = view.ranking(view.epoch, "current", among="reached")
        most = len(reached) // self.eta  # trials that may be better
        if self.strict:
            most = max(most - 1, 0)
        return _STOPS if reached.n_above(view.score) > most else _GOES_ON

    def job_ended(self, end: JobEnd) -> None:
        """Tell the searcher."""
        is_final = end.outcome in FINAL
        self.searcher.observe(end.config, end.score, is_final=is_final)
