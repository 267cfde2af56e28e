"""``simlab corpora``: which corpora there are, what is in one, and whether its files are sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli.output import percent, print_json, print_table, rounded

if TYPE_CHECKING:
    from simlab.corpus import Corpus

app = typer.Typer(no_args_is_help=True, help="List, describe and verify corpora of learning curves.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A shipped corpus, or a corpus folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_corpora(as_json: AsJson = False) -> None:
    """List the corpora shipped with simlab."""
    from simlab.corpus.registry import load, shipped_names

    rows = [_size(load(name)) for name in shipped_names()]
    if as_json:
        print_json(rows)
    elif rows:
        print_table([key.replace("_", " ") for key in rows[0]], [list(row.values()) for row in rows])
    else:
        typer.echo("no corpora are shipped with this installation", err=True)


@app.command()
def info(name: Name, as_json: AsJson = False) -> None:
    """Describe a corpus: size, statuses, metric, final values, and how early the end can be foretold."""
    from simlab.corpus.registry import load

    facts = describe(load(name))
    if as_json:
        print_json(facts)
    else:
        _print_facts(facts)


@app.command()
def verify(name: Name, as_json: AsJson = False) -> None:
    """Check files, checksums and data contract; exit code 1 if anything is wrong."""
    from simlab.corpus.registry import find_folder
    from simlab.corpus.verify import verify as find_all

    problems = find_all(find_folder(name))
    if as_json:
        print_json({"corpus": name, "sound": not problems, "problems": [vars(one) for one in problems]})
    else:
        for problem in problems:
            typer.echo(str(problem))
        typer.echo(f"{name}: {f'{len(problems)} problems' if problems else 'sound'}", err=bool(problems))
    if problems:
        raise typer.Exit(1)


def describe(corpus: Corpus) -> dict[str, Any]:
    """Return what ``simlab corpora info`` shows, as JSON-able facts."""
    from simlab.corpus.statistics import (
        crossing_rate,
        final_quantiles,
        foresight,
        status_counts,
        worsening_share,
    )

    recorded = {key: corpus.metadata[key] for key in PROVENANCE if key in corpus.metadata}
    return _size(corpus) | {
        "status": status_counts(corpus),
        "metric": corpus.metric.to_dict(),
        "series": list(corpus.series),
        "final_values": final_quantiles(corpus),
        "standard_error": corpus.standard_error,
        "worsening_share": worsening_share(corpus),
        "crossing_rate": crossing_rate(corpus),
        "foresight": [vars(one) for one in foresight(corpus)],
        "architecture_parameters": list(corpus.architecture_parameters.names),
        "hyperparameters": list(corpus.hyperparameters.names),
        "provenance": recorded,
        "digest": corpus.digest,
    }


#: What of a corpus' metadata ``info`` shows; the card holds all of it.
PROVENANCE = ("title", "license", "data", "recipe", "seed", "commit", "software", "hardware")


def _size(corpus: Corpus) -> dict[str, Any]:
    metric = corpus.metric
    return {
        "name": corpus.name,
        "configurations": len(corpus),
        "epochs": corpus.n_epochs,
        "metric": metric.name,
        "direction": metric.direction,
    }


def _print_facts(facts: dict[str, Any]) -> None:
    metric, statuses = facts["metric"], facts["status"]
    low, high = ("none" if bound is None else rounded(bound) for bound in metric["bounds"])
    reach = f"bounds {low} to {high}, worst {rounded(metric['worst'])}"
    quantiles = ", ".join(f"{name} {rounded(value)}" for name, value in facts["final_values"].items())
    lines = {
        "corpus": f"{facts['name']}: {facts['configurations']} configurations x {facts['epochs']} epochs",
        "status": ", ".join(f"{count} {status}" for status, count in statuses.items() if count),
        "metric": f"{metric['name']}, {metric['direction']}, {reach}",
        "series": ", ".join(facts["series"]),
        "final values": quantiles,
        "standard error": rounded(facts["standard_error"]),
        "steps that got worse": percent(facts["worsening_share"]),
        "pairs that swap order after T/4": percent(facts["crossing_rate"]),
        "AP columns": ", ".join(facts["architecture_parameters"]) or "none",
        "HP columns": ", ".join(facts["hyperparameters"]) or "none",
    }
    lines |= {key: _in_one_line(value) for key, value in facts["provenance"].items()}
    for label, text in lines.items():
        typer.echo(f"{label}: {text}")
    typer.echo("\nhow well the value at an early epoch foretells the final one (completed curves):")
    print_table(
        ["share", "epoch", "Spearman", "R2 of last seen"],
        [
            [
                f"{one['share']:.0%}",
                one["epoch"],
                rounded(one["spearman"], 3),
                rounded(one["last_seen_r2"], 3),
            ]
            for one in facts["foresight"]
        ],
    )


def _in_one_line(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    # Of a nested mapping (files with their checksums) the names say enough here; --json has it all.
    parts = {key: list(one) if isinstance(one, dict) else one for key, one in value.items()}
    return ", ".join(f"{key}={one}" for key, one in parts.items())
