"""What an epoch costs on the simulated clock."""

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
        raise CorpusError(f"{corpus.name}: no seconds were recorded; use the clock 'epochs' (one unit per epoch)")
    return clock


def epoch_durations(corpus: Corpus, clock: Clock) -> Floats:
    """Return the duration of every recorded epoch, shape (N, T), NaN beyond a curve's end.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"run": [1, 1], "epoch": [1, 2], "acc": [0.1, 0.2], "s": [2.5, 3.0]})
    >>> corpus = Corpus.from_frame(frame, config_id="run", epoch="epoch", value="acc", seconds="s",
    ...                            direction="maximize")
    >>> epoch_durations(corpus, "seconds"), epoch_durations(corpus, "epochs")
    (array([[2.5, 3. ]]), array([[1., 1.]]))
    """
    if resolve_clock(corpus, clock) == "seconds":
        return corpus.series["seconds"]
    return np.where(np.isfinite(corpus.values), 1.0, np.nan)
