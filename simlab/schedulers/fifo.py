"""First in, first out: trials start in the searcher's order and run until they end or are stopped."""

from __future__ import annotations

from simlab.policies.decision import Decision
from simlab.policies.policy import Policy
from simlab.policies.view import View
from simlab.schedulers.scheduler import FINAL, Job, JobEnd, Scheduler
from simlab.searchers.searcher import Searcher


class Fifo(Scheduler):
    """Trains the searcher's proposals one after the other; a policy may stop them.

    Parameters
    ----------
    searcher : Searcher
    policy : Policy

    Examples
    --------
    >>> from simlab.policies import Never
    >>> from simlab.searchers import RandomOrdering
    >>> Fifo(RandomOrdering([3, 1]), Never()).next_job()
    Job(config=3, until=None, trial=None, anew=False)
    """

    def __init__(self, searcher: Searcher, policy: Policy) -> None:
        self.searcher = searcher
        self.policy = policy

    def next_job(self) -> Job | None:
        """Return the searcher's next proposal, to be trained to its end."""
        config = self.searcher.propose()
        return None if config is None else Job(config)

    def after_epoch(self, view: View) -> Decision:
        """Ask the policy."""
        return self.policy.decide(view)

    def job_ended(self, end: JobEnd) -> None:
        """Tell the searcher; a stopped trial counts as its prediction, where one was made."""
        predicted = end.decision.predicted if end.decision else None
        score = end.score if predicted is None else predicted
        self.searcher.observe(end.config, score, is_final=end.outcome in FINAL)
