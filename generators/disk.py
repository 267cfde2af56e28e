"""Files that are there in full or not at all, and what to say where there is no room for them."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simlab.errors import SimlabError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class StorageError(SimlabError):
    """A file of a recording cannot be written."""


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the system's errors into one that names the file and says what to do.

    Raises
    ------
    StorageError

    Examples
    --------
    >>> with storing(Path("0007.json")):  # doctest: +NORMALIZE_WHITESPACE
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    generators.disk.StorageError: 0007.json: cannot be written: No space left on device.
    What was recorded before is kept. Free some space and run the same command again.
    """
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        advice = "Free some space" if error.errno in _FULL else "Make it writable"
        raise StorageError(
            f"{path}: cannot be written: {why}. What was recorded before is kept. "
            f"{advice} and run the same command again."
        ) from error


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file so that it is there in full or not at all, even after a power cut.

    Raises
    ------
    StorageError
        If there is no room for it, say; an earlier file of the name is still there then.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("w") as file:
                json.dump(content, file, allow_nan=False)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        sync(path.parent)


@contextmanager
def drafts_of(folder: Path, draft: Path) -> Iterator[None]:
    """Let files be written into the folder ``draft``; move them to ``folder`` once they are all there.

    Where the disk is too full for one of them, ``folder`` keeps its earlier files, which belong together.

    Raises
    ------
    StorageError
    """
    with storing(folder):
        try:
            shutil.rmtree(draft, ignore_errors=True)  # of a recorder that was killed
            draft.mkdir(parents=True)
            yield
            folder.mkdir(parents=True, exist_ok=True)
            for path in draft.iterdir():
                path.replace(folder / path.name)
            sync(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def sync(folder: Path) -> None:
    """Make renames and removals in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
