"""How far predictions are from what happened."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def r_squared(truth: Floats, predicted: Floats) -> float:
    """Return the share of the variance that is explained: 1 is perfect, 0 is as good as the mean.

    NaN where there are fewer than two values, or they are all the same.

    Parameters
    ----------
    truth, predicted : ndarray, shape (n,)

    Examples
    --------
    >>> r_squared(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 1.0]))
    0.5
    """
    if len(truth) < 2:
        return float("nan")
    variation = float(np.sum((truth - truth.mean()) ** 2))
    if variation == 0:
        return float("nan")
    return 1 - float(np.sum((truth - predicted) ** 2)) / variation
