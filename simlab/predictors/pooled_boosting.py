"""One gradient boosting for prefixes of every length: pooled, where SRM fits each length alone."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.predictors.prediction import Prediction
from simlab.predictors.predictor import Predictor

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

N_FOLDS = 5
#: The last score is compared with the means of so many last scores, and of all.
WINDOWS = (2, 4, 8)


def curve_features(scores: Floats, horizon: int) -> Floats:
    """Return features that a prefix of any length has.

    The share of T, the last score, how far the best lies above it, its gain on the first score, and on the
    means of the last 2, 4, 8 (or of all, where there are fewer) and all scores.

    Parameters
    ----------
    scores : ndarray, shape (n, t)
    horizon : int
        T.

    Returns
    -------
    ndarray, shape (n, 8)

    Examples
    --------
    >>> curve_features(np.array([[0.25, 0.75, 0.5]]), horizon=10)
    array([[ 0.3  ,  0.5  ,  0.25 ,  0.25 , -0.125,  0.   ,  0.   ,  0.   ]])
    """
    epoch, last = scores.shape[1], scores[:, -1]
    gains = [last - scores[:, -window:].mean(axis=1) for window in (*WINDOWS, epoch)]
    share = np.full(len(scores), epoch / horizon)
    return np.column_stack([share, last, scores.max(axis=1) - last, last - scores[:, 0], *gains])


class _Rows(NamedTuple):
    """One row per training curve and prefix length."""

    features: Floats
    remaining: Floats
    curves: Integers
    epochs: Integers


class PooledBoosting(Predictor):
    """Gradient boosting of ``y_T - y_t`` over the prefixes of all lengths at once.

    Every training curve gives a row for each of its epochs: :func:`curve_features`, AP and HP. So 100 curves
    of 60 epochs make 6,000 rows, and what is learned at one length serves its neighbours. The model is fitted
    when a prediction is first asked for, on one thread. Sigma at epoch t is the root mean square of the
    out-of-fold residuals at t, with 5 folds by curve: rows of one curve are near copies of each other, and
    never stand on both sides. Where fewer than 10 training curves reach t there is no model (NaN), as in SRM.

    Parameters
    ----------
    trees : int
        Of at most 8 leaves, with at least 20 rows in each; half of the features are tried at a split.
    learning_rate : float
    random_state : int
        Seed of folds and features tried.

    Attributes
    ----------
    training_ : TrainingSet

    References
    ----------
    Friedman. Greedy function approximation: a gradient boosting machine. 2001. The trees on histograms are
    those of Ke et al. LightGBM. NIPS 2017, as in scikit-learn.

    Examples
    --------
    >>> from simlab.corpus import FeatureMatrix
    >>> final, nothing = np.linspace(0.4, 0.9, 40)[:, None], FeatureMatrix((), np.empty((40, 0)))
    >>> scores = final - 0.5 * final / np.arange(1.0, 11)
    >>> training = TrainingSet(scores, np.full(40, 10), scores[:, -1], nothing, nothing)
    >>> prediction = PooledBoosting().fit(training).predict(training.prefixes(3))
    >>> bool(np.abs(prediction.mean - training.targets).max() < 0.03)
    True
    """

    name: ClassVar[str] = "pooled-boosting"
    min_training: ClassVar[int] = 10

    def __init__(self, *, trees: int = 100, learning_rate: float = 0.05, random_state: int = 0) -> None:
        self.trees = trees
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, training: TrainingSet) -> Self:
        """Keep the training curves; the trees follow on demand.

        Raises
        ------
        SettingError
            If a setting is out of range.
        """
        if self.trees < 1 or not 0 < self.learning_rate <= 1:
            raise SettingError(
                f"trees must be 1 or more, learning_rate in (0, 1], not {self.trees} and {self.learning_rate}"
            )
        if self.random_state < 0:
            raise SettingError(f"random_state must be 0 or larger, not {self.random_state}")
        self.training_ = training
        self._built: tuple[HistGradientBoostingRegressor, Floats] | None = None
        return self

    def predict(self, prefixes: Prefixes) -> Prediction:
        """Add the predicted rest to the last scores, growing the trees if need be.

        Raises
        ------
        CorpusError
            If a score or a feature is not finite.
        """
        check_is_fitted(self)
        known = self.training_.reaching(prefixes.epoch)
        if len(known) < self.min_training or not len(prefixes):
            nothing = np.full(len(prefixes), np.nan)
            return Prediction(mean=nothing, sigma=nothing.copy())
        if self._built is None:
            self._built = self._build()
        model, sigmas = self._built
        mean = prefixes.scores[:, -1] + model.predict(self._features(prefixes))
        return Prediction(mean=mean, sigma=np.full(len(prefixes), sigmas[prefixes.epoch - 1]))

    def describe(self) -> dict[str, Any]:
        """Return the JSON-able settings."""
        return super().describe() | {"n_folds": N_FOLDS}

    def _build(self) -> tuple[HistGradientBoostingRegressor, Floats]:
        """Return the model of all curves, and sigma for each prefix length that enough of them reach."""
        rows = self._rows()
        n_curves = int(rows.curves.max()) + 1
        folds = np.random.default_rng(self.random_state).permutation(n_curves) % N_FOLDS
        residuals = np.empty(len(rows.remaining))
        for fold in range(N_FOLDS):
            held_out = folds[rows.curves] == fold
            model = self._grow(rows.features[~held_out], rows.remaining[~held_out])
            residuals[held_out] = rows.remaining[held_out] - model.predict(rows.features[held_out])
        squares = np.bincount(rows.epochs, weights=residuals**2)[1:] / np.bincount(rows.epochs)[1:]
        return self._grow(rows.features, rows.remaining), np.sqrt(squares)

    def _grow(self, features: Floats, remaining: Floats) -> HistGradientBoostingRegressor:
        model = HistGradientBoostingRegressor(
            max_iter=self.trees,
            learning_rate=self.learning_rate,
            max_leaf_nodes=8,
            min_samples_leaf=20,
            max_features=0.5,
            early_stopping=False,
            random_state=self.random_state,
        )
        # several threads would add the gradients up in another order, and so in other bytes
        with threadpool_limits(limits=1, user_api="openmp"):
            return model.fit(features, remaining)

    def _rows(self) -> _Rows:
        training, parts = self.training_.reaching(1), []
        for epoch in range(1, int(training.lengths.max()) + 1):
            known, curves = training.reaching(epoch), np.flatnonzero(training.lengths >= epoch)
            remaining = known.targets - known.scores[:, epoch - 1]
            features = self._features(known.prefixes(epoch))
            parts.append(_Rows(features, remaining, curves, np.full(len(known), epoch)))
        return _Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _features(self, prefixes: Prefixes) -> Floats:
        horizon = self.training_.scores.shape[1]
        own = curve_features(prefixes.scores, horizon)
        matrix = np.hstack([own, prefixes.architecture.matrix, prefixes.hyperparameters.matrix])
        broken = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
        if broken.size:
            raise CorpusError(
                f"features must be finite: {broken.size} of {len(matrix)} prefixes of {prefixes.epoch} epochs"
                f" have a missing or infinite one, the first in row {broken[0]}; fill it in or leave it out"
            )
        return matrix
