"""The wheel of LEMUR's ``nn-dataset``, read as the zip it is: nothing of it is installed or run.

Training statistics stand in ``ab/nn/stat/train/<task>_<dataset>_<metric>_<model>/<epoch>.json``: a list with
one record for each run of that model which reached that epoch, the most accurate first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

import polars as pl

from simlab.corpus.storage import sha256
from simlab.errors import CorpusError

PACKAGE: Final = "nn-dataset"
VERSION: Final = "2.1.2"
SHA256: Final = "1f0b66a4f4de80a27b44a502112d4436eac1f97361ea3aae3266a550f01b07de"
STATISTICS: Final = "ab/nn/stat/train/"
_GET: Final = f"Fetch it with: pip download --no-deps {PACKAGE}=={VERSION}"

#: Columns of the records, their keys in the wheel, and whether every record must have them.
_SETTINGS: Final = {
    "uid": ("uid", True),
    "value": ("accuracy", True),
    "duration": ("duration", True),
    "learning_rate": ("lr", True),
    "batch_size": ("batch", True),
    "momentum": ("momentum", False),
    "dropout": ("dropout", False),
    "transform": ("transform", True),
}
_SCHEMA: Final = {
    "model": pl.String,
    "epoch": pl.Int32,
    "uid": pl.String,
    "value": pl.Float64,
    "duration": pl.Int64,
    "learning_rate": pl.Float64,
    "batch_size": pl.Int64,
    "momentum": pl.Float64,
    "dropout": pl.Float64,
    "transform": pl.String,
}


def check_wheel(path: Path) -> str:
    """Refuse anything but the one wheel whose curves are known, and return its SHA-256.

    Raises
    ------
    CorpusError
        If the file is missing, is no wheel, is one of another package or version, or was altered.
    """
    if not path.is_file():
        raise CorpusError(f"{path}: no such file. {_GET}")
    try:
        with ZipFile(path) as archive:
            text = _read_info(archive, "METADATA")
    except (BadZipFile, KeyError) as error:
        raise CorpusError(f"{path}: is no wheel (truncated, damaged or another file). {_GET}") from error
    metadata = Parser().parsestr(text, headersonly=True)
    if (metadata["Name"], metadata["Version"]) != (PACKAGE, VERSION):
        found = f"{metadata['Name']} {metadata['Version']}"
        raise CorpusError(f"{path}: holds {found}, not {PACKAGE} {VERSION}. {_GET}")
    digest = sha256(path)
    if digest != SHA256:
        raise CorpusError(f"{path}: is not the published {PACKAGE} {VERSION} (SHA-256 differs). {_GET}")
    return digest


def read_licence(path: Path) -> str:
    """Return the text of the wheel's licence."""
    with ZipFile(path) as archive:
        return _read_info(archive, "LICENSE").strip()


def read_records(path: Path, pipeline: str) -> pl.DataFrame:
    """Read all records of a pipeline.

    Parameters
    ----------
    path : Path
    pipeline : str
        Task, data set and metric: ``img-classification_cifar-10_acc``.

    Returns
    -------
    polars.DataFrame
        One row per record, in the wheel's order, sorted by model and epoch: ``model``, ``epoch``, ``uid``,
        ``value``, ``duration`` (nanoseconds since the run began), the settings that most models have (null
        where a model lacks one), ``transform``.

    Raises
    ------
    CorpusError
        If the wheel has no such pipeline, or a file in it cannot be read.
    """
    with ZipFile(path) as archive:
        files = sorted(_find_files(archive, pipeline))
        rows = [row for model, epoch, name in files for row in _read_file(archive, path, model, epoch, name)]
    if not rows:
        raise CorpusError(f"{path}: holds no training statistics {STATISTICS}{pipeline}_*. {_GET}")
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _find_files(archive: ZipFile, pipeline: str) -> Iterator[tuple[str, int, str]]:
    """Yield model, epoch and name of each file of statistics."""
    start = f"{STATISTICS}{pipeline}_"
    for name in archive.namelist():
        file = PurePosixPath(name)
        if name.startswith(start) and file.suffix == ".json" and file.stem.isdecimal():
            yield file.parent.name.removeprefix(f"{pipeline}_"), int(file.stem), name


def _read_file(archive: ZipFile, path: Path, model: str, epoch: int, name: str) -> Iterator[tuple[Any, ...]]:
    try:
        for record in json.loads(archive.read(name)):
            settings = (record[key] if required else record.get(key) for key, required in _SETTINGS.values())
            yield (model, epoch, *settings)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CorpusError(
            f"{path}: {name} cannot be read as training statistics ({error!r}). {_GET}"
        ) from error


def _read_info(archive: ZipFile, file: str) -> str:
    """Return a text file of the folder ``*.dist-info``."""
    for name in archive.namelist():
        folder, _, rest = name.partition("/")
        if folder.endswith(".dist-info") and PurePosixPath(rest).name == file:
            return archive.read(name).decode("utf-8")
    raise KeyError(file)
