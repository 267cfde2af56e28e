"""Scores turned into numbers like an accuracy: what parametric curves and their priors were made for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simlab.metric import Metric

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """An increasing map of scores, under which ``low`` becomes ``at_low`` and ``high`` becomes ``at_high``.

    Attributes
    ----------
    low, high : float
        Two scores.
    at_low, at_high : float
    logarithmic : bool
        Whether the map is linear in the logarithm of the (positive, minimised) value.

    Examples
    --------
    >>> perplexity = Metric(name="perplexity", direction="minimize", bounds=(1, np.inf), worst=10_000)
    >>> scale = scale_of(perplexity, np.array([-500.0, -300.0]))
    >>> scale.unit(np.array([-10_000.0, -100.0, -1.0])).round(6)
    array([0. , 0.5, 1. ])
    >>> scale.score(np.array([0.5])).round(6)
    array([-100.])
    """

    low: float
    high: float
    at_low: float = 0.0
    at_high: float = 1.0
    logarithmic: bool = False

    def unit(self, scores: Floats) -> Floats:
        """Map scores."""
        low, high, x = (self._linear(np.asarray(one)) for one in (self.low, self.high, scores))
        mapped: Floats = self.at_low + (x - low) / (high - low) * (self.at_high - self.at_low)
        return mapped

    def score(self, unit: Floats) -> Floats:
        """Map back."""
        low, high = (self._linear(np.asarray(one)) for one in (self.low, self.high))
        x: Floats = low + (unit - self.at_low) / (self.at_high - self.at_low) * (high - low)
        return -np.exp(-x) if self.logarithmic else x

    def _linear(self, scores: Floats) -> Floats:
        return -np.log(-scores) if self.logarithmic else scores


def scale_of(metric: Metric, scores: Floats) -> Scale:
    """Choose the scale for a curve that is not flat.

    - Bounds on both sides (accuracy, error rate): from the worst possible score, 0, to the best, 1.
    - A best bound and a declared ``worst`` (a loss): from ``worst``, 0, to the bound, 1. Where a minimised
      value cannot reach 0 (a perplexity, at least 1), linear in its logarithm: the cross-entropy in units of
      that of the worst. A value beyond ``worst`` becomes negative.
    - Otherwise the curve's own range: its lowest score 1/4, its highest 3/4.

    Parameters
    ----------
    metric : Metric
    scores : ndarray, shape (t,)
        The observed scores.
    """
    low, high = sorted(metric.score(bound) for bound in metric.bounds)
    if np.isfinite(low) and np.isfinite(high):
        return Scale(low, high)
    if np.isfinite(high) and metric.worst is not None:
        return Scale(
            metric.score(metric.worst), high, logarithmic=metric.direction == "minimize" and high < 0
        )
    return Scale(float(scores.min()), float(scores.max()), 0.25, 0.75)
