"""Policies by name, as the command line and sweeps ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simlab.errors import UnknownNameError
from simlab.policies.never import Never
from simlab.policies.oracle import Oracle
from simlab.policies.policy import Policy
from simlab.policies.threshold import ThresholdRule
from simlab.predictors import PREDICTORS, SRM, Predictor
from simlab.predictors.registry import REGRESSORS


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
        Steps of the LCE's Markov chains, a fifth of them discarded; None for its default.
    """

    thresholds: Sequence[float] = (0.95,)
    tolerance: float = 0.0
    top_n: int = 1
    burn_in: int = 100
    regressor: str = "nusvr-rbf"
    search: int | None = None
    steps: int | None = None


def _never(_settings: PolicySettings) -> list[Policy]:
    return [Never()]


def _oracle(settings: PolicySettings) -> list[Policy]:
    return [Oracle(burn_in=settings.burn_in)]


def build_predictor(name: str, settings: PolicySettings) -> Predictor:
    """Build a predictor by its name."""
    if name == SRM.name:
        REGRESSORS[settings.regressor]  # an unknown one is refused here, not in the middle of a simulation
        return SRM(regressor=settings.regressor, search=settings.search)
    if name == "lce" and settings.steps is not None:
        from simlab.predictors.lce import LCE

        return LCE(steps=settings.steps, discard=settings.steps // 50 * 10)
    return PREDICTORS[name]()


_FIXED: dict[str, Callable[[PolicySettings], list[Policy]]] = {"never": _never, "oracle": _oracle}


def policy_names() -> list[str]:
    """Return every name that :func:`build_policies` knows.

    Examples
    --------
    >>> policy_names()
    ['last-seen', 'lce', 'never', 'oracle', 'srm']
    """
    return sorted([*_FIXED, *PREDICTORS])


def build_policies(names: Sequence[str], settings: PolicySettings) -> list[Policy]:
    """Build the named policies; a predictor's name means the threshold rule over it, once per threshold.

    A predictor that learns from the prefix alone gets no burn-in.

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
            built += _FIXED[name](settings)
        elif name in PREDICTORS:
            predictor = build_predictor(name, settings)
            built += [
                ThresholdRule(
                    predictor=predictor,
                    threshold=threshold,
                    tolerance=settings.tolerance,
                    top_n=settings.top_n,
                    burn_in=settings.burn_in if predictor.learns else 0,
                )
                for threshold in settings.thresholds
            ]
        else:
            raise UnknownNameError("policy", name, policy_names())
    return built
