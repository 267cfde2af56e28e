"""Predictors built by name, as the command line and sweeps ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simlab.predictors.features import FEATURE_SETS
from simlab.predictors.registry import PREDICTORS, REGRESSORS

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor


@dataclass(frozen=True, kw_only=True)
class PredictorSettings:
    """What the named predictors are built from; each takes what concerns it.

    Attributes
    ----------
    regressor : str
        Regressor of the SRM.
    features : sequence of {"ts", "ap", "hp"}
        Feature sets of the SRM.
    search : int or None
        Settings the SRM searches; None for its default.
    steps : int or None
        Steps of the Markov chains of LCE, a fifth of them discarded, or of an LC-Net, half of them; None for
        their defaults.
    """

    regressor: str = "nusvr-rbf"
    features: Sequence[str] = FEATURE_SETS
    search: int | None = None
    steps: int | None = None


def build_predictor(name: str, settings: PredictorSettings | None = None) -> Predictor:
    """Build a predictor by its name.

    Raises
    ------
    UnknownNameError
        With the nearest known name, of the predictor or the regressor.

    Examples
    --------
    >>> build_predictor("srm", PredictorSettings(regressor="ols", features=("ts",)))
    SRM(features=('ts',), regressor='ols')
    """
    settings = settings or PredictorSettings()
    found = PREDICTORS[name]
    if name == "srm":
        REGRESSORS[settings.regressor]  # an unknown one is refused here, not in the middle of a study
        return found(regressor=settings.regressor, features=tuple(settings.features), search=settings.search)
    if name == "lce" and settings.steps is not None:
        return found(steps=settings.steps, discard=settings.steps // 50 * 10)
    if name in {"lcnet", "lcnet-inductive"} and settings.steps is not None:
        return found(steps=settings.steps, discard=settings.steps // 200 * 100)
    return found()
