"""Whether a value, as a TOML file holds it, has the type that a setting is annotated with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from simlab.errors import SettingError, with_nearest


def check_values(values: Mapping[str, Any], types: Mapping[str, Any], kind: str) -> None:
    """Check names and types of settings.

    Raises
    ------
    SettingError
        Naming the setting, with the nearest known one, or what it must be.

    Examples
    --------
    >>> check_values({"sed": 1}, {"seed": int, "level": float}, "key")
    Traceback (most recent call last):
    ...
    simlab.errors.SettingError: unknown key 'sed' (did you mean 'seed'?). Known: seed, level
    """
    for name, value in values.items():
        if name not in types:
            raise SettingError(f"unknown {kind} {with_nearest(name, types)}. Known: {', '.join(types)}")
        if not fits(value, types[name]):
            raise SettingError(f"{name} must be {type_name(types[name])}, not {value!r}")


def fits(value: object, wanted: Any) -> bool:
    """Return whether a value has a type; a whole number is a number, too.

    Examples
    --------
    >>> fits(1, float), fits(True, int), fits("1", float | None), fits([1, 2.5], float | Sequence[float])
    (True, False, False, True)
    """
    options = get_args(wanted)
    if get_origin(wanted) is Literal:
        return value in options
    if get_origin(wanted) is Sequence:
        return isinstance(value, list | tuple) and all(fits(one, options[0]) for one in value)
    if options:
        return any(fits(value, one) for one in options)
    return type(value) is wanted or (wanted is float and type(value) is int)


def type_name(wanted: Any) -> str:
    """Return how a type is named in a message.

    Examples
    --------
    >>> type_name(float | None), type_name(Literal["auto", "epochs"] | float)
    ('a number', "'auto' or 'epochs' or a number")
    """
    names = {int: "a whole number", float: "a number", str: "text", bool: "true or false", dict: "a table"}
    options = get_args(wanted)
    if get_origin(wanted) is Literal:
        return " or ".join(map(repr, options))
    if get_origin(wanted) is Sequence:
        return f"a list, each {type_name(options[0])}"
    if options:
        return " or ".join(type_name(one) for one in options if one is not NoneType)
    return names[wanted]
