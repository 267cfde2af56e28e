"""What a policy may see: one running trial, and what has happened so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from simlab.policies.ranking import Among, Ranking, Shown
from simlab.predictors.prediction import Predicted

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor

Floats = npt.NDArray[np.float64]


class Hindsight(Protocol):
    """The recorded truth, handed only to policies that declare ``needs_hindsight``: bounds, not rules."""

    @property
    def is_best(self) -> bool:
        """Whether this trial is the cheapest one with the best final value of the corpus."""

    def best_among_first(self, n: int) -> bool:
        """Return whether one of the first n started trials has the best final value of the corpus."""


class View(Protocol):
    """A running trial at the end of one of its epochs, and the past of the whole run.

    Scores are values turned so that larger is better. The replay, the multi-worker simulation and live
    adapters each provide a view; a policy cannot tell them apart. Nothing later than ``now`` can be reached
    through it.
    """

    @property
    def config_id(self) -> str:
        """Identifier of the trial's configuration."""

    @property
    def position(self) -> int:
        """Place of the trial in the order of starting, from 0."""

    @property
    def epoch(self) -> int:
        """Epochs the trial has finished, t >= 1."""

    @property
    def until(self) -> int | None:
        """Epoch at which the trial pauses, the end of its rung; None where it trains to its end."""

    @property
    def score(self) -> float:
        """Score of the trial after its last epoch; the last of ``scores``, and faster."""

    @property
    def scores(self) -> Floats:
        """Scores of the trial so far, shape (t,)."""

    @property
    def now(self) -> float:
        """Simulated time, in seconds (or epochs, where none were recorded)."""

    @property
    def n_ended_in_order(self) -> int:
        """Number n such that the first n started trials have all ended."""

    @property
    def n_completed(self) -> int:
        """Number of trials that have completed."""

    def nth_best(self, n: int) -> float:
        """Return the n-th best final score among completed trials, or ``-inf`` where fewer have completed."""

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

    def predict(self, predictor: Predictor, burn_in: int) -> Predicted:
        """Return what a predictor says of the trial's final score.

        ``predictor`` is fitted on the first ``burn_in`` trials. Those of them that were stopped are left out:
        nobody has seen their final values.

        Raises
        ------
        LookupError
            If one of these trials has not ended yet.
        """

    def predict_at(self, predictor: Predictor, training: tuple[int, ...], horizon: int) -> Predicted:
        """Return what a predictor says of the trial's score after ``horizon`` epochs.

        ``predictor`` is fitted on the trials ``training``, given by their positions.

        Raises
        ------
        LookupError
            If one of these trials has neither been trained so far nor ended.
        """

    @property
    def hindsight(self) -> Hindsight:
        """The recorded truth; raises LookupError for a policy that has not declared ``needs_hindsight``."""
