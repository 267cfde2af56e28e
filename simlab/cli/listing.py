"""``simlab policies`` and ``simlab schedulers``: every name that ``simlab simulate`` knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from simlab.cli.output import print_json, print_table

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def policies(*, as_json: AsJson = False) -> None:
    """List the stopping policies: names for --policy, and what each does."""
    from simlab.policies import policy_summaries

    _print("policy", policy_summaries(), as_json=as_json)


def schedulers(*, as_json: AsJson = False) -> None:
    """List the schedulers: names for --scheduler, and what each does."""
    from simlab.schedulers import scheduler_summaries

    _print("scheduler", scheduler_summaries(), as_json=as_json)


def _print(kind: str, summaries: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        print_json(dict(summaries))
    else:
        print_table([kind, "what it does"], list(summaries.items()))
