"""Intervals: what a figure is worth, given how many orderings it was measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Mean:
    """A mean with its t interval; the bounds are NaN where one sample gives none."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Proportion:
    """Successes out of trials, with the Clopper-Pearson interval of their share."""

    successes: int
    trials: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Successes divided by trials."""
        return self.successes / self.trials


def t_interval(samples: Sequence[float] | npt.NDArray[np.float64], level: float = 0.95) -> Mean:
    """Return the mean of independent samples and its two-sided t interval.

    Parameters
    ----------
    samples : sequence of float, shape (k,)
    level : float

    Examples
    --------
    >>> t_interval([2.0, 3.0, 4.0])
    Mean(mean=3.0, low=0.515..., high=5.484...)
    """
    values = np.asarray(samples, dtype=np.float64)
    mean = float(values.mean())
    if len(values) < 2:
        return Mean(mean, float("nan"), float("nan"))
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    reach = t_quantile(len(values), level) * error
    return Mean(mean, mean - reach, mean + reach)


def t_quantile(n: int, level: float) -> float:
    """Return how many standard errors the interval of a mean of ``n`` samples reaches to either side.

    Examples
    --------
    >>> t_quantile(10, 0.95)
    2.262...
    """
    from scipy.special import stdtrit  # scipy.stats would take most of a second, this a tenth

    return float(stdtrit(n - 1, (1 + level) / 2))


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> Proportion:
    """Return the exact binomial interval of a proportion (Clopper and Pearson 1934).

    Parameters
    ----------
    successes, trials : int
    level : float

    Examples
    --------
    >>> clopper_pearson(10, 10)
    Proportion(successes=10, trials=10, low=0.691..., high=1.0)
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = betaincinv(successes, trials - successes + 1, tail) if successes else 0.0
    high = betaincinv(successes + 1, trials - successes, 1 - tail) if successes < trials else 1.0
    return Proportion(successes, trials, float(low), float(high))
