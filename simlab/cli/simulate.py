"""``simlab simulate``: replay a corpus under stopping policies and say what they would have saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simlab.cli.progress import progress_bar

if TYPE_CHECKING:
    from simlab.corpus import Corpus
    from simlab.simulator import SimulationResult


def simulate(
    corpus: Annotated[str, typer.Argument(help="Name of a shipped corpus, or a corpus folder.")],
    *,
    policy: Annotated[
        list[str],
        typer.Option(help="A stopping policy, repeatable; see: simlab policies."),
    ] = ["srm"],  # noqa: B006  # typer copies it
    scheduler: Annotated[
        list[str],
        typer.Option(help="A scheduler, repeatable; see: simlab schedulers."),
    ] = ["fifo"],  # noqa: B006
    regressor: Annotated[
        str, typer.Option(help="Regressor of the SRM: nusvr-rbf, nusvr-linear, random-forest or ols.")
    ] = "nusvr-rbf",
    threshold: Annotated[
        list[float], typer.Option(help="Probability at which a trial is stopped, in (0, 1]; repeatable.")
    ] = [0.95],  # noqa: B006
    tolerance: Annotated[
        float,
        typer.Option(help="Trials within this much of the incumbent are worth finishing, in metric units."),
    ] = 0.0,
    top_n: Annotated[int, typer.Option(help="Compare with the n-th best completed trial.")] = 1,
    burn_in: Annotated[int, typer.Option(help="Trials trained to the end before anything is stopped.")] = 100,
    search: Annotated[
        int | None, typer.Option(help="Random settings the SRM searches per prefix length (paper: 1000).")
    ] = None,
    percentile: Annotated[
        float | None, typer.Option(help="Percentile rules: stop what lies below it; by default the median.")
    ] = None,
    patience: Annotated[int, typer.Option(help="patience: epochs without improvement.")] = 5,
    min_epochs: Annotated[
        int,
        typer.Option(help="First epoch after which a policy is asked; asha, pasha: end of the first rung."),
    ] = 1,
    check_every: Annotated[int, typer.Option(help="A policy is asked again after so many epochs.")] = 1,
    max_epochs: Annotated[
        int | None,
        typer.Option(help="Hyperband, asha, pasha: epochs of a complete training; by default the corpus's."),
    ] = None,
    eta: Annotated[
        int, typer.Option(help="Hyperband, asha, pasha: of eta configurations one is promoted.")
    ] = 3,
    preset: Annotated[
        str, typer.Option(help="Hyperband: li2017, li2017-table, keras-tuner, ray or as-printed.")
    ] = "li2017",
    runs: Annotated[int, typer.Option(min=1, help="Hyperband: runs in a row.")] = 1,
    cost: Annotated[
        Literal["continue", "retrain"],
        typer.Option(
            help="Hyperband, asha, pasha: promoted trials go on from a checkpoint, or are trained again."
        ),
    ] = "continue",
    keep: Annotated[
        float,
        typer.Option(help="fast-hyperband: share of those promoted that is trained in any case, (0, 1]."),
    ] = 1.0,
    carry_models: Annotated[
        bool, typer.Option(help="fast-hyperband: keep what was learned from one run to the next.")
    ] = True,
    orderings: Annotated[int, typer.Option(help="Random orderings of the corpus.")] = 10,
    workers: Annotated[
        int, typer.Option(help="Trials training at the same time on the simulated clock.")
    ] = 1,
    clock: Annotated[
        Literal["auto", "seconds", "epochs"],
        typer.Option(help="Unit of the simulated clock: recorded seconds, where there are any, or epochs."),
    ] = "auto",
    budget: Annotated[
        float | None, typer.Option(help="A run ends when so much was spent; unit: --budget-in.")
    ] = None,
    budget_in: Annotated[
        Literal["epochs", "seconds", "time"],
        typer.Option(help="Epochs, recorded compute seconds, or time on the simulated clock."),
    ] = "epochs",
    start_up: Annotated[float, typer.Option(help="Time before the first epoch of a new trial.")] = 0.0,
    resume_delay: Annotated[float, typer.Option(help="Time before a paused trial goes on.")] = 0.0,
    checkpoint_delay: Annotated[float, typer.Option(help="Time after the last epoch before a pause.")] = 0.0,
    decision_cost: Annotated[
        float, typer.Option(help="Time of a decision that looks at scores, a ranking or a prediction.")
    ] = 0.0,
    failure_rate: Annotated[
        float | None, typer.Option(help="Failures per worker and unit of the simulated clock.")
    ] = None,
    repair: Annotated[float, typer.Option(help="Time for which a failed worker is away.")] = 0.0,
    slow_share: Annotated[
        float | None, typer.Option(help="Probability that a worker is slow, in [0, 1].")
    ] = None,
    slow_factor: Annotated[float, typer.Option(help="A slow worker takes so many times as long.")] = 2.0,
    seed: Annotated[int, typer.Option(help="Seed of the orderings, of slow workers and of failures.")] = 0,
    n_jobs: Annotated[int, typer.Option(help="Orderings replayed in parallel; -1 uses every core.")] = -1,
    cache: Annotated[
        bool, typer.Option(help="Keep predictions on disk for the next time; see: simlab cache.")
    ] = True,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write trials to FILE.parquet, decisions and events beside it."),
    ] = None,
    record: Annotated[
        Literal["events", "decisions", "trials"],
        typer.Option(
            help="Keep trials, decisions and events; trials and decisions; or only trials, for many curves."
        ),
    ] = "events",
    report: Annotated[Path | None, typer.Option(help="Write one self-contained HTML report.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Replay CORPUS in random orderings under stopping policies: speedup, recovery of the best, regret."""
    import simlab
    from simlab.errors import SimulationError, SimulationInterrupted
    from simlab.policies import PolicySettings
    from simlab.predictions import PredictionStore
    from simlab.schedulers import HalvingSettings, build_strategies

    settings = PolicySettings(
        thresholds=threshold,
        tolerance=tolerance,
        top_n=top_n,
        burn_in=burn_in,
        regressor=regressor,
        search=search,
        percentile=percentile,
        patience=patience,
        min_epochs=min_epochs,
        check_every=check_every,
    )
    loaded = simlab.load(corpus)
    halving = HalvingSettings(
        max_epochs=loaded.n_epochs if max_epochs is None else max_epochs,
        eta=eta,
        min_epochs=min_epochs,
        preset=preset,
        runs=runs,
        cost=cost,
        keep=keep,
        carry_models=carry_models,
    )
    strategies = build_strategies(scheduler, policy, settings, halving)
    scenario = simlab.Scenario(
        start_up=start_up,
        resume=resume_delay,
        checkpoint=checkpoint_delay,
        decision_cost=decision_cost,
        failures=None if failure_rate is None else simlab.Failures(rate=failure_rate, repair=repair),
        stragglers=None if slow_share is None else simlab.Stragglers(share=slow_share, factor=slow_factor),
        budget=None if budget is None else simlab.Budget(**{budget_in: budget}),  # type: ignore[arg-type]
    )
    try:
        with progress_bar("orderings", orderings) as advance:
            result = simlab.simulate(
                loaded,
                strategies,
                orderings=orderings,
                workers=workers,
                seed=seed,
                clock=clock,
                scenario=scenario,
                n_jobs=n_jobs,
                store=PredictionStore() if cache else None,
                record=record,
                on_ordering=advance,
            )
    except (SimulationError, SimulationInterrupted) as error:
        _keep(error.partial, output)
        raise
    if output:
        result.write(output)
    if report:
        _write_report(report, loaded, result)
    if as_json:
        typer.echo(json.dumps(result.to_dict(), allow_nan=False))
    else:
        _print(result)


def _keep(partial: SimulationResult | None, output: Path | None) -> None:
    """Write the orderings that had finished before a simulation broke off, and say so."""
    if partial is None or output is None:
        return
    partial.write(output)
    typer.echo(f"{output}: the {partial.provenance['orderings']} orderings finished before", err=True)


def _print(result: SimulationResult) -> None:
    from rich.console import Console

    from simlab.charts.summary_table import summary_table

    console = Console()
    console.print(summary_table(result))
    console.print(result.preference(), soft_wrap=True)


def _write_report(path: Path, corpus: Corpus, result: SimulationResult) -> None:
    from simlab.charts.report import simulation_report, write_report

    write_report(
        path, f"What early stopping would have saved on {corpus.name}", simulation_report(corpus, result)
    )
    typer.echo(f"report: {path}", err=True)
