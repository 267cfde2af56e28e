"""Learning curve extrapolation: a weighted sum of parametric curves, sampled anew for each prefix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Self

import joblib
import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.metric import Metric
from simlab.predictors.lce_extrapolation import THINNING, Chains, extrapolate
from simlab.predictors.lce_families import FAMILIES
from simlab.predictors.prediction import QUANTILE_LEVELS, Prediction
from simlab.predictors.predictor import Predictor
from simlab.predictors.score_scale import scale_of

Floats = npt.NDArray[np.float64]

#: Parameters of all families, their weights, and sigma.
_DIMENSION = sum(len(family.start) + 1 for family in FAMILIES) + 1
#: Forecasts kept in memory: they depend on the prefix alone, and every ordering asks for the same ones.
_KEPT = 2**17
#: Prefixes that one thread extrapolates in a row.
_BATCH = 32


@dataclass(frozen=True, eq=False)
class Forecast:
    """What the extrapolation of one prefix says.

    Attributes
    ----------
    mean : float
        Of y_T as it would be observed, noise included: the mean on the scale of the families, mapped back to
        a score; NaN where there is no model.
    sigma : float
        Half the distance between the scores one standard deviation above and below it on that scale;
        infinite where they are beyond all numbers.
    quantiles : ndarray, shape (q,)
        At :data:`simlab.predictors.predictor.QUANTILE_LEVELS`.
    families : tuple of str
        Families in the sum; none for a flat prefix, and where there is no model.
    acceptance : float
        Share of accepted moves.
    effective_samples : float
        Number of independent draws that the chains are worth.
    n_lost : int
        Draws left out because their walker never reached the prior's support.
    """

    mean: float
    sigma: float
    quantiles: Floats
    families: tuple[str, ...] = ()
    acceptance: float = np.nan
    effective_samples: float = np.nan
    n_lost: int = 0


class LCE(Predictor):
    """Learning curve extrapolation (Domhan et al. 2015; paper, Section 3.3.1).

    The curve is a weighted sum of eleven parametric families with Gaussian noise. All parameters, the weights
    and the noise are sampled by affine-invariant Markov chains that start at the least-squares fits. It
    learns from the prefix alone, so it needs no burn-in; a training set only tells it the metric and the
    number of epochs T. The same prefix gets the same prediction in every batch.

    - Fewer than 3 epochs: no model (NaN).
    - A flat prefix: y_T is that score, with sigma 0: the limit of the model, whose noise vanishes.
    - A family whose own least-squares fit falls from epoch 2 to T is left out, as in the original. On a
      prefix that falls, only families remain that fit it by a constant; where none does, there is no model.
    - Scores reach the families on the scale of :func:`simlab.predictors.score_scale.scale_of`.

    Parameters
    ----------
    walkers : int
        Members of the ensemble: even, and at least twice the 48 dimensions.
    steps, discard : int
        Moves of the ensemble, and how many of them come before the first draw that counts; multiples of 10.
    random_state : int

    Attributes
    ----------
    metric_ : Metric
    horizon_ : int
        Epoch T for which it predicts.

    References
    ----------
    Domhan, Springenberg, Hutter. Speeding up automatic hyperparameter optimization of deep neural networks by
    extrapolation of learning curves. IJCAI 2015.

    Examples
    --------
    >>> from simlab.corpus import FeatureMatrix
    >>> nothing = FeatureMatrix((), np.empty((0, 0)))
    >>> accuracy = Metric(name="accuracy", direction="maximize", bounds=(0, 1))
    >>> nobody = np.empty((0, 20)), np.empty(0, int), np.empty(0), nothing, nothing
    >>> lce = LCE(steps=500, discard=100).fit(TrainingSet(*nobody, metric=accuracy))
    >>> forecast = lce.forecast(np.array([0.2, 0.35, 0.42, 0.47, 0.49, 0.52]))
    >>> bool(0.5 < forecast.mean < 0.75), len(forecast.families)
    (True, 11)
    """

    name: ClassVar[str] = "lce"
    learns: ClassVar[bool] = False
    min_epochs: ClassVar[int] = 3

    def __init__(
        self, *, walkers: int = 100, steps: int = 2500, discard: int = 500, random_state: int = 0
    ) -> None:
        self.walkers = walkers
        self.steps = steps
        self.discard = discard
        self.random_state = random_state

    def fit(self, training: TrainingSet) -> Self:
        """Take note of the metric and the number of epochs; the curves themselves are not looked at.

        Raises
        ------
        SettingError
            If a setting is out of range.
        """
        if self.walkers % 2 or self.walkers < 2 * _DIMENSION:
            raise SettingError(f"walkers must be even and at least {2 * _DIMENSION}, not {self.walkers}")
        if self.steps % THINNING or self.discard % THINNING or not 0 <= self.discard < self.steps:
            raise SettingError(
                f"steps and discard must be multiples of {THINNING} with 0 <= discard < steps, "
                f"not {self.steps} and {self.discard}"
            )
        if self.random_state < 0:
            raise SettingError(f"random_state must be 0 or larger, not {self.random_state}")
        self.metric_ = training.metric
        self.horizon_ = int(training.scores.shape[1])
        return self

    def predict(self, prefixes: Prefixes) -> Prediction:
        """Extrapolate each prefix to the horizon, on all cores: the kernels leave the interpreter free."""
        check_is_fitted(self)
        batches = np.array_split(prefixes.scores, max(1, -(-len(prefixes) // _BATCH)))
        parts = joblib.Parallel(n_jobs=-1, require="sharedmem")(
            joblib.delayed(self._forecasts)(batch) for batch in batches
        )
        forecasts = [forecast for part in parts for forecast in part]
        quantiles = np.array([forecast.quantiles for forecast in forecasts])

        def column(values: Iterable[float]) -> Floats:
            return np.fromiter(values, np.float64, len(forecasts))

        return Prediction(
            mean=column(forecast.mean for forecast in forecasts),
            sigma=column(forecast.sigma for forecast in forecasts),
            quantiles=quantiles.reshape(len(forecasts), len(QUANTILE_LEVELS)),
            diagnostics={
                "n_families": column(len(forecast.families) for forecast in forecasts),
                "acceptance": column(forecast.acceptance for forecast in forecasts),
                "effective_samples": column(forecast.effective_samples for forecast in forecasts),
                "n_lost": column(forecast.n_lost for forecast in forecasts),
            },
        )

    def _forecasts(self, prefixes: Floats) -> list[Forecast]:
        return [self.forecast(scores) for scores in prefixes]

    def forecast(self, scores: Floats) -> Forecast:
        """Extrapolate one prefix, and say how it went.

        Parameters
        ----------
        scores : ndarray, shape (t,)

        Raises
        ------
        CorpusError
            If a score is not finite.
        """
        check_is_fitted(self)
        scores = np.ascontiguousarray(scores, dtype=np.float64)
        if not np.isfinite(scores).all():
            epoch = int(np.argmin(np.isfinite(scores))) + 1
            raise CorpusError(
                f"a prefix to extrapolate must be finite, but is not at epoch {epoch}; cut it before"
            )
        chains = Chains(self.walkers, self.steps, self.discard, self.random_state)
        return _forecast(scores.tobytes(), self.metric_, self.horizon_, chains)


@lru_cache(maxsize=_KEPT)
def _forecast(prefix: bytes, metric: Metric, horizon: int, chains: Chains) -> Forecast:
    scores = np.frombuffer(prefix)
    if len(scores) < LCE.min_epochs:
        return _no_model()
    if np.ptp(scores) == 0:
        return Forecast(float(scores[0]), 0.0, np.full(len(QUANTILE_LEVELS), scores[0]))
    scale = scale_of(metric, scores)
    found = extrapolate(scale.unit(scores), horizon, chains)
    if found is None:
        return _no_model()
    # Mapped back afterwards: on a logarithmic scale a few draws would be the mean of all.
    bounds = found.mean + found.sigma * np.array([-1, 0, 1])
    with np.errstate(over="ignore"):
        worse, middle, better = scale.score(bounds).tolist()
    return Forecast(
        mean=middle,
        sigma=(better - worse) / 2,
        quantiles=scale.score(np.quantile(found.draws, QUANTILE_LEVELS)),
        families=found.families,
        acceptance=found.acceptance,
        effective_samples=found.effective_samples,
        n_lost=found.n_lost,
    )


def _no_model() -> Forecast:
    return Forecast(np.nan, np.nan, np.full(len(QUANTILE_LEVELS), np.nan))
