"""What training costs on the simulated clock."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from simlab.corpus import Corpus
from simlab.errors import CorpusError, UnknownNameError

Floats = npt.NDArray[np.float64]
Clock = Literal["auto", "seconds", "epochs"]


def resolve_clock(corpus: Corpus, clock: Clock) -> Clock:
    """Return the unit of the simulated clock: recorded seconds where there are any, else one unit per epoch.

    Raises
    ------
    CorpusError
        If seconds are asked for and the corpus has none.
    UnknownNameError
        If the unit is unknown.
    """
    if clock not in ("auto", "seconds", "epochs"):
        raise UnknownNameError("clock", clock, ["auto", "seconds", "epochs"])
    if clock == "auto":
        return "seconds" if corpus.has_seconds else "epochs"
    if clock == "seconds" and not corpus.has_seconds:
        raise CorpusError(
            f"{corpus.name}: no seconds were recorded; use the clock 'epochs' (one unit per epoch)"
        )
    return clock


def elapsed_times(corpus: Corpus, clock: Clock) -> Floats:
    """Return how long each configuration has trained after 0, 1, ..., T epochs.

    Returns
    -------
    ndarray, shape (N, T + 1)
        Starts at 0; constant beyond a curve's end.

    Raises
    ------
    CorpusError
        If seconds are asked for and the corpus has none.
    UnknownNameError
        If the unit is unknown.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"run": [1, 1], "epoch": [1, 2], "acc": [0.1, 0.2], "s": [2.5, 3.0]})
    >>> corpus = Corpus.from_frame(frame, config_id="run", epoch="epoch", value="acc", seconds="s",
    ...                            direction="maximize")
    >>> elapsed_times(corpus, "seconds"), elapsed_times(corpus, "epochs")
    (array([[0. , 2.5, 5.5]]), array([[0., 1., 2.]]))
    """
    if resolve_clock(corpus, clock) == "epochs":
        return np.minimum(np.arange(corpus.n_epochs + 1), corpus.lengths[:, None]).astype(np.float64)
    elapsed = np.zeros((len(corpus), corpus.n_epochs + 1))
    np.cumsum(np.nan_to_num(corpus.series["seconds"]), axis=1, out=elapsed[:, 1:])
    return elapsed
