"""The threshold rule, decision by decision."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from simlab.policies import ThresholdRule
from simlab.predictors import LastSeenValue
from simlab.predictors.prediction import Predicted, probability_below


@dataclass
class FakeView:
    """A view that says what it is told to."""

    mean: float = 0.5
    sigma: float = 0.1
    completed: tuple[float, ...] = (0.7, 0.6, 0.4)
    position: int = 5
    n_ended_in_order: int = 5
    asked: list = field(default_factory=list)

    def nth_best(self, n):
        ranked = sorted(self.completed, reverse=True)
        return ranked[n - 1] if n <= len(ranked) else -math.inf

    def predict(self, predictor, burn_in):
        self.asked.append((predictor, burn_in))
        return Predicted(self.mean, self.sigma)


def rule(**settings):
    return ThresholdRule(**{"predictor": LastSeenValue(), "burn_in": 5, "threshold": 0.95} | settings)


@given(
    mean=st.floats(0, 1),
    sigma=st.floats(1e-6, 0.5),
    threshold=st.floats(0.01, 1),
    tolerance=st.floats(0, 0.2),
    top_n=st.integers(1, 3),
)
def test_the_rule_is_the_paper_s_formula(mean, sigma, threshold, tolerance, top_n):
    decision = rule(threshold=threshold, tolerance=tolerance, top_n=top_n).decide(FakeView(mean, sigma))
    probability = norm.cdf((0.7, 0.6, 0.4)[top_n - 1] - tolerance, mean, sigma)
    assert decision.probability == pytest.approx(probability, abs=1e-12)
    assert (decision.predicted, decision.sigma) == (mean, sigma)
    if abs(probability - threshold) > 1e-9:
        assert decision.stop == (probability >= threshold)


@pytest.mark.parametrize(("mean", "stop"), [(0.69, True), (0.7, True), (0.7001, False)])
def test_without_spread_the_rule_is_a_comparison(mean, stop):
    """A prediction equal to the incumbent ends no better, and is stopped even at a threshold of 1."""
    decision = rule(threshold=1.0).decide(FakeView(mean, sigma=0.0))
    assert (decision.stop, decision.probability) == (stop, float(stop))


def test_tolerance_spares_those_that_come_close():
    near = FakeView(mean=0.69, sigma=0.0)
    assert rule().decide(near).stop
    assert not rule(tolerance=0.02).decide(near).stop


def test_top_n_spares_those_that_beat_the_nth_best():
    second = FakeView(mean=0.65, sigma=0.0)
    assert [rule(top_n=n).decide(second).stop for n in (1, 2, 3)] == [True, False, False]


@pytest.mark.parametrize(
    ("view", "reason", "asked"),
    [
        (FakeView(position=4), "burn-in", False),
        (FakeView(n_ended_in_order=4), "burn-in still running", False),
        (FakeView(mean=math.nan), "no model", True),
        (FakeView(sigma=math.nan), "no model", True),
        (FakeView(completed=()), "no incumbent", True),
        (FakeView(mean=0.9), "may beat the incumbent", True),
        (FakeView(mean=0.1), "probably no better than the incumbent", True),
    ],
)
def test_reasons(view, reason, asked):
    decision = rule().decide(view)
    assert decision.reason == reason
    assert decision.stop == (reason == "probably no better than the incumbent")
    assert bool(view.asked) == asked


def test_fewer_completed_trials_than_top_n_stop_nobody():
    decision = rule(top_n=4).decide(FakeView(mean=0.0))
    assert (decision.stop, decision.reason, decision.predicted) == (False, "no incumbent", 0.0)


def test_the_predictor_is_fitted_on_the_burn_in():
    view, policy = FakeView(), rule()
    policy.decide(view)
    assert view.asked == [(policy.predictor, 5)]


@given(bound=st.floats(-3, 3), mean=st.floats(-3, 3), sigma=st.floats(1e-9, 10))
def test_probability_below_against_scipy(bound, mean, sigma):
    assert probability_below(bound, mean, sigma) == pytest.approx(
        norm.cdf(bound, mean, sigma), rel=1e-9, abs=1e-300
    )


def test_probability_below_keeps_its_digits_in_the_tail():
    assert probability_below(0.0, 10.0, 1.0) == pytest.approx(7.619853024160525e-24, rel=1e-9)
    assert np.isfinite(probability_below(0.0, 1e300, 1e-300))
