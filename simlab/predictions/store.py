"""Predictions kept on disk: made once, then read by every ordering, threshold and process that asks."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import platformdirs

import simlab
from simlab.corpus import Corpus
from simlab.corpus.storage import read_parquet, write_parquet, write_text
from simlab.errors import CorpusError, SettingError
from simlab.predictions.frames import to_frame, to_prediction
from simlab.predictors.prediction import Prediction
from simlab.provenance import versions

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor

logger = logging.getLogger(__name__)

#: Environment variable that names another folder.
FOLDER_VARIABLE: Final = "SIMLAB_CACHE"
#: Bytes that a store may hold unless told otherwise.
MAX_BYTES: Final = 2**30
_DESCRIPTION, _LOCK = "table.json", "lock"


@dataclass(frozen=True)
class TableKey:
    """What one table of predictions depends on.

    Attributes
    ----------
    name : str
        Hash of the content, and name of the table's folder.
    description : mapping
        Corpus and its hash, predictor and settings, training set, horizon, hash of the code, versions.
    """

    name: str
    description: dict[str, Any]


@dataclass(frozen=True)
class StoredTable:
    """One table in the store.

    Attributes
    ----------
    name : str
    description : mapping
        As in :class:`TableKey`.
    epochs : int
        Prefix lengths that it holds.
    size : int
        In bytes.
    used : datetime
        When it was last used.
    """

    name: str
    description: dict[str, Any]
    epochs: int
    size: int
    used: datetime


class PredictionStore:
    """A folder of prediction tables, one Parquet file for each prefix length.

    A table's name is the hash of all it depends on: corpus, predictor and its settings, training set,
    horizon, the code of the predictors and the versions of the libraries beneath. So nothing in it can be out
    of date. Several processes may use it at once: of those that want the same table, one computes it and the
    others wait. A store that cannot be written to is announced once, and does without.

    Parameters
    ----------
    folder : path, optional
        By default the environment variable ``SIMLAB_CACHE``, or the user's cache folder.
    max_bytes : int
        :meth:`trim` removes the tables that were not used for the longest time until so much remains.

    Raises
    ------
    SettingError
        If ``max_bytes`` is negative.

    Examples
    --------
    >>> import tempfile, simlab
    >>> from simlab.predictors import LastSeenValue
    >>> store = PredictionStore(tempfile.mkdtemp())
    >>> corpus = simlab.load("metaqnn-cifar10")
    >>> key = store.key(corpus, LastSeenValue(), range(100))
    >>> key.description["predictor"], key.description["n_training"]
    ({'predictor': 'last-seen'}, 100)
    >>> store.tables()
    []
    """

    def __init__(self, folder: str | Path | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        if max_bytes < 0:
            raise SettingError(f"max_bytes must be 0 or more, not {max_bytes}")
        self.folder = Path(folder or os.environ.get(FOLDER_VARIABLE) or _default_folder())
        self.max_bytes = max_bytes
        self._told = False

    def key(
        self, corpus: Corpus, predictor: Predictor, training: Sequence[int], horizon: int | None = None
    ) -> TableKey | None:
        """Return the key of a predictor's table, or None for a predictor whose code is not simlab's.

        Nothing could tell when such code has changed. A predictor that does not learn has one table, whatever
        the training set.

        Parameters
        ----------
        corpus : Corpus
        predictor : Predictor
            Unfitted.
        training : sequence of int
            Configurations on which it is fitted, in order.
        horizon : int, optional
        """
        if not type(predictor).__module__.startswith("simlab."):
            return None
        learned = [int(config) for config in training] if predictor.learns else []
        description = {
            "corpus_sha256": corpus.digest,
            "predictor": predictor.describe(),
            "n_training": len(learned),
            "training_sha256": hashlib.sha256(json.dumps(learned).encode()).hexdigest(),
            "horizon": horizon,
            "code_sha256": _code_digest(),
            "versions": versions(),
        }
        content = json.dumps(description, sort_keys=True).encode()
        return TableKey(hashlib.sha256(content).hexdigest()[:32], {"corpus": corpus.name} | description)

    def fetch(
        self, key: TableKey, epoch: int, config_ids: npt.NDArray[np.str_], compute: Callable[[], Prediction]
    ) -> Prediction:
        """Return the predictions of one prefix length from the store, or compute and keep them.

        Parameters
        ----------
        key : TableKey
        epoch : int
        config_ids : ndarray of str, shape (n,)
            Whom the rows of the prediction belong to.
        compute : callable
        """
        path = self.folder / key.name / f"epoch-{epoch:05}.parquet"
        found = self._read(path, config_ids)
        if found is not None:
            return found
        with self._alone(path.parent):
            found = self._read(path, config_ids)
            if found is None:
                found = compute()
                self._write(path, key, config_ids, found)
        return found

    def tables(self) -> list[StoredTable]:
        """Return all tables, the one used last first."""
        found = [_stored_table(path.parent) for path in self.folder.glob(f"*/{_DESCRIPTION}")]
        return sorted((one for one in found if one), key=lambda one: (one.used, one.name), reverse=True)

    def trim(self) -> int:
        """Remove the longest unused tables until at most ``max_bytes`` remain; return how many."""
        left, removed = 0, 0
        for table in self.tables():
            left += table.size
            if left > self.max_bytes:
                removed += self._remove(table)
        return removed

    def clear(self) -> tuple[int, int]:
        """Remove all tables; return how many there were, and their bytes."""
        tables = self.tables()
        return sum(self._remove(table) for table in tables), sum(table.size for table in tables)

    def _remove(self, table: StoredTable) -> int:
        shutil.rmtree(self.folder / table.name, ignore_errors=True)
        return 1

    @contextmanager
    def _alone(self, folder: Path) -> Iterator[None]:
        """Keep other processes from computing the same table meanwhile."""
        from filelock import FileLock  # takes as long as to replay a policy

        lock = FileLock(folder / _LOCK)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            self._tell(error)
        try:
            yield
        finally:
            lock.release()

    def _read(self, path: Path, config_ids: npt.NDArray[np.str_]) -> Prediction | None:
        """Return what a file holds; None where it is missing, damaged, or of other configurations."""
        if not path.is_file():
            return None
        try:
            frame, _ = read_parquet(path)
        except CorpusError as error:
            logger.warning("made anew, as it cannot be read: %s", error)
            return None
        with suppress(OSError):  # a store that may only be read has no order of use
            os.utime(path.parent / _DESCRIPTION)
        if frame["config_id"].to_list() != config_ids.tolist():
            return None
        return to_prediction(frame)

    def _write(self, path: Path, key: TableKey, config_ids: npt.NDArray[np.str_], made: Prediction) -> None:
        """Keep a prediction; what was made is not lost where that fails."""
        try:
            description = path.parent / _DESCRIPTION
            if not description.exists():
                write_text(description, json.dumps(key.description, indent=2, sort_keys=True) + "\n")
            write_parquet(path, to_frame(config_ids, made), {})
        except OSError as error:
            self._tell(error)

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            logger.warning("predictions are not kept, as %s cannot be written to: %s", self.folder, error)


def _stored_table(folder: Path) -> StoredTable | None:
    """Describe the table in a folder; None where another process has just removed it."""
    try:
        files = [path.stat() for path in folder.iterdir()]
        description = folder / _DESCRIPTION
        return StoredTable(
            name=folder.name,
            description=json.loads(description.read_text(encoding="utf-8")),
            epochs=len(list(folder.glob("epoch-*.parquet"))),
            size=sum(one.st_size for one in files),
            used=datetime.fromtimestamp(description.stat().st_mtime, tz=UTC),
        )
    except (OSError, ValueError):
        return None


def _default_folder() -> Path:
    return platformdirs.user_cache_path("simlab", appauthor=False) / "predictions"


@functools.cache
def _code_digest() -> str:
    """Return the SHA-256 of the code that a prediction depends on."""
    package = Path(simlab.__file__).parent
    sources = [*package.glob("predictors/*.py"), package / "corpus" / "observations.py"]
    content = hashlib.sha256()
    for path in sorted(sources):
        content.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()
