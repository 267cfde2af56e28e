"""What training costs on the simulated clock."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from simlab.corpus import Corpus
from simlab.errors import CorpusError, SettingError, UnknownNameError

Floats = npt.NDArray[np.float64]
#: A clock by name: recorded seconds, one unit per epoch, or seconds where there are any.
Clock = Literal["auto", "seconds", "epochs"]
#: Or a constant cost of every epoch, or a function that returns the cost of each, shape (N, T).
AnyClock = Clock | float | Callable[[Corpus], Floats]


def resolve_clock(corpus: Corpus, clock: AnyClock) -> AnyClock:
    """Return the clock, with ``"auto"`` replaced by recorded seconds where there are any, else by epochs.

    Raises
    ------
    CorpusError
        If seconds are asked for and the corpus has none.
    SettingError
        If a constant is not finite and larger than 0.
    UnknownNameError
        If the name is unknown.
    """
    if callable(clock):
        return clock
    if isinstance(clock, (int, float)):
        if not 0 < clock < math.inf:
            raise SettingError(f"the cost of an epoch must be finite and larger than 0, not {clock}")
        return clock
    if clock not in ("auto", "seconds", "epochs"):
        raise UnknownNameError("clock", clock, ["auto", "seconds", "epochs"])
    if clock == "auto":
        return "seconds" if corpus.has_seconds else "epochs"
    if clock == "seconds" and not corpus.has_seconds:
        raise CorpusError(
            f"{corpus.name}: no seconds were recorded; use the clock 'epochs' (one unit per epoch)"
        )
    return clock


def elapsed_times(corpus: Corpus, clock: AnyClock) -> Floats:
    """Return how long each configuration has trained after 0, 1, ..., T epochs.

    Parameters
    ----------
    corpus : Corpus
    clock : {"auto", "seconds", "epochs"}, float or callable
        Recorded seconds, one unit per epoch, a constant per epoch, or a function that takes the corpus and
        returns what each epoch costs, shape (N, T); its values beyond a curve's end do not count.

    Returns
    -------
    ndarray, shape (N, T + 1)
        Starts at 0; constant beyond a curve's end.

    Raises
    ------
    CorpusError
        If seconds are asked for and the corpus has none.
    SettingError
        If a constant or what a function returns is no cost.
    UnknownNameError
        If the unit is unknown.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"run": [1, 1], "epoch": [1, 2], "acc": [0.1, 0.2], "s": [2.5, 3.0]})
    >>> corpus = Corpus.from_frame(frame, config_id="run", epoch="epoch", value="acc", seconds="s",
    ...                            direction="maximize")
    >>> elapsed_times(corpus, "seconds"), elapsed_times(corpus, "epochs"), elapsed_times(corpus, 0.5)
    (array([[0. , 2.5, 5.5]]), array([[0., 1., 2.]]), array([[0. , 0.5, 1. ]]))
    """
    resolved = resolve_clock(corpus, clock)
    if callable(resolved):
        return _add_up(_checked(resolved(corpus), corpus, resolved), corpus)
    if resolved == "seconds":
        return _add_up(corpus.series["seconds"], corpus)
    elapsed = np.arange(corpus.n_epochs + 1.0) * (1.0 if resolved == "epochs" else float(resolved))
    if (corpus.lengths == corpus.n_epochs).all():
        return np.broadcast_to(elapsed, (len(corpus), len(elapsed)))  # takes no memory
    epochs = np.arange(corpus.n_epochs + 1, dtype=np.int32)
    return elapsed[np.minimum(epochs, corpus.lengths.astype(np.int32)[:, None])]


def describe_clock(clock: AnyClock, elapsed: Floats) -> dict[str, Any]:
    """Return what the provenance says of a resolved clock.

    A function is known by its name, and by a hash of the times that came of it.

    Examples
    --------
    >>> describe_clock("epochs", np.zeros((1, 2))), describe_clock(0.5, np.zeros((1, 2)))
    ({'clock': 'epochs'}, {'clock': '0.5 per epoch'})
    """
    if callable(clock):
        digest = hashlib.sha256(np.ascontiguousarray(elapsed).tobytes()).hexdigest()
        return {"clock": f"function {_name(clock)}", "clock_sha256": digest}
    return {"clock": clock if isinstance(clock, str) else f"{clock} per epoch"}


def _add_up(durations: Floats, corpus: Corpus) -> Floats:
    """Add up what recorded epochs take; what stands beyond a curve's end does not count."""
    elapsed = np.zeros((len(corpus), corpus.n_epochs + 1))
    np.cumsum(np.where(_recorded(corpus), durations, 0.0), axis=1, out=elapsed[:, 1:])
    return elapsed


def _recorded(corpus: Corpus) -> npt.NDArray[np.bool_]:
    recorded: npt.NDArray[np.bool_] = np.arange(corpus.n_epochs) < corpus.lengths[:, None]
    return recorded


def _checked(costs: Any, corpus: Corpus, function: Callable[[Corpus], Floats]) -> Floats:
    """Return what a function of the user's says of recorded epochs, once it is known to be costs."""
    told, shape = np.asarray(costs, dtype=np.float64), (len(corpus), corpus.n_epochs)
    if told.shape != shape:
        raise SettingError(
            f"clock function '{_name(function)}' must return one cost per configuration and epoch of "
            f"{corpus.name}, shape {shape}, not {told.shape}"
        )
    bad = np.argwhere(_recorded(corpus) & ~(np.isfinite(told) & (told >= 0)))
    if len(bad):
        config, epoch = bad[0]
        raise SettingError(
            f"clock function '{_name(function)}' must return finite costs of 0 or more: {len(bad)} are not, "
            f"the first is {told[config, epoch]} for configuration '{corpus.config_ids[config]}', "
            f"epoch {epoch + 1}"
        )
    return told


def _name(function: Callable[[Corpus], Floats]) -> str:
    return getattr(function, "__qualname__", type(function).__qualname__)
