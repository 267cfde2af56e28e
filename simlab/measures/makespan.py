"""How long W workers take to train everything to its end, one trial after the other."""

from __future__ import annotations

from heapq import heapreplace

import numpy as np
import numpy.typing as npt


def full_makespan(durations: npt.NDArray[np.float64], workers: int) -> float:
    """Return the makespan of trials started in order, each on the first free worker.

    Parameters
    ----------
    durations : ndarray, shape (N,)
        What each trial takes, in the order of starting.
    workers : int

    Examples
    --------
    >>> import numpy as np
    >>> full_makespan(np.array([3.0, 1.0, 1.0, 2.0]), workers=2)
    4.0
    """
    free_at = [0.0] * workers
    end = 0.0
    for duration in durations.tolist():
        done = free_at[0] + duration
        heapreplace(free_at, done)
        end = max(end, done)
    return end
