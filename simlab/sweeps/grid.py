"""Grids: named policies and schedulers with a value, or several, for each of their settings."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from simlab.errors import SettingError, SimlabError, UnknownNameError
from simlab.policies.registry import PolicySettings, policy_names
from simlab.schedulers.registry import SCHEDULERS, HalvingSettings, build_strategies
from simlab.schedulers.strategy import Strategy
from simlab.sweeps.value_types import check_values


def setting_types() -> dict[str, Any]:
    """Return the names that a grid may hold, and the type of each.

    Examples
    --------
    >>> types = setting_types()
    >>> types["policy"], types["threshold"], types["percentile"]
    (<class 'str'>, <class 'float'>, float | None)
    """
    hints = get_type_hints(PolicySettings) | get_type_hints(HalvingSettings)
    del hints["thresholds"]
    return {"policy": str, "scheduler": str, "threshold": float} | hints


def check_grid(grid: Mapping[str, Any], number: int) -> None:
    """Check names and types.

    Parameters
    ----------
    grid : mapping
        A value, or a list of values, for each setting.
    number : int
        Which grid of the sweep it is, for the message.

    Raises
    ------
    SettingError
        Naming the grid and the setting, with the nearest known name.
    """
    types = setting_types()
    known: dict[str, Iterable[str]] = {"policy": policy_names(), "scheduler": SCHEDULERS}
    for name, values in grid.items():
        try:
            if not _listed(values):
                raise SettingError(f"{name} has no value")
            for value in _listed(values):
                check_values({name: value}, types, "setting")
                if name in known and value not in known[name]:
                    raise UnknownNameError(name, value, known[name])
        except SimlabError as error:
            raise SettingError(f"grid {number}: {error}") from error


def expand(grid: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every combination of a grid's values, the setting named last varying fastest.

    Examples
    --------
    >>> expand({"policy": "srm", "top_n": [1, 10], "threshold": [0.9, 0.99]})[:2]
    [{'policy': 'srm', 'top_n': 1, 'threshold': 0.9}, {'policy': 'srm', 'top_n': 1, 'threshold': 0.99}]
    """
    return [dict(zip(grid, point, strict=True)) for point in itertools.product(*map(_listed, grid.values()))]


def build(point: Mapping[str, Any], n_epochs: int) -> list[Strategy]:
    """Build what one combination of settings names.

    Parameters
    ----------
    point : mapping
        A value for some settings; ``policy`` is "never" and ``scheduler`` "fifo" where they are left out.
    n_epochs : int
        ``max_epochs`` where it is left out.

    Raises
    ------
    UnknownNameError
        With the nearest known name.
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> [one.settings()["max_epochs"] for one in build({"scheduler": "asha", "eta": 2}, n_epochs=20)]
    [20]
    """
    given = dict(point)
    policy, scheduler = given.pop("policy", "never"), given.pop("scheduler", "fifo")
    if "threshold" in given:
        given["thresholds"] = (given.pop("threshold"),)
    policies = {field.name: given[field.name] for field in fields(PolicySettings) if field.name in given}
    halving = {field.name: given[field.name] for field in fields(HalvingSettings) if field.name in given}
    return build_strategies(
        [scheduler],
        [policy],
        PolicySettings(**policies),
        HalvingSettings(**({"max_epochs": n_epochs} | halving)),
    )


def _listed(values: Any) -> list[Any]:
    return list(values) if type(values) in (list, tuple) else [values]
