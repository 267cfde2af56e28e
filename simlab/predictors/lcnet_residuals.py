"""How far single curves run from what LC-Net's networks say of them, and how that goes on."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.corpus.observations import TrainingSet
from simlab.predictors.lcnet_ensemble import NetworkEnsemble
from simlab.predictors.lcnet_points import observed_points
from simlab.predictors.lcnet_sampling import PRECISION, THINNING, sample_networks
from simlab.predictors.score_scale import Scale

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

#: Parts into which the training curves are split; each is held out once.
N_FOLDS: Final = 5
#: Curves' worth of the prior, under which residuals are the network's own noise.
PRIOR_CURVES: Final = 10


class Conditional(NamedTuple):
    """What the first t residuals of a curve say of the last one; all in units of the network's noise.

    Attributes
    ----------
    whitening : ndarray, shape (t, t)
        Turns residuals into as many independent ones of variance 1.
    slopes : ndarray, shape (t,)
        The last residual's mean, for each unit of one of these.
    variance : float
        The last residual's variance about that.
    """

    whitening: Floats
    slopes: Floats
    variance: float


def given_first(covariance: Floats, epoch: int) -> Conditional:
    """Condition the last residual on the first ``epoch`` ones: all are normal, with mean 0.

    Examples
    --------
    >>> conditional = given_first(np.array([[1.0, 0.8], [0.8, 1.0]]), 1)
    >>> conditional.slopes, round(conditional.variance, 2)
    (array([0.8]), 0.36)
    """
    observed, with_last = covariance[:epoch, :epoch], covariance[:epoch, -1]
    whitening: Floats = np.linalg.inv(np.linalg.cholesky(observed)).astype(np.float64)
    slopes = whitening.T @ (whitening @ with_last)
    return Conditional(
        whitening=whitening,
        slopes=slopes,
        variance=max(float(covariance[-1, -1] - slopes @ with_last), 0.0),  # 0 at t = T, up to rounding
    )


def shrunken(products: Floats, counts: Floats) -> Floats:
    """Return a covariance from sums of products; :data:`PRIOR_CURVES` of independent residuals count with it.

    Parameters
    ----------
    products : ndarray, shape (T, T)
        Sums over the curves; one that was not observed at an epoch adds 0.
    counts : ndarray, shape (T,)
        Curves observed at each epoch.

    Examples
    --------
    >>> shrunken(np.array([[50.0, 30.0], [30.0, 30.0]]), np.array([10, 10]))
    array([[3. , 1.5],
           [1.5, 2. ]])
    """
    deviation = np.sqrt(counts + PRIOR_CURVES)
    covariance: Floats = (products + PRIOR_CURVES * np.eye(len(counts))) / np.outer(deviation, deviation)
    return covariance


def held_out_covariance(
    training: TrainingSet,
    features: Singles,
    scale: Scale,
    *,
    steps: int,
    discard: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the covariance, over the epochs, of residuals of curves that the networks did not learn from.

    A residual is a score minus a network's mean, in units of that network's noise. The curves are held out
    in :data:`N_FOLDS` parts; the chains for all of them together have as many moves as the one for all
    curves. A chain that diverges adds nothing, and neither does a curve that has no others to learn from.

    Parameters
    ----------
    training : TrainingSet
    features : ndarray, shape (p, n)
        Standardised.
    scale : Scale
    steps, discard : int
        Of the chain for all curves.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (T, T)
    """
    observed = scale.unit(_scores_and_ends(training))
    n, horizon = observed.shape
    time = np.arange(1, horizon + 1) / horizon
    products, counts = np.zeros((horizon, horizon)), np.zeros(horizon)
    n_discarded = _share(discard)
    n_steps = n_discarded + _share(steps - discard)
    n_folds = min(N_FOLDS, n) if n > 1 else 0
    fold_of = rng.permutation(n) % max(n_folds, 1)
    for fold in range(n_folds):
        known, held_out = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        others = training.take(known)
        points = observed_points(others, others.take(known[:0]).prefixes(1), features[:, known], scale)
        networks = sample_networks(points, n_steps, n_discarded, rng).networks
        if not networks:
            continue
        ensemble = NetworkEnsemble(len(features), networks)
        for row in held_out:
            outputs = ensemble.curves(features[:, row], time.astype(PRECISION))
            deviation = np.exp(0.5 * outputs.log_variance)[:, None]
            residuals = np.nan_to_num((observed[row] - outputs.mean) / deviation)
            products += residuals.T @ residuals / len(networks)
        counts += np.isfinite(observed[held_out]).sum(axis=0)
    return shrunken(products, counts)


def _scores_and_ends(training: TrainingSet) -> Floats:
    """Return the scores, shape (n, T), with the final one at T where a curve ended before."""
    scores = training.scores.copy()
    early = training.lengths < scores.shape[1]
    scores[early, -1] = training.targets[early]
    return scores


def _share(moves: int) -> int:
    """Return the moves for one part, rounded up to a multiple that leaves a network."""
    return -(-moves // (N_FOLDS * THINNING)) * THINNING
