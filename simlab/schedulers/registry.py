"""Schedulers by name, as the command line and sweeps ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, Literal

from simlab.errors import SettingError, UnknownNameError
from simlab.policies.registry import PolicySettings, build_policies
from simlab.predictors import PREDICTORS
from simlab.predictors.building import build_predictor
from simlab.schedulers.brackets import Bracket, CostModel, make_brackets
from simlab.schedulers.fast_hyperband import RungRule
from simlab.schedulers.strategy import AsynchronousHalving, Halving, InOrder, Strategy


@dataclass(frozen=True, kw_only=True)
class HalvingSettings:
    """What the named halving schedulers are built from.

    Attributes
    ----------
    max_epochs : int
        R.
    eta : int
    min_epochs : int
        Epochs of the first rung of the asynchronous ones; Hyperband's follow from the brackets.
    preset : str
        Reading of Hyperband; see :data:`simlab.schedulers.PRESETS`.
    runs : int
        How often Hyperband is run.
    cost : {"continue", "retrain"}
    keep, keep_of, carry_models
        As in :class:`RungRule`.
    """

    max_epochs: int
    eta: int = 3
    min_epochs: int = 1
    preset: str = "li2017"
    runs: int = 1
    cost: CostModel = "continue"
    keep: float = 1.0
    keep_of: Literal["configs", "next"] = "next"
    carry_models: bool = True

    def describe(self) -> dict[str, Any]:
        """Return what the brackets are made from."""
        return {"max_epochs": self.max_epochs, "eta": self.eta, "preset": self.preset}


def _fifo(names: Sequence[str], policies: PolicySettings, _: HalvingSettings) -> list[Strategy]:
    """Trains one trial after the other, in the order given; --policy stops them."""
    return [InOrder(policy) for policy in build_policies(names, policies)]


def _hyperband(_names: Sequence[str], _: PolicySettings, settings: HalvingSettings) -> list[Strategy]:
    """Brackets of successive halving, from many configurations a little to a few to the end."""
    brackets = make_brackets(settings.max_epochs, settings.eta, settings.preset)
    return [_halving("hyperband", brackets, settings)]


def _successive_halving(
    _names: Sequence[str], _: PolicySettings, settings: HalvingSettings
) -> list[Strategy]:
    """Trains many configurations a little, and the best of them further: Hyperband's largest bracket."""
    largest = max(
        make_brackets(settings.max_epochs, settings.eta, settings.preset), key=lambda one: one.number
    )
    return [_halving("successive-halving", [largest], settings)]


def _fast_hyperband(
    names: Sequence[str], policies: PolicySettings, settings: HalvingSettings
) -> list[Strategy]:
    """Hyperband with a predictor, named by --policy, that stops trials inside its rungs (f-Hyperband)."""
    brackets = make_brackets(settings.max_epochs, settings.eta, settings.preset)
    unable = [name for name in names if name not in PREDICTORS]
    if unable:
        raise SettingError(
            f"fast-hyperband stops trials by a prediction, so --policy must name a predictor "
            f"({', '.join(sorted(PREDICTORS))}), not {', '.join(unable)}"
        )
    if not policies.min_epochs == policies.check_every == 1:
        raise SettingError("fast-hyperband asks after every epoch: leave out --min-epochs and --check-every")
    return [
        _halving("fast-hyperband", brackets, settings, _rule(name, threshold, policies, settings))
        for name in names
        for threshold in policies.thresholds
    ]


def _asha(_names: Sequence[str], _: PolicySettings, settings: HalvingSettings) -> list[Strategy]:
    """Promotes a trial as soon as it is among the best of its rung; no worker waits for others."""
    return [_asynchronous("asha", settings)]


def _asha_stopping(_names: Sequence[str], _: PolicySettings, settings: HalvingSettings) -> list[Strategy]:
    """ASHA that stops for good a trial not among the best at the end of a rung (Ray Tune, Syne Tune)."""
    return [_asynchronous("asha-stopping", settings)]


def _pasha(_names: Sequence[str], _: PolicySettings, settings: HalvingSettings) -> list[Strategy]:
    """ASHA whose highest rung rises only while the rankings of the two highest disagree."""
    return [_asynchronous("pasha", settings)]


def _asynchronous(
    name: Literal["asha", "asha-stopping", "pasha"], settings: HalvingSettings
) -> AsynchronousHalving:
    return AsynchronousHalving(
        name=name,
        max_epochs=settings.max_epochs,
        eta=settings.eta,
        min_epochs=settings.min_epochs,
        cost=settings.cost,
    )


def _halving(
    name: str, brackets: Sequence[Bracket], settings: HalvingSettings, rule: RungRule | None = None
) -> Halving:
    return Halving(
        name=name,
        brackets=brackets,
        described=settings.describe(),
        runs=settings.runs,
        cost=settings.cost,
        rule=rule,
    )


def _rule(name: str, threshold: float, policies: PolicySettings, settings: HalvingSettings) -> RungRule:
    predictor = build_predictor(name, policies.predictor)
    return RungRule(
        predictor=predictor,
        threshold=threshold,
        tolerance=policies.tolerance,
        burn_in=policies.burn_in if predictor.learns else 0,
        keep=settings.keep,
        keep_of=settings.keep_of,
        carry_models=settings.carry_models,
    )


SCHEDULERS: dict[str, Callable[[Sequence[str], PolicySettings, HalvingSettings], list[Strategy]]] = {
    "fifo": _fifo,
    "successive-halving": _successive_halving,
    "hyperband": _hyperband,
    "fast-hyperband": _fast_hyperband,
    "asha": _asha,
    "asha-stopping": _asha_stopping,
    "pasha": _pasha,
}


def scheduler_summaries() -> dict[str, str]:
    """Return what each named scheduler does, in one line.

    Examples
    --------
    >>> list(scheduler_summaries())
    ['fifo', 'successive-halving', 'hyperband', 'fast-hyperband', 'asha', 'asha-stopping', 'pasha']
    """
    return {name: (getdoc(build) or "").partition("\n")[0] for name, build in SCHEDULERS.items()}


def build_strategies(
    schedulers: Sequence[str], names: Sequence[str], policies: PolicySettings, settings: HalvingSettings
) -> list[Strategy]:
    """Build the named schedulers; those that stop trials are built for every named policy and threshold.

    Parameters
    ----------
    schedulers : sequence of str
    names : sequence of str
        Names of policies.
    policies : PolicySettings
    settings : HalvingSettings

    Raises
    ------
    UnknownNameError
        With the nearest known name.
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> made = build_strategies(
    ...     ["hyperband", "fast-hyperband"],
    ...     ["last-seen"],
    ...     PolicySettings(thresholds=(0.9, 0.95)),
    ...     HalvingSettings(max_epochs=27),
    ... )
    >>> [(one.name, one.settings().get("threshold")) for one in made]
    [('hyperband', None), ('fast-hyperband', 0.9), ('fast-hyperband', 0.95)]
    """
    built: list[Strategy] = []
    for scheduler in schedulers:
        if scheduler not in SCHEDULERS:
            raise UnknownNameError("scheduler", scheduler, SCHEDULERS)
        built += SCHEDULERS[scheduler](names, policies, settings)
    return built
