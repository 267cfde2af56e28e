"""Corpora by name: those shipped with simlab, and any folder on disk."""

from __future__ import annotations

from pathlib import Path

from simlab.corpus.corpus import Corpus
from simlab.corpus.schema import CURVES_FILE
from simlab.corpus.storage import read_corpus
from simlab.errors import CorpusError, UnknownNameError


def shipped_folder() -> Path:
    """Return the folder of the shipped corpora: in the installed package, or ``datasets/`` of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "datasets"
    return installed if installed.is_dir() else package.parent / "datasets"


def shipped_names() -> list[str]:
    """Return the names of the shipped corpora, sorted."""
    return sorted(path.parent.name for path in shipped_folder().glob(f"*/{CURVES_FILE}"))


def find_folder(name_or_path: str | Path) -> Path:
    """Return the folder of a corpus given by its shipped name or by a path.

    Raises
    ------
    UnknownNameError
        For a name that is no shipped corpus (with the nearest name).
    CorpusError
        For a path that is no folder.

    Examples
    --------
    >>> find_folder("metaqnn-cifar1")
    Traceback (most recent call last):
    ...
    simlab.errors.UnknownNameError: unknown corpus 'metaqnn-cifar1'; did you mean 'metaqnn-cifar10'? ...
    """
    text = str(name_or_path)
    if text in shipped_names():
        return shipped_folder() / text
    path = Path(name_or_path)
    if path.is_dir():
        return path
    if path.is_file():
        raise CorpusError(f"{path}: is a file, not a corpus folder. Import it first: simlab import --help")
    if path.name != text or path.suffix:
        known = ", ".join(shipped_names()) or "none"
        raise CorpusError(f"{path}: no such folder. Give a corpus folder or a shipped corpus: {known}")
    raise UnknownNameError("corpus", text, shipped_names())


def load(name_or_path: str | Path) -> Corpus:
    """Load a corpus by the name of a shipped one or the path of a folder.

    Parameters
    ----------
    name_or_path : str or path

    Returns
    -------
    Corpus

    Raises
    ------
    UnknownNameError
        For a name that is no shipped corpus.
    CorpusError
        If the folder is missing, its checksums are wrong, or it breaks the data contract.

    Examples
    --------
    >>> import simlab
    >>> simlab.load("metaqnn-cifar10").n_epochs
    20
    """
    return read_corpus(find_folder(name_or_path))
