"""What a predictor says of final scores: a mean with a standard deviation, or quantiles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_TAIL = (0.001, 0.0025, 0.005, 0.01, 0.025)
_MIDDLE = tuple(percent / 100 for percent in range(5, 100, 5))
#: Levels of the quantiles of a predictor that gives them: twentieths, and finer towards both ends.
QUANTILE_LEVELS = (*_TAIL, *_MIDDLE, *(1 - level for level in reversed(_TAIL)))


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predicted final scores of n configurations.

    Attributes
    ----------
    mean : ndarray, shape (n,)
        Predicted final score; NaN where the predictor has no model, which no policy may stop on.
    sigma : ndarray, shape (n,)
        Standard deviation of the prediction, in score units; 0 means a hard rule.
    quantiles : ndarray, shape (n, q), optional
        Quantiles of the final score at :data:`QUANTILE_LEVELS`, from a predictor whose distribution is not
        normal; they take the place of mean and sigma where a probability is asked for.
    diagnostics : mapping of str to ndarray, each of shape (n,)
        How each prediction came about, e.g. the acceptance of its Markov chains.
    """

    mean: Floats
    sigma: Floats
    quantiles: Floats | None = None
    diagnostics: Mapping[str, Floats] = field(default_factory=dict)

    def take(self, rows: npt.NDArray[np.int64]) -> Prediction:
        """Return the predictions of some of these configurations."""
        return Prediction(
            mean=self.mean[rows],
            sigma=self.sigma[rows],
            quantiles=None if self.quantiles is None else self.quantiles[rows],
            diagnostics={name: values[rows] for name, values in self.diagnostics.items()},
        )


def no_model(n: int) -> Prediction:
    """Return what a predictor without a model says of n configurations.

    Examples
    --------
    >>> no_model(2).mean
    array([nan, nan])
    """
    return Prediction(mean=np.full(n, np.nan), sigma=np.full(n, np.nan))


def level_of(bound: float, quantiles: Floats) -> float:
    """Return the probability of lying at or below a bound, between quantiles by linear interpolation.

    Beyond the outermost quantiles it is their level: nothing is certain.

    Parameters
    ----------
    bound : float
    quantiles : ndarray, shape (q,)
        At :data:`QUANTILE_LEVELS`.

    Examples
    --------
    >>> quantiles = 0.2 + 0.4 * np.array(QUANTILE_LEVELS)  # uniform between 0.2 and 0.6
    >>> round(level_of(0.5, quantiles), 3), level_of(0.9, quantiles)
    (0.75, 0.999)
    """
    return float(np.interp(bound, quantiles, QUANTILE_LEVELS))


def probability_below(bound: float, mean: float, sigma: float) -> float:
    """Return the probability that a normal variable lies at or below a bound; a step where sigma is 0.

    Examples
    --------
    >>> probability_below(0.5, mean=0.5, sigma=0.1)
    0.5
    >>> probability_below(0.5, mean=0.5, sigma=0.0), probability_below(0.5, mean=0.6, sigma=0.0)
    (1.0, 0.0)
    """
    if sigma == 0:
        return 1.0 if mean <= bound else 0.0
    return 0.5 * math.erfc((mean - bound) / (sigma * math.sqrt(2)))


class Predicted(NamedTuple):
    """What is predicted of one trial's score; see :class:`Prediction`.

    Attributes
    ----------
    mean, sigma : float
    quantiles : ndarray, shape (q,), optional

    Examples
    --------
    >>> Predicted(mean=0.5, sigma=0.1).probability_below(0.5)
    0.5
    """

    mean: float
    sigma: float
    quantiles: Floats | None = None

    @property
    def is_known(self) -> bool:
        """Whether the predictor has a model."""
        return not (math.isnan(self.mean) or math.isnan(self.sigma))

    def probability_below(self, bound: float) -> float:
        """Return the probability of a score at or below a bound."""
        if self.quantiles is None:
            return probability_below(bound, self.mean, self.sigma)
        return level_of(bound, self.quantiles)
