"""The paper's feature sets: time series (TS), architecture parameters (AP) and hyperparameters (HP)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from simlab.corpus.observations import Prefixes
from simlab.errors import CorpusError, SettingError, UnknownNameError

Floats = npt.NDArray[np.float64]


def time_series(scores: Floats) -> Floats:
    """Return scores, first and second differences of curve prefixes (paper, Section 3.1).

    Parameters
    ----------
    scores : ndarray, shape (n, t)

    Returns
    -------
    ndarray, shape (n, t + (t - 1) + (t - 2))
        1 column for t = 1, 3 for t = 2, 3 t - 3 from there on.

    Examples
    --------
    >>> time_series(np.array([[1.0, 3.0, 4.0]]))
    array([[ 1.,  3.,  4.,  2.,  1., -1.]])
    """
    first = np.diff(scores)
    return np.hstack([scores, first, np.diff(first)])


_COLUMNS: dict[str, Callable[[Prefixes], Floats]] = {
    "ts": lambda prefixes: time_series(prefixes.scores),
    "ap": lambda prefixes: prefixes.architecture.matrix,
    "hp": lambda prefixes: prefixes.hyperparameters.matrix,
}
#: Names of the feature sets, in the order in which their columns stand.
FEATURE_SETS = tuple(_COLUMNS)


def check_feature_sets(sets: Sequence[str]) -> None:
    """Raise UnknownNameError for an unknown set, SettingError where none is named."""
    if not sets:
        raise SettingError(f"name at least one feature set of {', '.join(FEATURE_SETS)}")
    for name in sets:
        if name not in _COLUMNS:
            raise UnknownNameError("feature set", name, FEATURE_SETS)


def feature_matrix(prefixes: Prefixes, sets: Sequence[str] = FEATURE_SETS) -> Floats:
    """Return the features of curve prefixes.

    Parameters
    ----------
    prefixes : Prefixes
        The first t scores of n curves, with their AP and HP features.
    sets : sequence of {"ts", "ap", "hp"}
        Which sets; their columns always stand in this order, however they are asked for.

    Returns
    -------
    ndarray, shape (n, p)

    Raises
    ------
    UnknownNameError
        If a set does not exist.
    SettingError
        If no set is named, or the corpus has no column in any of those named.
    CorpusError
        If a feature is not finite; nothing is ever imputed.

    Examples
    --------
    >>> from simlab.corpus import FeatureMatrix
    >>> layers = FeatureMatrix(("ap_n_layers",), np.array([[7.0]]))
    >>> nothing = FeatureMatrix((), np.empty((1, 0)))
    >>> feature_matrix(Prefixes(np.array([[0.25, 0.5]]), layers, nothing))
    array([[0.25, 0.5 , 0.25, 7.  ]])
    """
    check_feature_sets(sets)
    matrix = np.hstack([columns(prefixes) for name, columns in _COLUMNS.items() if name in sets])
    if matrix.shape[1] == 0:
        wanted = " and ".join(f"{name}_ columns" for name in sets)
        raise SettingError(f"no features: the corpus has no {wanted}; ask for 'ts' as well")
    broken = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if broken.size:
        raise CorpusError(
            f"features must be finite: {broken.size} of {len(matrix)} prefixes of {prefixes.epoch} epochs "
            f"have a missing or infinite one, the first in row {broken[0]}; fill it in or leave the curve out"
        )
    return matrix
