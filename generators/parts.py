"""Finished curves as small durable files: the truth of a recording until it is complete.

Each finished curve is one file, published by an atomic rename, so a recorder killed at any moment loses the
curves in flight and nothing else. The corpus tables are consolidated from these files; ``recording.json``
beside them says which recording they belong to. When it is complete, the tables take over and the parts go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generators.disk import storing, sync, write_json
from simlab.errors import CorpusError

PINS_FILE = "recording.json"


@dataclass(frozen=True, kw_only=True)
class FinishedCurve:
    """All that is kept of one configuration.

    Parameters
    ----------
    config_id : str
    status : {"completed", "diverged", "failed"}
    reason : str or None
        Why it did not complete.
    seed : int
    architecture : str
    columns : dict
        The ``ap_`` and ``hp_`` columns.
    epochs : list of dict
        One record per epoch; empty for a run that diverged or failed before its first epoch ended.
    """

    config_id: str
    status: str
    reason: str | None
    seed: int
    architecture: str
    columns: dict[str, float] = field(default_factory=dict)
    epochs: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Parts:
    """The folder of finished curves of one recording."""

    folder: Path

    def write(self, curve: FinishedCurve) -> None:
        """Store a curve durably; an earlier one of the same configuration is replaced."""
        write_json(self.folder / f"{curve.config_id}.json", asdict(curve))

    def read(self) -> Iterator[FinishedCurve]:
        """Yield all finished curves, ordered by configuration."""
        for path in self._paths():
            yield FinishedCurve(**_read_json(path))

    def finished(self) -> set[str]:
        """Return the ids of the configurations that need no more training."""
        return {path.stem for path in self._paths()}

    def pin(self, pins: Mapping[str, Any]) -> None:
        """Store what the recording consists of; from here on the parts are its truth."""
        write_json(self.folder / PINS_FILE, pins)

    def pins(self) -> dict[str, Any] | None:
        """Return what the recording consists of; None where no recording is under way."""
        path = self.folder / PINS_FILE
        return _read_json(path) if path.exists() else None

    def remove(self) -> None:
        """Remove all parts; the pins go first, so that a crash halfway leaves the tables as the truth."""
        with storing(self.folder):
            (self.folder / PINS_FILE).unlink(missing_ok=True)
            sync(self.folder)
            for path in self.folder.glob("*.json*"):  # with the drafts of killed recorders, .0007.json.1234
                path.unlink()

    def _paths(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.json") if path.name != PINS_FILE)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise CorpusError(
            f"{path}: damaged ({error}). Remove the file to record this configuration again."
        ) from error
    return content
