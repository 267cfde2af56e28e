"""What an engine is: it spreads the blocks of a recording over processes, here or on a cluster."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from generators.blocks import Block
from generators.parts import FinishedCurve
from generators.space import SearchSpace


@dataclass(frozen=True)
class Job:
    """What all blocks of a recording share, and what determines the data that a worker loads."""

    space: SearchSpace
    recipe: Any
    seed: int
    data_root: Path


@dataclass(frozen=True)
class FinishedBlock:
    """What came out of a block.

    Parameters
    ----------
    curves : list of FinishedCurve
        One per configuration; none where the block is about to be tried again in halves.
    note : str or None
        What the user should hear about it.
    """

    curves: list[FinishedCurve]
    note: str | None = None


class Engine(Protocol):
    """Trains blocks in parallel. It writes nothing: the recorder does, on its own disk."""

    def session(self) -> dict[str, Any]:
        """Return ``software`` and ``hardware`` of the workers, for the provenance."""

    def run(self, job: Job, blocks: list[Block]) -> Generator[FinishedBlock, None, None]:
        """Train blocks, about in order, and yield each when it is finished.

        A configuration whose worker dies is recorded as failed, and does not end the recording. Leaving the
        iterator early gives up what is being trained.

        Raises
        ------
        SimlabError
            If no worker can work: the data cannot be loaded, say.
        """
