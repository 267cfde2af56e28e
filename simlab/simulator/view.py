"""The replay's view of a running trial: the past of the run, and nothing later."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simlab.corpus import Corpus
from simlab.policies.ranking import Among, Ranking, Shown
from simlab.predictors.prediction import Predicted
from simlab.simulator.trace import Trial

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor
    from simlab.simulator.replay import Replay

Floats = npt.NDArray[np.float64]


class ReplayView:
    """What a policy sees of one trial during one job; implements :class:`simlab.policies.View`.

    It is made once per job, and the replay sets ``epoch`` before each decision. It notes in ``looked``
    whether scores, a ranking or a prediction were asked for: such a decision may cost time.
    """

    __slots__ = ("_replay", "_scores", "_trial", "epoch", "looked", "position", "until")

    def __init__(self, replay: Replay, trial: Trial) -> None:
        self._replay = replay
        self._trial = trial
        self._scores: Floats = replay.corpus.scores[trial.config]
        self.epoch = trial.epochs
        self.until = trial.until
        self.position = trial.position
        self.looked = False

    @property
    def now(self) -> float:
        """Simulated time."""
        return self._replay.now

    @property
    def config_id(self) -> str:
        """Identifier of the trial's configuration."""
        return str(self._replay.corpus.config_ids[self._trial.config])

    @property
    def score(self) -> float:
        """Score of the trial after its last epoch."""
        self.looked = True
        return self._scores.item(self.epoch - 1)

    @property
    def scores(self) -> Floats:
        """Scores of the trial so far, shape (t,); a copy, through which no later value can be reached."""
        self.looked = True
        return self._scores[: self.epoch].copy()

    @property
    def n_ended_in_order(self) -> int:
        """Number n such that the first n started trials have all ended."""
        return self._replay.known.n_ended_in_order

    @property
    def n_completed(self) -> int:
        """Number of trials that have completed."""
        return len(self._replay.completed_scores)

    def nth_best(self, n: int) -> float:
        """Return the n-th best final score among completed trials, or ``-inf`` where fewer have completed."""
        known = self._replay.nth_best
        if n not in known:
            scores = self._replay.completed_scores
            known[n] = scores[-n] if n <= len(scores) else -math.inf
        return known[n]

    def ranking(self, epoch: int, shown: Shown, *, among: Among = "others", average_from: int = 1) -> Ranking:
        """Return what the trials that have reached ``epoch`` by now had shown there, in order.

        Parameters
        ----------
        epoch : int
        shown : {"current", "best", "mean"}
            Their score after that epoch, or the best or the mean of their scores up to it.
        among : {"completed", "others", "reached"}
            The trials that have completed; all but this one; or all of them.
        average_from : int
            First epoch that enters a mean.
        """
        self.looked = True
        reports = self._replay.reports
        ascending = reports.ascending(epoch, shown, average_from, completed=among == "completed")
        if among == "others" and epoch <= self._trial.trained_to:
            own = reports.shown(self._trial.config, epoch, shown, average_from)
            return Ranking(ascending, ascending.bisect_left(own))
        return Ranking(ascending)

    def predict(self, predictor: Predictor, burn_in: int) -> Predicted:
        """Return what a predictor says of the trial's final score.

        ``predictor`` is fitted on the first ``burn_in`` trials. Those of them that were stopped are left out:
        nobody has seen their final values.

        Raises
        ------
        LookupError
            If one of these trials has not ended yet.
        """
        self.looked = True
        return self._replay.known.table(predictor, burn_in).lookup(self._trial.config, self.epoch)

    def predict_at(self, predictor: Predictor, training: tuple[int, ...], horizon: int) -> Predicted:
        """Return what a predictor says of the trial's score after ``horizon`` epochs.

        Parameters
        ----------
        predictor : Predictor
            Fitted on the trials ``training``.
        training : tuple of int
            Positions of trials that have been trained to ``horizon`` or to their end.
        horizon : int

        Raises
        ------
        LookupError
            If one of these trials has neither been trained so far nor ended.
        """
        self.looked = True
        table = self._replay.known.table_at(predictor, training, horizon)
        return table.lookup(self._trial.config, self.epoch)

    @property
    def hindsight(self) -> RecordedTruth:
        """The recorded truth; raises LookupError for a policy that has not declared ``needs_hindsight``."""
        if not self._replay.hindsight:
            raise LookupError("this policy has not declared needs_hindsight")
        return RecordedTruth(self._replay.corpus, self._trial.config, self._replay.trace.trials)


@dataclass(frozen=True, slots=True)
class RecordedTruth:
    """What only a bound may know; implements :class:`simlab.policies.Hindsight`."""

    corpus: Corpus
    config: int
    trials: Sequence[Trial]

    @property
    def is_best(self) -> bool:
        """Whether this is the best configuration: of several the one with the fewest epochs, the first."""
        best = self.corpus.best
        return self.config == int(best[np.argmin(self.corpus.lengths[best])])

    def best_among_first(self, n: int) -> bool:
        """Return whether one of the first n started trials has the best final value of the corpus."""
        return any(trial.config in self.corpus.best for trial in self.trials[:n])
