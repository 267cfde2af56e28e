"""``simlab predict``: how well predictors tell the end of a curve from its beginning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simlab.cli.output import print_json, print_table
from simlab.cli.progress import progress_bar

if TYPE_CHECKING:
    from simlab.evaluation import PredictionStudy


def predict(
    corpus: Annotated[str, typer.Argument(help="Name of a shipped corpus, or a corpus folder.")],
    *,
    predictor: Annotated[
        list[str],
        typer.Option(
            help="srm, lce, lcnet, lcnet-inductive, power-law, pooled-boosting or last-seen; repeatable."
        ),
    ] = ["srm", "last-seen"],  # noqa: B006  # typer copies it
    train: Annotated[int, typer.Option(help="Curves to learn from; all others are predicted.")] = 100,
    repeats: Annotated[int, typer.Option(help="Random training sets.")] = 10,
    fractions: Annotated[
        str, typer.Option(help="Shares of the curve that are observed, separated by commas.")
    ] = "0.1,0.25,0.5,0.75",
    regressor: Annotated[
        str, typer.Option(help="Regressor of the SRM: nusvr-rbf, nusvr-linear, random-forest or ols.")
    ] = "nusvr-rbf",
    features: Annotated[
        str, typer.Option(help="Features of the SRM, of ts (curve), ap (architecture), hp (hyperparameters).")
    ] = "ts,ap,hp",
    search: Annotated[
        int | None, typer.Option(help="Random settings the SRM searches per prefix length (paper: 1000).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the training sets.")] = 0,
    n_jobs: Annotated[int, typer.Option(help="Training sets in parallel; -1 uses every core.")] = -1,
    cache: Annotated[
        bool, typer.Option(help="Keep predictions on disk for the next time; see: simlab cache.")
    ] = True,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write every prediction to FILE.parquet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Train predictors on a few curves of CORPUS, predict all the others, and say how well."""
    import simlab
    from simlab.predictions import PredictionStore
    from simlab.predictors.building import PredictorSettings, build_predictor

    settings = PredictorSettings(regressor=regressor, features=_words(features), search=search)
    predictors = [build_predictor(name, settings) for name in predictor]
    with progress_bar("training sets", repeats) as advance:
        study = simlab.evaluate(
            simlab.load(corpus),
            predictors,
            train=train,
            repeats=repeats,
            fractions=_numbers(fractions),
            seed=seed,
            n_jobs=n_jobs,
            store=PredictionStore() if cache else None,
            on_repeat=advance,
        )
    if output:
        study.write(output)
    if as_json:
        print_json(study.to_dict())
    else:
        _print(study)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str) -> list[float]:
    from simlab.errors import SettingError

    try:
        return [float(word) for word in _words(text)]
    except ValueError:
        raise SettingError(f"fractions must be numbers separated by commas, not '{text}'") from None


def _print(study: PredictionStudy) -> None:
    from simlab.charts.prediction_table import prediction_caption, prediction_cells

    cells = prediction_cells(study)
    print_table(cells.columns, cells.rows())
    typer.echo(prediction_caption(study))
