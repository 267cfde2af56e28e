"""Policies by name, as the command line and sweeps ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import getdoc

from simlab.errors import UnknownNameError
from simlab.policies.certainty import CertaintyRule
from simlab.policies.combined import Checkpoints
from simlab.policies.hyperband_stopping import HyperbandStopping
from simlab.policies.never import Never
from simlab.policies.oracle import Oracle
from simlab.policies.patience import Patience
from simlab.policies.percentile import PercentileRule
from simlab.policies.policy import Policy
from simlab.policies.presets import PERCENTILE_PRESETS, PERCENTILE_SUMMARIES
from simlab.policies.threshold import ThresholdRule
from simlab.predictors import PREDICTORS
from simlab.predictors.building import PredictorSettings, build_predictor


@dataclass(frozen=True, kw_only=True)
class PolicySettings:
    """What the named policies are built from.

    Attributes
    ----------
    thresholds : sequence of float
        One rule is built for each.
    tolerance, top_n, burn_in
        As in :class:`ThresholdRule`.
    regressor : str
        Regressor of the SRM.
    search : int or None
        Settings the SRM searches; None for its default.
    steps : int or None
        Steps of the Markov chains of LCE, a fifth of them discarded, or of an LC-Net, half of them; None for
        their defaults.
    percentile : float or None
        Percentile of the percentile rules; None for 50, the median.
    patience : int
        Epochs without improvement after which ``patience`` stops a trial.
    min_epochs : int
        First epoch at which any policy is asked; also ``min_iter`` of ``wandb`` and ``grace_period`` of
        ``median-ray``. A preset that begins later by itself, as ``percentile-ax`` does, begins later.
    check_every : int
        A policy is asked again after every so many epochs.
    """

    thresholds: Sequence[float] = (0.95,)
    tolerance: float = 0.0
    top_n: int = 1
    burn_in: int = 100
    regressor: str = "nusvr-rbf"
    search: int | None = None
    steps: int | None = None
    percentile: float | None = None
    patience: int = 5
    min_epochs: int = 1
    check_every: int = 1

    @property
    def predictor(self) -> PredictorSettings:
        """What the predictors among them are built from."""
        return PredictorSettings(regressor=self.regressor, search=self.search, steps=self.steps)


def _percentile_rule(name: str, settings: PolicySettings) -> PercentileRule:
    rule = PERCENTILE_PRESETS[name]
    if settings.percentile is not None:
        rule = replace(rule, percentile=settings.percentile)
    if name == "median-ray":  # its means begin where its grace period ends
        rule = replace(rule, grace=settings.min_epochs, average_from=settings.min_epochs)
    return rule


_FIXED: dict[str, Callable[[PolicySettings], Policy]] = {
    "never": lambda _: Never(),
    "oracle": lambda settings: Oracle(burn_in=settings.burn_in),
    "patience": lambda settings: Patience(epochs=settings.patience),
    "wandb": lambda settings: HyperbandStopping(min_iter=settings.min_epochs),
    "lce-certainty": lambda settings: CertaintyRule(
        predictor=build_predictor("lce", settings.predictor), burn_in=0
    ),
} | {name: partial(_percentile_rule, name) for name in PERCENTILE_PRESETS}


def policy_names() -> list[str]:
    """Return every name that :func:`build_policies` knows; a transductive predictor makes no policy.

    Examples
    --------
    >>> policy_names()
    ['last-seen', 'lce', 'lce-certainty', 'lcnet-inductive', 'median-optuna', 'median-ray',
     'median-syne-tune', 'median-vizier', 'never', 'oracle', 'patience', 'percentile-ax', 'pooled-boosting',
     'power-law', 'srm', 'wandb']
    """
    return sorted([*_FIXED, *(name for name in PREDICTORS if not PREDICTORS[name].transductive)])


def policy_summaries() -> dict[str, str]:
    """Return what each named policy does, in one line.

    Examples
    --------
    >>> policy_summaries()["patience"]
    'Stops a trial after so many epochs without an improvement of its own best score.'
    """
    summaries: dict[str, str] = {}
    for name in policy_names():
        if name in PERCENTILE_PRESETS:
            summaries[name] = PERCENTILE_SUMMARIES[name]
        elif name in PREDICTORS:
            summaries[name] = f"Threshold rule over a predictor: {_first_line(PREDICTORS[name])}"
        else:
            summaries[name] = _first_line(type(_FIXED[name](PolicySettings())))
    return summaries


def _first_line(documented: type) -> str:
    return (getdoc(documented) or "").partition("\n")[0]


def build_policies(names: Sequence[str], settings: PolicySettings) -> list[Policy]:
    """Build the named policies; a predictor's name means the threshold rule over it, once per threshold.

    A predictor that learns from the prefix alone gets no burn-in. All are asked at the epochs only that
    ``min_epochs`` and ``check_every`` allow.

    Raises
    ------
    UnknownNameError
        With the nearest known name.
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> rules = build_policies(["never", "last-seen"], PolicySettings(thresholds=(0.9, 0.99)))
    >>> [rule.name for rule in rules]
    ['never', 'last-seen', 'last-seen']
    """
    built: list[Policy] = []
    for name in names:
        if name in _FIXED:
            built.append(_FIXED[name](settings))
        elif name in PREDICTORS:
            built += _threshold_rules(name, settings)
        else:
            raise UnknownNameError("policy", name, policy_names())
    if settings.min_epochs == settings.check_every == 1:
        return built
    return [Checkpoints(policy, settings.min_epochs, settings.check_every) for policy in built]


def _threshold_rules(name: str, settings: PolicySettings) -> list[ThresholdRule]:
    predictor = build_predictor(name, settings.predictor)
    return [
        ThresholdRule(
            predictor=predictor,
            threshold=threshold,
            tolerance=settings.tolerance,
            top_n=settings.top_n,
            burn_in=settings.burn_in if predictor.learns else 0,
        )
        for threshold in settings.thresholds
    ]
