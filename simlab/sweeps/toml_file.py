"""The TOML file that declares a sweep."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

from simlab.errors import SettingError
from simlab.simulator.scenario import Budget, Failures, Scenario, Stragglers
from simlab.sweeps.value_types import check_values

T = TypeVar("T")

_KEYS: Mapping[str, Any] = {
    "corpora": Sequence[str],
    "grids": Sequence[dict],  # type: ignore[type-arg]  # what is in them, the sweep checks
    "orderings": int,
    "block": int,
    "workers": int,
    "seed": int,
    "clock": Literal["auto", "seconds", "epochs"] | float,
    "scenario": dict,
    "level": float,
    "record": Literal["events", "decisions", "trials"],
}
#: Tables in the scenario, and what each stands for.
_PARTS: Mapping[str, type] = {"failures": Failures, "stragglers": Stragglers, "budget": Budget}


def read_declaration(path: Path) -> dict[str, Any]:
    """Return the parameters of :class:`simlab.sweeps.Sweep` that a file holds.

    Raises
    ------
    SettingError
        If it cannot be read, or a name or a type is wrong.
    """
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"cannot be read as TOML: {error}") from error
    check_values(declared, _KEYS, "key")
    if "scenario" in declared:
        declared["scenario"] = _read_scenario(declared["scenario"])
    return {"corpora": ()} | declared


def _read_scenario(table: Mapping[str, Any]) -> Scenario:
    types = get_type_hints(Scenario) | dict.fromkeys(_PARTS, dict)
    check_values(table, types, "setting of the scenario")
    parts: dict[str, Any] = {
        name: _read_part(name, part, table[name]) for name, part in _PARTS.items() if name in table
    }
    return Scenario(**{**table, **parts})


def _read_part(name: str, part: type[T], table: Mapping[str, Any]) -> T:
    check_values(table, get_type_hints(part), f"setting of scenario.{name}")
    try:
        return part(**table)
    except TypeError as error:  # one that has no default is missing
        raise SettingError(f"scenario.{name}: {str(error).partition(' ')[2]}") from error
