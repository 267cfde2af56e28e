"""``simlab brackets``: the table of a Hyperband run, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simlab.cli.output import print_json, print_table

if TYPE_CHECKING:
    from simlab.schedulers import Bracket


def brackets(
    *,
    max_epochs: Annotated[int, typer.Option(help="Epochs of a complete training, R.")],
    eta: Annotated[int, typer.Option(help="Of eta configurations one is promoted.")] = 3,
    preset: Annotated[
        str,
        typer.Option(help="Reading of Hyperband: li2017, li2017-table, keras-tuner, ray or as-printed."),
    ] = "li2017",
    rounding: Annotated[
        Literal["floor", "ceil", "round"] | None,
        typer.Option(help="How the epochs of a rung become whole; by default as the preset does."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Show how many configurations Hyperband trains to which epoch, and how many epochs that costs."""
    from simlab.schedulers import make_brackets

    made = make_brackets(max_epochs, eta, preset, rounding=rounding)
    settings = {"max_epochs": max_epochs, "eta": eta, "preset": preset, "rounding": rounding}
    if as_json:
        print_json(settings | _to_dict(made))
    else:
        _print(made)


def _to_dict(made: list[Bracket]) -> dict[str, Any]:
    return {
        "brackets": [
            {
                "bracket": bracket.number,
                "rungs": [
                    {"configs": rung.configs, "epochs": rung.epochs, "epochs_real": float(rung.epochs_real)}
                    for rung in bracket.rungs
                ],
            }
            for bracket in made
        ],
        "cost": _cost(made),
    }


def _cost(made: list[Bracket]) -> dict[str, int]:
    return {
        "continue": sum(bracket.cost("continue") for bracket in made),
        "retrain": sum(bracket.cost("retrain") for bracket in made),
    }


def _print(made: list[Bracket]) -> None:
    longest = max(len(bracket.rungs) for bracket in made)
    rows = [
        [bracket.number, *(f"{rung.configs} x {rung.epochs}" for rung in bracket.rungs)]
        + [""] * (longest - len(bracket.rungs))
        + [bracket.cost("continue")]
        for bracket in made
    ]
    print_table(["bracket", *(f"rung {rung}" for rung in range(longest)), "epochs"], rows)
    cost = _cost(made)
    typer.echo(f"{cost['continue']} epochs in all; {cost['retrain']} where every rung trains anew")
