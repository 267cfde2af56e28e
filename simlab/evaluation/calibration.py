"""Whether a predictor knows how sure it may be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from simlab.predictors.prediction import Prediction, level_of

Floats = npt.NDArray[np.float64]


def probability_integral(truth: Floats, prediction: Prediction) -> Floats:
    """Return the predicted probability of ending no better than it did end: uniform where sigma is right.

    From the predictor's own quantiles where it gives them; they reach from 0.001 to 0.999. A sigma of 0 is a
    claim of certainty: 0.5 where it came true, 0 or 1 where it did not. NaN where nothing was predicted.

    Parameters
    ----------
    truth : ndarray, shape (n,)
        Final scores.
    prediction : Prediction
        Of these n.

    References
    ----------
    Dawid. Statistical theory: the prequential approach. JRSS A, 1984.

    Examples
    --------
    >>> certain = Prediction(mean=np.array([0.5, 0.5]), sigma=np.array([0.1, 0.0]))
    >>> probability_integral(np.array([0.5, 0.6]), certain)
    array([0.5, 1. ])
    """
    if prediction.quantiles is not None:
        pairs = zip(truth, prediction.quantiles, strict=True)
        return np.array([level_of(score, own) for score, own in pairs], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = (truth - prediction.mean) / prediction.sigma
    certain = (prediction.sigma == 0) & (truth == prediction.mean)
    result: Floats = np.where(certain, 0.5, ndtr(deviations))
    return result


def coverage(integrals: Floats, level: float) -> float:
    """Return how many final scores lie in the central interval of a level: as many, if sigma is right.

    Parameters
    ----------
    integrals : ndarray, shape (n,)
        From :func:`probability_integral`.
    level : float in (0, 1)

    Examples
    --------
    >>> coverage(np.array([0.1, 0.3, 0.5, 0.99]), 0.5)
    0.5
    """
    if not len(integrals):
        return float("nan")
    return float(np.mean(np.abs(integrals - 0.5) <= level / 2))
