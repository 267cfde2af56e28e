"""croissant.json: the machine-readable description of a corpus (MLCommons Croissant 1.0), with checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from simlab.corpus.corpus import Corpus
from simlab.corpus.schema import CONFIGS_FILE, CURVES_FILE

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "recordSet": "cr:recordSet",
    "field": "cr:field",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "source": "cr:source",
    "extract": "cr:extract",
    "fileObject": "cr:fileObject",
    "column": "cr:column",
}


_FORMATS = {".parquet": "application/vnd.apache.parquet", ".svg": "image/svg+xml"}


def describe_files(corpus: Corpus, folder: Path, charts: Sequence[str] = ()) -> dict[str, Any]:
    """Describe a written corpus folder.

    Parameters
    ----------
    corpus : Corpus
    folder : path
        Holds the two Parquet files and the charts already.
    charts : sequence of str
        Names of the card's charts.

    Returns
    -------
    dict
        JSON-LD with a SHA-256 per file and a record set per table.
    """
    tables = {name: pl.read_parquet_schema(folder / name) for name in (CURVES_FILE, CONFIGS_FILE)}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": corpus.name,
        "description": corpus.metadata.get("title", f"Learning curves: {corpus.name}"),
        "license": corpus.metadata.get("license", "unknown"),
        "version": str(corpus.metadata.get("version", "1.0.0")),
        "distribution": [_file_object(folder / name) for name in (*tables, *charts)],
        "recordSet": [_record_set(name, schema) for name, schema in tables.items()],
    }


def _file_object(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "contentSize": f"{len(content)} B",
        "encodingFormat": _FORMATS[path.suffix],
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _record_set(file: str, schema: Mapping[str, pl.DataType]) -> dict[str, Any]:
    table = file.removesuffix(".parquet")
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{table}/{column}",
                "name": column,
                "dataType": _data_type(dtype),
                "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
            }
            for column, dtype in schema.items()
        ],
    }


def _data_type(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "sc:Integer"
    if dtype.is_float():
        return "sc:Float"
    return "sc:Boolean" if dtype == pl.Boolean else "sc:Text"
