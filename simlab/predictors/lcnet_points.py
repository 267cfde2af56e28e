"""What LC-Net learns from: the features of configurations, and their observed scores one by one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.errors import CorpusError
from simlab.predictors.features import feature_matrix
from simlab.predictors.lcnet_network import Points
from simlab.predictors.lcnet_sampling import PRECISION
from simlab.predictors.score_scale import Scale
from simlab.predictors.standardiser import Standardiser

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]


def check_finite(prefixes: Prefixes) -> None:
    """Raise CorpusError where a score of a prefix is not finite."""
    broken = np.flatnonzero(~np.isfinite(prefixes.scores).all(axis=1))
    if broken.size:
        raise CorpusError(
            f"a prefix to extrapolate must be finite: {broken.size} of {len(prefixes)} are not, the first in "
            f"row {broken[0]}; cut them before"
        )


def observed_scores(training: TrainingSet) -> Floats:
    """Return all finite scores of the training curves and their final ones, shape (n,)."""
    return np.concatenate([training.scores[np.isfinite(training.scores)], training.targets])


def configuration_features(prefixes: Prefixes) -> Floats:
    """Return the AP and HP features, shape (n, p); p = 0 where the corpus has none.

    Raises
    ------
    CorpusError
        If a feature is not finite.
    """
    if not (prefixes.architecture.names or prefixes.hyperparameters.names):
        return np.empty((len(prefixes), 0))
    return feature_matrix(prefixes, ("ap", "hp"))


def varying_features(standardiser: Standardiser, rows: Floats) -> Singles:
    """Standardise features, shape (n, p), without those that were constant where the standardiser measured.

    Returns
    -------
    ndarray, shape (p', n)
    """
    varies = np.isfinite(standardiser.scale)
    return standardiser.apply(rows)[:, varies].T.astype(PRECISION)


def standardised_features(training: TrainingSet, prefixes: Prefixes) -> Singles:
    """Return the AP and HP features of training curves and prefixes, without constant ones.

    Returns
    -------
    ndarray, shape (p, n)
        A column for each training curve, then for each prefix. p = 0 where the corpus has no feature.

    Raises
    ------
    CorpusError
        If a feature is not finite.
    """
    rows = np.vstack([configuration_features(part) for part in (training.prefixes(1), prefixes)])
    return varying_features(Standardiser.of(rows), rows)


def observed_points(training: TrainingSet, prefixes: Prefixes, features: Singles, scale: Scale) -> Points:
    """Return all that the network learns from, one score at a time.

    These are the finite scores of the training curves, the final scores of those that ended before T, at T,
    and the scores of the prefixes.

    Parameters
    ----------
    training : TrainingSet
    prefixes : Prefixes
    features : ndarray, shape (p, n)
        As :func:`standardised_features` returns them.
    scale : Scale
    """
    horizon = training.scores.shape[1]
    configs, columns = np.nonzero(np.isfinite(training.scores))
    early = np.flatnonzero(training.lengths < horizon)
    new, new_columns = np.indices(prefixes.scores.shape).reshape(2, -1)
    rows = np.concatenate([configs, early, len(training) + new])
    epochs = np.concatenate([columns + 1, np.full(len(early), horizon), new_columns + 1])
    scores = np.concatenate(
        [training.scores[configs, columns], training.targets[early], prefixes.scores.ravel()]
    )
    return Points(
        features=np.ascontiguousarray(features[:, rows]),
        time=(epochs / horizon).astype(PRECISION),
        scores=scale.unit(scores).astype(PRECISION),
    )
