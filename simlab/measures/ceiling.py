"""The speedup that no policy with a burn-in can exceed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def ceiling(lengths: npt.NDArray[np.int64], burn_in: int) -> float:
    """Return the bound that a burn-in sets on the speedup in epochs.

    The burn-in is trained in full and every other configuration for at least one epoch, so with N curves of T
    epochs and a burn-in of n the speedup is at most ``N T / (n T + N - n)``. For curves of unequal length the
    burn-in costs n times their mean length, its expectation over random orderings.

    Parameters
    ----------
    lengths : ndarray of int, shape (N,)
        Recorded epochs of each curve.
    burn_in : int
        At most N.

    Examples
    --------
    >>> import numpy as np
    >>> round(ceiling(np.full(1000, 20), 100), 1), round(ceiling(np.full(250, 50), 100), 1)
    (6.9, 2.4)
    """
    n_configs = len(lengths)
    least = burn_in * lengths.mean() + (n_configs - burn_in) * np.minimum(lengths, 1).mean()
    return float(lengths.sum() / least)
