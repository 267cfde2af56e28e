"""Sequential regression models: one regression for each number of observed epochs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from simlab.corpus.observations import Prefixes, TrainingSet
from simlab.errors import SettingError, UnknownNameError
from simlab.predictors.features import FEATURE_SETS, check_feature_sets, feature_matrix
from simlab.predictors.prediction import Prediction
from simlab.predictors.predictor import Predictor
from simlab.predictors.registry import REGRESSORS
from simlab.predictors.regressor import Model, Regressor, Settings

Integers = npt.NDArray[np.int64]

N_FOLDS = 3


@dataclass(frozen=True)
class ModelDiagnostics:
    """How the regression at one prefix length came about.

    Attributes
    ----------
    epoch : int
        Length of the prefixes.
    n_training, n_too_short : int
        Training curves that reach the epoch, and those left out because they do not.
    n_searched : int
        Settings compared.
    settings : dict
        The chosen ones.
    cv_error : float
        Their mean squared error over all held-out rows of the three folds, in squared score units.
    sigma : float
        Root mean square of the leave-one-out residuals at the chosen settings, in score units.
    n_unconverged : int
        Fits that ended at the solver's cap on iterations; their solution was used as it was.
    """

    epoch: int
    n_training: int
    n_too_short: int
    n_searched: int
    settings: Settings
    cv_error: float
    sigma: float
    n_unconverged: int


class SRM(Predictor):
    """Sequential regression models (paper, Sections 3.1 and 4): one regression per prefix length.

    The model at epoch t is built when a prediction at t is first asked for, and kept. It compares ``search``
    random settings by 3-fold cross-validation, takes sigma from leave-one-out residuals at the best of them,
    and is then fitted to all curves. Scaling is refitted for every fold and every left-out curve. Where fewer
    than ``min_training`` training curves reach t there is no model: mean and sigma are NaN.

    The paper leaves the fold score open; here it is the squared error pooled over the three folds.

    Parameters
    ----------
    regressor : {"nusvr-rbf", "nusvr-linear", "random-forest", "ols"}
        The method at each prefix length.
    features : sequence of {"ts", "ap", "hp"}
        Feature sets: time series, architecture parameters, hyperparameters.
    search : int, optional
        Random settings to compare at each length. By default the regressor's ``default_search``: the paper's
        1000 for nu-SVR (Appendix B), 8 for random-forest; OLS has nothing to search. A larger search compares
        the same settings and more.
    engine : {"compiled", "libsvm"}, optional
        What solves the problems of nu-SVR: our own compiled solver (the default), or libsvm, slower, for
        comparison. The other regressors have no choice.
    random_state : int
        Seed of settings and folds. Each prefix length has a stream of its own, so that the models do not
        depend on the order in which lengths are asked for.

    Attributes
    ----------
    training_ : TrainingSet
    diagnostics_ : list of ModelDiagnostics
        One for each model built so far, shortest prefix first.

    References
    ----------
    Baker, Gupta, Raskar, Naik. Accelerating Neural Architecture Search using Performance Prediction. 2017.

    Examples
    --------
    >>> from simlab.corpus import FeatureMatrix
    >>> final = np.linspace(0.3, 0.9, 20)
    >>> nothing = FeatureMatrix((), np.empty((20, 0)))
    >>> training = TrainingSet(final[:, None] * [0.5, 0.8, 1.0], np.full(20, 3), final, nothing, nothing)
    >>> srm = SRM(regressor="ols").fit(training)
    >>> srm.predict(training.prefixes(1)).mean[:3].round(3)
    array([0.3  , 0.332, 0.363])
    >>> srm.diagnostics_[0].n_training
    20
    """

    name: ClassVar[str] = "srm"
    min_training: ClassVar[int] = 10

    def __init__(
        self,
        *,
        regressor: str = "nusvr-rbf",
        features: Sequence[str] = FEATURE_SETS,
        search: int | None = None,
        engine: str | None = None,
        random_state: int = 0,
    ) -> None:
        self.regressor = regressor
        self.features = features
        self.search = search
        self.engine = engine
        self.random_state = random_state

    def fit(self, training: TrainingSet) -> Self:
        """Keep the training curves; the regressions follow on demand.

        Raises
        ------
        UnknownNameError
            If there is no such regressor, feature set or engine.
        SettingError
            If ``search`` or ``random_state`` is out of range, or no feature set is named.
        """
        engines = REGRESSORS[self.regressor].engines
        if self.engine is not None and self.engine not in engines:
            raise UnknownNameError(f"engine of '{self.regressor}'", self.engine, engines)
        check_feature_sets(self.features)
        if self.search is not None and self.search < 1:
            raise SettingError(f"search must be at least 1 setting, not {self.search}")
        if self.random_state < 0:
            raise SettingError(f"random_state must be 0 or larger, not {self.random_state}")
        self.training_ = training
        self._models: dict[int, tuple[Model, ModelDiagnostics] | None] = {}
        return self

    def predict(self, prefixes: Prefixes) -> Prediction:
        """Predict final scores by the regression for this prefix length, building it if need be."""
        check_is_fitted(self)
        epoch = prefixes.epoch
        if epoch not in self._models:
            self._models[epoch] = self._build(epoch)
        built = self._models[epoch]
        if built is None or not len(prefixes):
            nothing = np.full(len(prefixes), np.nan)
            return Prediction(mean=nothing, sigma=nothing.copy())
        model, diagnostics = built
        mean = model.predict(feature_matrix(prefixes, self.features))
        return Prediction(mean=mean, sigma=np.full(len(prefixes), diagnostics.sigma))

    @property
    def diagnostics_(self) -> list[ModelDiagnostics]:
        """One entry for each model built so far, shortest prefix first."""
        built = [self._models[epoch] for epoch in sorted(self._models)]
        return [entry[1] for entry in built if entry is not None]

    def describe(self) -> dict[str, Any]:
        """Return the JSON-able settings; ``search`` is the number compared at each prefix length."""
        regressor = REGRESSORS[self.regressor]
        resolved: dict[str, Any] = {
            "features": list(self.features),
            "search": self._n_settings(regressor),
            "n_folds": N_FOLDS,
            "engine": self.engine or next(iter(regressor.engines), None),
        }
        return super().describe() | resolved

    def _n_settings(self, regressor: type[Regressor]) -> int:
        if not regressor.n_random:
            return 1
        return regressor.default_search if self.search is None else self.search

    def _build(self, epoch: int) -> tuple[Model, ModelDiagnostics] | None:
        known = self.training_.reaching(epoch)
        if len(known) < self.min_training:
            return None
        method = REGRESSORS[self.regressor]
        regressor = method(engine=self.engine)
        settings_stream, fold_stream = np.random.SeedSequence(self.random_state, spawn_key=(epoch,)).spawn(2)
        shape = (self._n_settings(method), regressor.n_random)
        uniform = np.random.default_rng(settings_stream).random(shape).tolist()
        candidates = [regressor.settings(row) for row in uniform]
        folds = np.random.default_rng(fold_stream).permutation(len(known)) % N_FOLDS
        features = feature_matrix(known.prefixes(epoch), self.features)
        with _unconverged_fits() as unconverged:
            errors = regressor.cross_validation_errors(features, known.targets, candidates, folds)
            best = int(np.argmin(errors))
            residuals = regressor.leave_one_out_residuals(features, known.targets, candidates[best])
            model = regressor.fit(features, known.targets, candidates[best])
        return model, ModelDiagnostics(
            epoch=epoch,
            n_training=len(known),
            n_too_short=len(self.training_) - len(known),
            n_searched=len(candidates),
            settings=candidates[best],
            cv_error=float(errors[best]),
            sigma=float(np.sqrt(np.mean(residuals**2))),
            n_unconverged=len(unconverged),
        )


@contextmanager
def _unconverged_fits() -> Iterator[list[warnings.WarningMessage]]:
    """Collect scikit-learn's convergence warnings, to be counted instead of shown; let all others pass."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        unconverged: list[warnings.WarningMessage] = []
        yield unconverged
    for warning in caught:
        if issubclass(warning.category, ConvergenceWarning):
            unconverged.append(warning)
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
