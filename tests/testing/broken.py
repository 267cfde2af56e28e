"""Toys that break one rule each, under the suites; run by test_suites.py, which expects them to fail."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from simlab.policies import Decision, Policy
from simlab.predictors import LastSeenValue
from simlab.predictors.prediction import Prediction
from simlab.schedulers import Job, Scheduler
from simlab.testing import PolicyContract, PredictorContract, SchedulerContract

GOES_ON = Decision(stop=False, reason="goes on")


@dataclass(frozen=True)
class Honest(Policy):
    """Stops what is poor; the toys below differ from it in one point."""

    name: ClassVar[str] = "honest"

    def decide(self, view):
        return Decision(stop=bool(view.scores[-1] < 0.3), reason="poor")


class LookingAhead(Honest):
    """Reads the last value of the recorded curve."""

    def decide(self, view):
        corpus = view._replay.corpus
        own = int(np.flatnonzero(corpus.config_ids == view.config_id)[0])
        return Decision(stop=bool(corpus.final_scores[own] < 0.5), reason="will be poor")


class KnowingTheEnd(Honest):
    """Reads how long the recorded curve is."""

    def decide(self, view):
        corpus = view._replay.corpus
        own = int(np.flatnonzero(corpus.config_ids == view.config_id)[0])
        return Decision(stop=bool(corpus.lengths[own] < corpus.n_epochs), reason="will not last")


class Random(Honest):
    def decide(self, view):
        return Decision(stop=random.random() < 0.5, reason="by chance")


class Bare(Honest):
    """Returns a bool."""

    def decide(self, view):
        return view.scores[-1] < 0.3


class NumPyBool(Honest):
    def decide(self, view):
        return Decision(stop=view.scores[-1] < 0.3, reason="poor")


class Remembering(Honest):
    """Keeps what it saw in one run for the next."""

    seen: ClassVar[set[str]] = set()

    def decide(self, view):
        self.seen.add(view.config_id)
        return Decision(stop=bool(len(self.seen) > 12 and view.scores[-1] < 0.3), reason="poor")


class Wordless(Honest):
    def decide(self, view):
        return Decision(stop=False, reason="")


class PolicySuite(PolicyContract):
    toy: ClassVar[type]

    @pytest.fixture
    def policy(self):
        return self.toy()


class TestHonestPolicy(PolicySuite):
    toy = Honest


class TestLookingAhead(PolicySuite):
    toy = LookingAhead


class TestKnowingTheEnd(PolicySuite):
    toy = KnowingTheEnd


class TestRandom(PolicySuite):
    toy = Random


class TestBare(PolicySuite):
    toy = Bare


class TestNumPyBool(PolicySuite):
    toy = NumPyBool


class TestRemembering(PolicySuite):
    toy = Remembering


class TestWordless(PolicySuite):
    toy = Wordless


class NotANumber(LastSeenValue):
    """Knows nothing of curves that end low."""

    def predict(self, prefixes):
        made = super().predict(prefixes)
        return Prediction(
            mean=np.where(made.mean < np.median(made.mean), np.nan, made.mean), sigma=made.sigma
        )


class Centred(LastSeenValue):
    """Learns from the curves it predicts, and does not say so."""

    def predict(self, prefixes):
        made = super().predict(prefixes)
        centre = made.mean.mean() if len(made.mean) else 0.0
        return Prediction(mean=0.9 * made.mean + 0.1 * centre, sigma=made.sigma)


class Ordered(LastSeenValue):
    """Treats the first row of a batch differently."""

    def predict(self, prefixes):
        made = super().predict(prefixes)
        return Prediction(mean=made.mean + 1e-3 * np.arange(len(made.mean)), sigma=made.sigma)


class Writing(LastSeenValue):
    """Scales the scores in place."""

    def predict(self, prefixes):
        prefixes.scores[:] *= 0.5
        return super().predict(prefixes)


class Dice(LastSeenValue):
    def predict(self, prefixes):
        made = super().predict(prefixes)
        noise = np.random.default_rng().normal(0, 1e-3)
        return Prediction(mean=made.mean + noise, sigma=made.sigma)


class PredictorSuite(PredictorContract):
    toy: ClassVar[type]

    @pytest.fixture
    def predictor(self):
        return self.toy()


class TestHonestPredictor(PredictorSuite):
    toy = LastSeenValue


class TestNotANumber(PredictorSuite):
    toy = NotANumber


class TestCentred(PredictorSuite):
    toy = Centred


class TestOrdered(PredictorSuite):
    toy = Ordered


class TestWriting(PredictorSuite):
    toy = Writing


class TestDice(PredictorSuite):
    toy = Dice


class Plain(Scheduler):
    """Trains everything to its fourth epoch, in order; the toys below differ from it in one point."""

    def __init__(self, ordering):
        self.left = [int(config) for config in reversed(ordering)]
        self.started, self.paused = [], []

    def next_job(self):
        if not self.left:
            return None
        self.started.append(self.left.pop())
        return Job(self.started[-1], until=4)

    def after_epoch(self, view):
        return GOES_ON

    def job_ended(self, end):
        if end.outcome == "paused":
            self.paused.append(end)


class ResumingTheRunning(Plain):
    """Resumes the trial that it has just started."""

    def next_job(self):
        if len(self.started) == 2:
            self.started.append(-1)
            return Job(self.started[1], trial=1)
        return super().next_job()


class Backward(Plain):
    """Asks a paused trial for epochs that it has trained already."""

    def next_job(self):
        if self.paused:
            end = self.paused.pop()
            return Job(end.config, until=2, trial=end.trial)
        return super().next_job()


class Shuffled(Plain):
    """Draws from a generator of its own, not from the seed."""

    def __init__(self, ordering):
        super().__init__(ordering)
        random.shuffle(self.left)


class Peeking(Plain):
    """Stops by what the curve will be."""

    def after_epoch(self, view):
        corpus = view._replay.corpus
        own = int(np.flatnonzero(corpus.config_ids == view.config_id)[0])
        return Decision(stop=bool(corpus.final_scores[own] < 0.5), reason="will be poor")


class Answering(Plain):
    """Says yes or no."""

    def after_epoch(self, view):
        return True


@dataclass(frozen=True)
class Toy:
    """The strategy of a toy."""

    made: type[Scheduler]
    name: ClassVar[str] = "toy"
    burn_in: ClassVar[int] = 0
    needs_hindsight: ClassVar[bool] = False

    def settings(self):
        return {"burn_in": 0, "scheduler": self.made.__name__}

    def scheduler(self, ordering, seed):
        return self.made(ordering)


class SchedulerSuite(SchedulerContract):
    toy: ClassVar[type]

    @pytest.fixture
    def strategy(self):
        return Toy(self.toy)


class TestPlain(SchedulerSuite):
    toy = Plain


class TestResumingTheRunning(SchedulerSuite):
    toy = ResumingTheRunning


class TestBackward(SchedulerSuite):
    toy = Backward


class TestShuffled(SchedulerSuite):
    toy = Shuffled


class TestPeeking(SchedulerSuite):
    toy = Peeking


class TestAnswering(SchedulerSuite):
    toy = Answering


class TestForgotten(PolicyContract):
    """Overrides no fixture."""
