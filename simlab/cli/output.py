"""How commands print data: aligned columns for people, JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import typer


def print_json(data: Any) -> None:
    """Print data as JSON; NaN and infinity, which JSON lacks, become null."""
    typer.echo(json.dumps(_plain(data), indent=2, allow_nan=False))


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as columns wide enough for their longest entry.

    Examples
    --------
    >>> print_table(["name", "epochs"], [["metaqnn-cifar10", 20]])
    name             epochs
    metaqnn-cifar10  20
    """
    lines = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def percent(share: float) -> str:
    """Write a share for people.

    Examples
    --------
    >>> percent(0.25), percent(float("nan"))
    ('25.0%', 'n/a')
    """
    return "n/a" if math.isnan(share) else f"{share:.1%}"


def rounded(value: float | None, digits: int = 4) -> str:
    """Write a number for people; ``n/a`` where it is unknown.

    Examples
    --------
    >>> rounded(0.123456), rounded(None), rounded(float("nan"))
    ('0.1235', 'n/a', 'n/a')
    """
    return "n/a" if value is None or math.isnan(value) else f"{value:.{digits}g}"
