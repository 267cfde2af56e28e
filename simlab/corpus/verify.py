"""A corpus folder checked from end to end: files, checksums, data contract."""

from __future__ import annotations

from pathlib import Path

from simlab.corpus.schema import CARD_FILE, CONFIGS_FILE, CROISSANT_FILE, CURVES_FILE
from simlab.corpus.storage import read_checksums, read_tables, sha256
from simlab.corpus.validation import Finding, find_problems
from simlab.errors import CorpusError, SimlabError

MISSING = "file is missing"
WRONG_CHECKSUM = f"wrong checksum: not the file that {CROISSANT_FILE} describes"


def verify(folder: str | Path) -> list[Finding]:
    """Check everything about a corpus folder and return all that is wrong, not the first.

    Parameters
    ----------
    folder : path

    Returns
    -------
    list of Finding
        Missing files, wrong SHA-256, schema, ranges, duplicates, gaps; empty for a sound corpus.
    """
    folder = Path(folder)
    found: list[Finding] = []
    listed: dict[str, str] = {}
    try:
        listed = read_checksums(folder)
    except CorpusError as error:
        found.append(Finding(CROISSANT_FILE, "", "cannot be read", 1, (), str(error)))
    expected = dict.fromkeys((CURVES_FILE, CONFIGS_FILE, CARD_FILE, CROISSANT_FILE, *listed))
    for name in expected:
        if not (folder / name).is_file():
            found.append(Finding(name, "", MISSING, 1, (), "Fetch or write the corpus again."))
        elif name in listed and sha256(folder / name) != listed[name]:
            found.append(Finding(name, "", WRONG_CHECKSUM, 1, (), "Fetch it again."))
    if {CURVES_FILE, CONFIGS_FILE} & {finding.file for finding in found if finding.rule == MISSING}:
        return found
    try:
        curves, configs, metric, _ = read_tables(folder)
    except SimlabError as error:
        return [*found, Finding("tables", "", "cannot be checked", 1, (), str(error))]
    return found + find_problems(curves, configs, metric)
