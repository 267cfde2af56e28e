"""What a corpus looks like in a few numbers: how its curves end, cross, and foretell their end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus.corpus import Corpus
from simlab.corpus.schema import STATUSES

SHARES = (0.10, 0.25, 0.50, 0.75)


@dataclass(frozen=True)
class Foresight:
    """How well the value at an early epoch foretells the final value, over the completed curves.

    Attributes
    ----------
    share : float
        Share of the T epochs.
    epoch : int
    spearman : float
        Rank correlation of the value at that epoch with the final value.
    last_seen_r2 : float
        R2 of predicting the final value by the value at that epoch.
    """

    share: float
    epoch: int
    spearman: float
    last_seen_r2: float


def foresight(corpus: Corpus) -> list[Foresight]:
    """Measure at 10, 25, 50 and 75 % of the epochs how much the value says about the final value.

    Completed curves that reach the epoch are compared; at least three are needed.

    Examples
    --------
    >>> import numpy as np, polars as pl
    >>> frame = pl.DataFrame({"run": np.repeat(range(4), 4), "epoch": [1, 2, 3, 4] * 4,
    ...                       "acc": [.1, .2, .3, .4, .2, .3, .4, .5, .3, .4, .5, .6, .4, .5, .6, .7]})
    >>> corpus = Corpus.from_frame(frame, config_id="run", epoch="epoch", value="acc", direction="maximize")
    >>> [(one.epoch, round(one.spearman, 2), round(one.last_seen_r2, 2)) for one in foresight(corpus)]
    [(1, 1.0, -6.2), (1, 1.0, -6.2), (2, 1.0, -2.2), (3, 1.0, 0.2)]
    """
    found = []
    for share in SHARES:
        epoch = max(1, round(share * corpus.n_epochs))
        rows = corpus.completed[corpus.lengths[corpus.completed] >= epoch]
        seen, final = corpus.values[rows, epoch - 1], corpus.final_values[rows]
        if len(rows) < 3 or np.ptp(final) == 0:
            found.append(Foresight(share, epoch, np.nan, np.nan))
            continue
        r2 = 1 - float(np.sum((final - seen) ** 2) / np.sum((final - final.mean()) ** 2))
        found.append(Foresight(share, epoch, _spearman(seen, final), r2))
    return found


def _spearman(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    from scipy.stats import rankdata  # takes most of a second, which nothing but a card waits for

    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def worsening_share(corpus: Corpus) -> float:
    """Return the share of epoch-to-epoch steps at which the value got worse."""
    steps = np.diff(corpus.scores, axis=1)
    recorded = np.isfinite(steps)
    return float((steps[recorded] < 0).mean()) if recorded.any() else float("nan")


def crossing_rate(corpus: Corpus) -> float:
    """Return the share of pairs of completed full-length curves whose order at T/4 is not the final one."""
    rows = corpus.completed[corpus.lengths[corpus.completed] == corpus.n_epochs]
    early = corpus.values[rows, max(1, round(corpus.n_epochs / 4)) - 1]
    final = corpus.final_values[rows]
    pairs = len(rows) * (len(rows) - 1) // 2
    # Curve by curve: a matrix of all pairs of a large audit would not fit into memory.
    crossed = sum(
        int((np.sign(early[i] - early[:i]) * np.sign(final[i] - final[:i]) < 0).sum())
        for i in range(len(rows))
    )
    return crossed / pairs if pairs else float("nan")


def best_tenth_spearman(corpus: Corpus, epoch: int) -> float:
    """Return the rank correlation of the value at ``epoch`` with the final one among the best tenth.

    The best tenth, by final value, of the completed curves that reach the epoch: those among which a search
    has to choose.
    """
    rows = corpus.completed[corpus.lengths[corpus.completed] >= epoch]
    rows = rows[np.argsort(-corpus.final_scores[rows], kind="stable")][: len(rows) // 10]
    if len(rows) < 3:
        return float("nan")
    return _spearman(corpus.values[rows, epoch - 1], corpus.final_values[rows])


def chance_share(corpus: Corpus) -> float:
    """Return the share of completed curves that end no better than the metric's worst value.

    For an accuracy with a known number of validation examples, better means by more than two standard errors.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"run": ["a", "b"], "epoch": [1, 1], "acc": [0.1, 0.6]})
    >>> chance_share(Corpus.from_frame(frame, config_id="run", epoch="epoch", value="acc",
    ...                                direction="maximize", bounds=(0, 1), worst=0.1))
    0.5
    """
    worst = corpus.metric.worst
    if worst is None:
        return float("nan")
    limit = corpus.metric.score(worst) + 2 * (corpus.standard_error_of(worst) or 0.0)
    return float((corpus.final_scores[corpus.completed] <= limit).mean())


def flat_share(corpus: Corpus) -> float:
    """Return the share of completed curves, of two epochs at least, that stay at one value throughout."""
    rows = corpus.completed[corpus.lengths[corpus.completed] > 1]
    if not len(rows):
        return float("nan")
    return float(np.mean(np.nanmin(corpus.values[rows], axis=1) == np.nanmax(corpus.values[rows], axis=1)))


def status_counts(corpus: Corpus) -> dict[str, int]:
    """Return how many configurations ended in each status."""
    return {status: int((corpus.status == status).sum()) for status in STATUSES}


def final_quantiles(corpus: Corpus) -> dict[str, float]:
    """Return minimum, quartiles and maximum of the completed configurations' final values."""
    quantiles = np.quantile(corpus.final_values[corpus.completed], [0, 0.25, 0.5, 0.75, 1])
    return dict(zip(("min", "25 %", "median", "75 %", "max"), map(float, quantiles), strict=True))


def foresight_frame(corpus: Corpus) -> pl.DataFrame:
    """Return :func:`foresight` as a frame, one row per share of the curve."""
    return pl.DataFrame([vars(one) for one in foresight(corpus)])
