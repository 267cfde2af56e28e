"""An ensemble of saturating curves, fitted to each prefix in closed form and corrected on the burn-in."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.predictors.ols import OLS
from simlab.predictors.prediction import Prediction
from simlab.predictors.predictor import Predictor

Floats = npt.NDArray[np.float64]

#: Exponents of the power laws, and their delays as shares of T.
EXPONENTS = tuple(np.geomspace(0.1, 3.0, 16).tolist())
DELAYS = (0.0, 0.05, 0.3)
#: Time constants of the exponentials fit into T so many times.
RATES = tuple(np.geomspace(0.5, 30.0, 8).tolist())
#: Two shapes that miss by less than this share of a prefix's squared deviations fit equally well.
SMALLEST_RESIDUAL = 1e-9
#: Fewest training curves on which forecasts are corrected, and fewest scores that tell their own noise.
MIN_CURVES, MIN_SCORES = 10, 3


class Extrapolation(NamedTuple):
    """What the ensemble says of y_T from n prefixes alone.

    Attributes
    ----------
    mean, sigma : ndarray, shape (n,)
        Of y_T as it would be observed, noise included, in score units; sigma is NaN below 3 scores.
    """

    mean: Floats
    sigma: Floats


def shapes(epoch: int, horizon: int) -> Floats:
    """Return what is still missing from a curve of each shape, as a multiple of what is missing at epoch t.

    Power laws ``(s + d)^-c`` (pow3 for d = 0, pow4) and exponentials ``exp(-r s / T)`` (exp3), each moved and
    scaled to 1 at t and 0 at T.

    Parameters
    ----------
    epoch, horizon : int
        t and T, with t < T.

    Returns
    -------
    ndarray, shape (k, t)

    Examples
    --------
    >>> shapes(3, 10).shape
    (56, 3)
    >>> shapes(3, 10)[0].round(3)  # the slowest power law
    array([2.024, 1.365, 1.   ])
    """
    at = np.append(np.arange(1.0, epoch + 1), horizon)
    powers = [(at + delay * horizon) ** -exponent for exponent in EXPONENTS for delay in DELAYS]
    exponentials = [np.exp(-rate * at / horizon) for rate in RATES]
    values = np.array(powers + exponentials)
    end = values[:, -1:]
    missing: Floats = (values[:, :-1] - end) / (values[:, -2:-1] - end)
    return missing


def extrapolate(scores: Floats, horizon: int, ridge: float) -> Extrapolation:
    """Extrapolate prefixes to epoch T by averaging over all shapes.

    A shape h makes the curve ``y_s = y_T - gain * h(s)``, linear in y_T and in the gain from t to T. With a
    flat prior on y_T, a normal one of variance noise / ridge on the gain, and Jeffreys' on the noise, the
    posterior is in closed form, and so is a shape's evidence, by which the shapes are averaged. The ridge
    pulls the gain towards 0 (all the way at t = 1) and keeps ``|y_T - mean(y)|`` below ``(1 + 1 / (2
    sqrt(ridge))) * norm(y - mean(y))``, where y is the prefix.

    Parameters
    ----------
    scores : ndarray, shape (n, t)
    horizon : int
        T. At t = T the answer is the last score.
    ridge : float
        Positive.

    Examples
    --------
    >>> curve = 0.9 - 0.6 / np.sqrt(np.arange(1.0, 41))
    >>> float(curve[9].round(2)), float(curve[39].round(2))
    (0.71, 0.81)
    >>> extrapolate(curve[None, :10], 40, ridge=1e-3).mean.round(2)
    array([0.81])
    """
    epoch = scores.shape[1]
    if epoch >= horizon:
        return Extrapolation(scores[:, -1].copy(), np.zeros(len(scores)))
    missing, level = shapes(epoch, horizon), scores.mean(axis=1, keepdims=True)
    offset = missing.mean(axis=1)
    missing, scores = missing - offset[:, None], scores - level
    squares, product = np.sum(scores**2, axis=1, keepdims=True), scores @ missing.T
    precision = np.sum(missing**2, axis=1) + ridge
    unexplained = 1 - product**2 / (precision * np.where(squares > 0, squares, 1.0))
    unexplained = np.maximum(unexplained, SMALLEST_RESIDUAL)
    log_evidence = -0.5 * ((epoch - 1) * np.log(unexplained) + np.log(precision))
    weights = np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    ends = level - product / precision * offset
    mean = np.sum(weights * ends, axis=1)
    if epoch < MIN_SCORES:
        return Extrapolation(mean, np.full(len(scores), np.nan))
    noise = unexplained * squares / (epoch - 1)
    variance = noise * (1 + 1 / epoch + offset**2 / precision) + (ends - mean[:, None]) ** 2
    return Extrapolation(mean, np.sqrt(np.sum(weights * variance, axis=1)))


class PowerLawEnsemble(Predictor):
    """Saturating curves fitted to the prefix, and corrected by what the burn-in says of such fits.

    Each prefix is extrapolated by :func:`extrapolate`: power laws and exponentials of 56 fixed shapes, whose
    two linear parameters are fitted in closed form, averaged by their evidence. The burn-in then says how far
    that is to be trusted: ``y_T - y_t`` is regressed on the extrapolated gain and on y_t, over the training
    curves that reach t, and sigma is the root mean square of the leave-one-out residuals.

    - Fewer than 10 such curves: the extrapolation as it is (at t = 1 the last score), with the root mean
      square of its errors on them for sigma.
    - None: sigma of the posterior, mixed over shapes, 0 for a flat prefix; NaN for fewer than 3 scores, so
      that no rule stops.
    - A mean beyond the metric's bounds is set to the bound.

    Parameters
    ----------
    ridge : float
        How strongly the gain of a prefix is pulled towards 0.
    corrected : bool
        Whether to correct on the burn-in; False for what the fits say by themselves.

    Attributes
    ----------
    training_ : TrainingSet

    References
    ----------
    Golub, Pereyra. The differentiation of pseudo-inverses and nonlinear least squares problems whose
    variables separate. 1973. The shapes are pow3, pow4 and exp3 of Domhan, Springenberg, Hutter. IJCAI 2015.

    Examples
    --------
    >>> from simlab.corpus import FeatureMatrix
    >>> final, nothing = np.linspace(0.4, 0.9, 20)[:, None], FeatureMatrix((), np.empty((20, 0)))
    >>> scores = final - 0.5 * final / np.arange(1.0, 31)
    >>> training = TrainingSet(scores, np.full(20, 30), scores[:, -1], nothing, nothing)
    >>> prediction = PowerLawEnsemble().fit(training).predict(training.prefixes(6))
    >>> bool(np.allclose(prediction.mean, training.targets, atol=1e-6))
    True
    >>> sorted(prediction.diagnostics)
    ['at_bound', 'extrapolated']
    """

    name: ClassVar[str] = "power-law"

    def __init__(self, *, ridge: float = 0.1, corrected: bool = True) -> None:
        self.ridge = ridge
        self.corrected = corrected

    def fit(self, training: TrainingSet) -> Self:
        """Keep the curves to correct the extrapolation on; there may be none.

        Raises
        ------
        SettingError
            If ``ridge`` is not positive.
        """
        if not self.ridge > 0:
            raise SettingError(f"ridge must be positive, not {self.ridge}")
        self.training_ = training
        return self

    def predict(self, prefixes: Prefixes) -> Prediction:
        """Extrapolate each prefix; ``diagnostics`` say where to, and which means were set to a bound (1).

        Raises
        ------
        CorpusError
            If a score is not finite.
        """
        check_is_fitted(self)
        broken = np.flatnonzero(~np.isfinite(prefixes.scores).all(axis=1))
        if broken.size:
            raise CorpusError(
                f"a prefix to extrapolate must be finite: {broken.size} of {len(prefixes)} are not, the "
                f"first in row {broken[0]}; cut them before"
            )
        own = self._extrapolate(prefixes.scores)
        mean, sigma = self._corrected(prefixes, own)
        metric = self.training_.metric
        low, high = sorted(metric.score(bound) for bound in metric.bounds)
        limited = np.clip(mean, low, high)
        at_bound = (limited != mean).astype(np.float64)
        return Prediction(limited, sigma, diagnostics={"extrapolated": own.mean, "at_bound": at_bound})

    def _extrapolate(self, scores: Floats) -> Extrapolation:
        return extrapolate(scores, self.training_.scores.shape[1], self.ridge)

    def _corrected(self, prefixes: Prefixes, own: Extrapolation) -> Extrapolation:
        """Return mean and sigma in the light of the training curves that reach the epoch."""
        epoch, last = prefixes.epoch, prefixes.scores[:, -1]
        known = self.training_.reaching(epoch)
        if not len(known):
            return own
        fits, now = self._extrapolate(known.scores[:, :epoch]), known.scores[:, epoch - 1]
        mean, misses = own.mean, known.targets - fits.mean
        if self.corrected and len(known) >= MIN_CURVES:
            features, remaining = np.column_stack([fits.mean - now, now]), known.targets - now
            line = OLS().fit(features, remaining, {})
            mean = last + line.predict(np.column_stack([own.mean - last, last]))
            misses = OLS().leave_one_out_residuals(features, remaining, {})
        return Extrapolation(mean, np.full(len(mean), np.sqrt(np.mean(misses**2))))
