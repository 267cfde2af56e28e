"""A user's own runs, read from a CSV or Parquet file and written as a corpus."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import polars as pl

import simlab
from simlab.corpus.corpus import Corpus
from simlab.corpus.schema import (
    CARD_FILE,
    CENSORED,
    CONFIGS_FILE,
    CROISSANT_FILE,
    CURVES_FILE,
    DIVERGED,
    offenders,
)
from simlab.corpus.storage import write_corpus
from simlab.corpus.tables import tables_from_frame
from simlab.errors import CorpusError, with_nearest

FileFormat = Literal["csv", "parquet"]


@dataclass(frozen=True)
class Imported:
    """What an import made.

    Attributes
    ----------
    corpus : Corpus
    folder : Path
    notes : list of str
        What was inferred or is unknown, each with the option that changes it.
    """

    corpus: Corpus
    folder: Path
    notes: list[str]


def import_runs(
    path: str | Path,
    folder: str | Path,
    *,
    file_format: FileFormat,
    runs: str | Path | None = None,
    where: Mapping[str, str] | None = None,
    name: str | None = None,
    license: str = "unknown",  # noqa: A002 - the word of the card
    validation_size: int | None = None,
    overwrite: bool = False,
    **settings: Any,
) -> Imported:
    """Turn a table of past runs into a corpus folder.

    Parameters
    ----------
    path : path
        Table with one row per run and epoch.
    folder : path
        Where the corpus goes.
    file_format : {"csv", "parquet"}
    runs : path, optional
        Second table of the same format with one row per run (its hyperparameters), joined on ``config_id``.
    where : mapping of str to str, optional
        Keep only the rows that hold these values in these columns, e.g. one task of many.
    name : str, optional
        By default the folder's name.
    license : str
        Of the data.
    validation_size : int, optional
        Number of examples the metric was measured on; gives an accuracy its standard error.
    overwrite : bool
        Replace an earlier corpus.
    **settings
        Columns and conventions, as in :func:`simlab.corpus.tables.tables_from_frame`.

    Returns
    -------
    Imported

    Raises
    ------
    CorpusError
        If a file cannot be read, a rule of the data contract is broken, or the folder is taken.
    """
    path, folder = Path(path), Path(folder)
    _require_free(folder, overwrite)
    key = settings["config_id"]
    frame = read_runs(path, file_format, key)
    sources = {path.name: _sha256(path)}
    if runs is not None:
        frame = _join(frame, path, read_runs(Path(runs), file_format, key), Path(runs), key)
        sources[Path(runs).name] = _sha256(Path(runs))
    frame = _keep(frame, path, where or {})
    curves, configs, metric = tables_from_frame(frame, source=str(path), **settings)
    name = name or folder.resolve().name
    metadata = {
        "name": name,
        "title": f"Imported runs: {name}",
        "description": f"Learning curves imported by simlab from {' and '.join(sources)}.",
        "license": license,
        "data": {"files": sources} | ({"validation": validation_size} if validation_size else {}),
        "import": _told(settings | {"where": where}),
        "software": {"simlab": simlab.__version__},
    }
    corpus = write_corpus(folder, curves, configs, metric, metadata)
    return Imported(corpus, folder, _notes(corpus, settings))


def read_runs(path: Path, file_format: FileFormat, key: str) -> pl.DataFrame:
    """Read a user's table; the ``key`` column of a CSV stays text, so that run ``007`` keeps its name.

    Raises
    ------
    CorpusError
        If the file is missing or is not what its format says.
    """
    if not path.is_file():
        beside = [one.name for one in path.parent.glob("*") if one.is_file()]
        raise CorpusError(f"{path}: no file {with_nearest(path.name, beside)} there.")
    try:
        return _READERS[file_format](path.read_bytes(), key)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise CorpusError(
            f"{path}: cannot be read as {file_format} (truncated, damaged or another format): {reason}"
        ) from error


_READERS: Mapping[FileFormat, Callable[[bytes, str], pl.DataFrame]] = {
    "csv": lambda content, key: pl.read_csv(
        content,
        infer_schema_length=None,
        schema_overrides={key: pl.String},
        null_values=["NA", "N/A", "null"],
    ),
    "parquet": lambda content, _: pl.read_parquet(BytesIO(content)),
}


def _told(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were given and do not stand in the metric's description already."""
    elsewhere = ("direction", "bounds", "worst", "metric")
    return {key: value for key, value in settings.items() if key not in elsewhere and value}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _require_free(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that holds files an import would replace."""
    if folder.exists() and not folder.is_dir():
        raise CorpusError(f"{folder}: is a file. Name a folder for the corpus.")
    taken = [one for one in (CURVES_FILE, CONFIGS_FILE, CARD_FILE, CROISSANT_FILE) if (folder / one).exists()]
    if taken and CURVES_FILE not in taken:
        raise CorpusError(f"{folder}: is no corpus, but holds {', '.join(taken)}. Name a new folder.")
    if taken and not overwrite:
        raise CorpusError(f"{folder}: holds a corpus already. Name another folder, or say --overwrite.")


def _join(curves: pl.DataFrame, path: Path, runs: pl.DataFrame, runs_path: Path, key: str) -> pl.DataFrame:
    """Add the columns of the runs' table to every row of the curves' table."""
    for table, file in ((curves, path), (runs, runs_path)):
        if key not in table.columns:
            raise CorpusError(
                f"{file}: no column {with_nearest(key, table.columns)}. It has: {', '.join(table.columns)}"
            )
    curves, runs = (table.with_columns(pl.col(key).cast(pl.String)) for table in (curves, runs))
    twice = runs.filter(pl.col(key).is_duplicated())[key].unique().sort()
    if len(twice):
        raise CorpusError(
            f"{runs_path}, column '{key}': must be unique, but repeats ({len(twice)}x): "
            f"{offenders(twice.to_list())}. Keep one row per run."
        )
    unknown = curves.join(runs, on=key, how="anti")[key].unique().sort()
    if len(unknown):
        raise CorpusError(
            f"{path}, column '{key}': not in {runs_path} ({len(unknown)}x): "
            f"{offenders(unknown.to_list())}. Add a row for each run."
        )
    fresh = [column for column in runs.columns if column == key or column not in curves.columns]
    return curves.join(runs.select(fresh), on=key, how="left", maintain_order="left")


def _keep(frame: pl.DataFrame, path: Path, where: Mapping[str, str]) -> pl.DataFrame:
    """Keep the rows that hold the wanted values; every condition must leave some."""
    for column, wanted in where.items():
        if column not in frame.columns:
            raise CorpusError(
                f"{path}: no column {with_nearest(column, frame.columns)}. It has: {', '.join(frame.columns)}"
            )
        texts = frame[column].cast(pl.String)
        if wanted not in texts:
            known = texts.drop_nulls().unique().sort().to_list()
            raise CorpusError(
                f"{path}, column '{column}': no row holds {with_nearest(wanted, known)}. "
                f"It holds: {offenders(known)}"
            )
        frame = frame.filter(texts == wanted)
    return frame


def _notes(corpus: Corpus, settings: Mapping[str, Any]) -> list[str]:
    """Say what was inferred, and what could not be."""
    notes = _divergence_notes(corpus) if settings.get("nan_values") == "diverged" else []
    short = int((corpus.lengths < corpus.n_epochs)[corpus.status != DIVERGED].sum())
    if short and not settings.get("status"):
        censored = CENSORED in corpus.status
        other = "completed if they finished" if censored else "censored if somebody stopped them"
        notes.append(
            f"{short} runs shorter than {corpus.n_epochs} epochs: "
            f"{'censored' if censored else 'completed'}; --short-runs {other}"
        )
    if not all(map(math.isfinite, corpus.metric.bounds)):
        notes.append(
            "the metric's bounds were not given, so out-of-range values cannot be found; --bounds LOW HIGH"
        )
    if not corpus.has_seconds:
        notes.append("no seconds: savings are counted in epochs only; --seconds COLUMN")
    if corpus.metric.is_proportion and corpus.standard_error is None:
        notes.append("the standard error of the best value is unknown; --validation-size N")
    return notes


def _divergence_notes(corpus: Corpus) -> list[str]:
    """Say what became of runs that held a value which is no finite number."""
    diverged, worst = corpus.status == DIVERGED, corpus.metric.worst
    if worst is None or not diverged.any():
        return []
    notes = [
        f"{diverged.sum()} runs held NaN, infinity or nothing: diverged, end before it, final value {worst:g}"
    ]
    empty = int((diverged & (corpus.lengths == 0)).sum())
    if empty:
        notes.append(f"{empty} of them hold no number at all; leave them out if the metric was not recorded")
    below = int((corpus.final_scores[corpus.completed] < corpus.metric.score(worst)).sum())
    if below:
        notes.append(f"{below} completed runs end worse than that; --worst VALUE")
    return notes
