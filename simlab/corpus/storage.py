"""A corpus on disk: two Parquet tables with provenance inside, a card, its charts, a croissant.json."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from simlab.corpus.blocks import on_its_own, opened, whole_runs
from simlab.corpus.card import write_card
from simlab.corpus.corpus import Corpus
from simlab.corpus.croissant import describe_files
from simlab.corpus.matrices import Matrices
from simlab.corpus.schema import (
    CARD_FILE,
    CONFIGS_FILE,
    CROISSANT_FILE,
    CURVES_FILE,
    SCHEMA_VERSION,
    curves_in_order,
    in_file_order,
)
from simlab.corpus.validation import Finding, config_problems, curve_problems, merge, refuse, unreadable
from simlab.errors import CorpusError
from simlab.metric import Metric

#: Key of the JSON object that stands in the key-value metadata of every Parquet file simlab writes.
METADATA_KEY = b"simlab"
_HINT = f" A corpus folder holds {CURVES_FILE} and {CONFIGS_FILE}."


def write_corpus(
    folder: str | Path,
    curves: pl.DataFrame,
    configs: pl.DataFrame,
    metric: Metric,
    metadata: Mapping[str, Any],
) -> Corpus:
    """Check two tables against the data contract and write them as a corpus folder.

    Each file is written beside its final name and then renamed, so that a crash leaves the old file or the
    new one, never half of either; ``croissant.json``, whose checksums tie the files together, comes last.

    Parameters
    ----------
    folder : path
        Created if needed; files of an earlier corpus are replaced.
    curves, configs : polars.DataFrame
        As the data contract says; sorted here.
    metric : Metric
    metadata : mapping
        JSON-able provenance. ``name``, ``title``, ``description`` and ``license`` go onto the card; ``data``,
        ``recipe``, ``seed``, ``software`` and ``hardware`` are kept as they are.

    Returns
    -------
    Corpus
        What was written.

    Raises
    ------
    CorpusError
        If a rule is broken; nothing is written then.
    """
    folder = Path(folder)
    corpus = Corpus.from_tables(
        curves, configs, metric, name=metadata.get("name", folder.name), metadata=metadata
    )
    header = {"schema_version": SCHEMA_VERSION, "metric": metric.to_dict(), "metadata": dict(metadata)}
    folder.mkdir(parents=True, exist_ok=True)
    curves, configs = in_file_order(curves, configs)
    write_parquet(folder / CURVES_FILE, curves, header)
    write_parquet(folder / CONFIGS_FILE, configs, header)
    write_card_files(folder, corpus)
    return corpus


def write_card_files(folder: Path, corpus: Corpus, charts: Mapping[str, str] | None = None) -> None:
    """Write what describes a corpus whose tables are in the folder: charts, card and croissant.json.

    Parameters
    ----------
    folder : path
    corpus : Corpus
        What the tables hold.
    charts : mapping of str to str, optional
        Content of the card's charts by file name, e.g. ``learning-curves.svg``.
    """
    charts = charts or {}
    for name, content in charts.items():
        write_text(folder / name, content)
    write_text(folder / CARD_FILE, write_card(corpus, list(charts)))
    described = describe_files(corpus, folder, list(charts))
    write_text(folder / CROISSANT_FILE, json.dumps(described, indent=2) + "\n")


def read_tables(folder: str | Path) -> tuple[pl.DataFrame, pl.DataFrame, Metric, dict[str, Any]]:
    """Read the two tables of a corpus folder, its metric and its provenance, without checking the contract.

    Raises
    ------
    CorpusError
        If a file is missing, is no readable Parquet file, or was not written by simlab.
    """
    folder = Path(folder)
    curves, header = read_parquet(folder / CURVES_FILE)
    configs, _ = read_parquet(folder / CONFIGS_FILE)
    return curves, configs, *_described(folder, header)


def _described(folder: Path, header: Mapping[str, Any]) -> tuple[Metric, dict[str, Any]]:
    """Return metric and provenance as the header of the curves has them."""
    if "metric" not in header:
        raise CorpusError(
            f"{folder / CURVES_FILE}: holds no '{METADATA_KEY.decode()}' metadata, so its metric is unknown. "
            "Import the file first: simlab import parquet"
        )
    if header["schema_version"] > SCHEMA_VERSION:
        raise CorpusError(
            f"{folder / CURVES_FILE}: schema version {header['schema_version']} is newer than this simlab "
            f"knows ({SCHEMA_VERSION}). Upgrade simlab."
        )
    return Metric.from_dict(header["metric"]), header["metadata"]


def read_corpus(folder: str | Path) -> Corpus:
    """Read a corpus folder, compare its tables' checksums and check the data contract.

    Raises
    ------
    CorpusError
        Naming file, column, rule, count and first offenders.
    """
    folder = Path(folder)
    listed = read_checksums(folder)
    wrong = [
        name
        for name in (CURVES_FILE, CONFIGS_FILE)
        if name in listed and (folder / name).exists() and sha256(folder / name) != listed[name]
    ]
    if wrong:  # a damaged chart keeps nobody from the data
        raise CorpusError(
            f"{folder}: wrong checksum of {', '.join(wrong)}: not the file that {CROISSANT_FILE} describes. "
            "Fetch the corpus again, or finish the interrupted recording or import that writes it."
        )
    with opened(folder / CURVES_FILE, _HINT) as file:
        header = _header(file.schema_arrow)
    configs, _ = read_parquet(folder / CONFIGS_FILE)
    metric, metadata = _described(folder, header)
    name = metadata.get("name", folder.name)
    matrices = _read_curves(folder, configs, metric, name)
    return Corpus.from_matrices(matrices, configs, metric, name=name, metadata=metadata)


def _read_curves(folder: Path, configs: pl.DataFrame, metric: Metric, name: str) -> list[Matrices]:
    """Read and check the curves of a corpus block by block."""
    begun: list[pl.Series] = []
    matrices: list[Matrices] = []
    problems: list[Finding] = []
    rows = 0
    for curves in whole_runs(folder / CURVES_FILE, "config_id"):
        if not rows:
            refuse(unreadable(curves, configs), source=name)
        problems += curve_problems(curves, configs, metric, first_row=rows + 1)
        if not problems:
            matrices.append(Matrices.of(curves_in_order(curves)))
        begun.append(on_its_own(curves["config_id"].unique()))
        rows += curves.height
    problems += config_problems(configs, pl.concat(begun), metric)
    refuse(merge(problems), source=name)
    return matrices


def read_checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that croissant.json lists (nothing where it is missing).

    Raises
    ------
    CorpusError
        If croissant.json cannot be read.
    """
    path = folder / CROISSANT_FILE
    if not path.exists():
        return {}
    try:
        described = json.loads(path.read_text(encoding="utf-8"))["distribution"]
        return {entry["name"]: entry["sha256"] for entry in described}
    except (ValueError, KeyError, TypeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error!r}). Fetch or write the corpus again.") from error


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_parquet(path: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Read a Parquet file and the JSON object in its metadata (empty where there is none).

    Raises
    ------
    CorpusError
        If the file is missing, truncated or damaged.
    """
    with opened(path, _HINT) as file:  # pq.read_table imports pandas, which takes a third of a second
        table = file.read()
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame, _header(table.schema)


def _header(schema: pa.Schema) -> dict[str, Any]:
    raw = (schema.metadata or {}).get(METADATA_KEY)
    return json.loads(raw) if raw else {}


def write_parquet(path: Path, frame: pl.DataFrame, header: Mapping[str, Any]) -> None:
    """Write a frame as Parquet with a JSON object in its metadata, durably and all or nothing."""
    table = frame.to_arrow().replace_schema_metadata(
        {METADATA_KEY: json.dumps(header, sort_keys=True).encode()}
    )
    with _draft(path) as draft:
        pq.write_table(table, draft, compression="zstd")


def write_text(path: Path, text: str) -> None:
    """Write a text file, durably and all or nothing."""
    with _draft(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Yield a file to write, which is then published; remove it where one of these fails."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
        _publish(draft, path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


def _publish(draft: Path, path: Path) -> None:
    """Flush a finished draft to the disk and give it its final name."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
