"""Scores on an accuracy-like scale, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.metric import Metric
from simlab.predictors.score_scale import scale_of

CURVE = np.array([-3.0, -2.0, -2.5])
INF = np.inf


def metric(direction, bounds, worst=None):
    return Metric(name="any", direction=direction, bounds=bounds, worst=worst)


@pytest.mark.parametrize(
    ("direction", "bounds", "worst", "values", "unit"),
    [
        ("maximize", (0, 1), 0.1, [0.0, 0.25, 1.0], [0.0, 0.25, 1.0]),
        ("maximize", (0, 100), None, [0.0, 25.0, 100.0], [0.0, 0.25, 1.0]),
        ("minimize", (0, 1), 0.9, [1.0, 0.75, 0.0], [0.0, 0.25, 1.0]),
        ("maximize", (-INF, 1), -1.0, [-1.0, 0.0, 1.0, -3.0], [0.0, 0.5, 1.0, -1.0]),
        ("minimize", (0, INF), 2.0, [2.0, 1.0, 0.0, 4.0], [0.0, 0.5, 1.0, -1.0]),
        ("minimize", (1, INF), 10_000.0, [10_000.0, 100.0, 1.0, 1e8], [0.0, 0.5, 1.0, -1.0]),
        ("minimize", (0, INF), None, [3.0, 2.0, 2.5], [0.25, 0.75, 0.5]),
        ("maximize", (-INF, INF), -7.0, [-3.0, -2.0, -2.5], [0.25, 0.75, 0.5]),
        ("maximize", (0, INF), None, [-3.0, -2.0, -2.5], [0.25, 0.75, 0.5]),
    ],
)
def test_every_kind_of_metric(direction, bounds, worst, values, unit):
    of = metric(direction, bounds, worst)
    scale = scale_of(of, CURVE)
    np.testing.assert_allclose(scale.unit(of.score(np.array(values))), unit, atol=1e-12)
    np.testing.assert_allclose(of.value(scale.score(np.array(unit))), values, atol=1e-9)


def test_an_accuracy_stays_as_it_is():
    scores = np.random.default_rng(0).random(50)
    scale = scale_of(metric("maximize", (0, 1)), scores)
    assert scale.unit(scores).tobytes() == scores.tobytes()
    assert scale.score(scores).tobytes() == scores.tobytes()


@given(
    values=st.lists(st.floats(1.0, 1e6), min_size=2, max_size=5, unique=True),
    bounds=st.sampled_from([(1, INF), (0, INF), (0, 1e7), (-INF, INF)]),
    worst=st.sampled_from([1e4, None]),
)
def test_a_better_value_is_higher_and_comes_back(values, bounds, worst):
    of = metric("minimize", bounds, worst)
    scores = of.score(np.array(sorted(values)))
    scale = scale_of(of, scores)
    assert (np.diff(scale.unit(scores)) <= 0).all()
    np.testing.assert_allclose(scale.score(scale.unit(scores)), scores, rtol=1e-6)
