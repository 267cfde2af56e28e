"""Record a corpus: draw configurations, train them in parallel, lose nothing when interrupted.

The recorder knows no search space; torch is imported in its workers.
"""

from __future__ import annotations

import fcntl
import json
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from generators.blocks import block_size, make_blocks
from generators.disk import StorageError, storing
from generators.draws import draw_configs
from generators.engine import Engine, FinishedBlock, Job
from generators.parts import Parts
from generators.space import SearchSpace
from generators.workers import LocalEngine
from simlab.errors import SimlabError

CONSOLIDATE_EVERY = 60.0  # seconds
CONSOLIDATION_SHARE = 0.05  # of the recorder's time at most, since every consolidation reads all curves
PINNED = ("space", "recipe", "seed", "data")  # what makes curves comparable: all of it must stay as it was


class RecordingError(SimlabError):
    """The output folder cannot take this recording."""


def record(
    space: SearchSpace,
    recipe: Any,
    *,
    data_root: Path,
    out: Path,
    n_configs: int,
    devices: list[str],
    seed: int,
    block: int | None = None,
    cluster: str | None = None,
) -> int:
    """Record the first ``n_configs`` configurations into a corpus folder; those already there are kept.

    Parameters
    ----------
    space : SearchSpace
    recipe : Recipe
    data_root : Path
        Folder of the training data.
    out : Path
        Corpus folder, created if needed. A recording that was interrupted, or that is to grow, goes on.
    n_configs : int
    devices : list of str
        One worker each: ``["cpu", "cpu"]``. With a cluster, the kind of device of its workers: ``["cuda"]``.
    seed : int
        Determines configurations, training seeds and the validation split.
    block : int, optional
        Largest number of configurations that train together on a GPU, where the space can do that.
    cluster : str, optional
        Address or scheduler file of a Dask scheduler, to train on its workers.

    Returns
    -------
    int
        Number of configurations recorded now.

    Raises
    ------
    RecordingError
        If the folder belongs to another space, recipe, seed or data set, or another recorder works on it.
    StorageError
        If the disk is full, say; what was finished before is kept.
    SimlabError
        If the training data cannot be used, or the cluster cannot be reached.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM; what was finished is kept and consolidated.
    """
    size = block_size(space, devices[0], block)
    draws = draw_configs(space, seed, n_configs)
    pins = {
        "space": space.name,
        "recipe": json.loads(json.dumps(asdict(recipe))),  # tuples become lists, as they will be read back
        "seed": seed,
        "data": space.data_source(data_root, recipe),
    }
    job = Job(space, recipe, seed, data_root)
    parts = Parts(out / "parts")
    with _open_engine(devices, cluster) as engine, _only_recorder(out), _sigterm_as_interrupt():
        together = {"block": size} if size > 1 else {}  # on a GPU, sums are rounded as their size has it
        _open_recording(parts, out, pins, engine.session() | together)
        finished = parts.finished()
        missing = [draw for draw in draws if draw.config_id not in finished]
        blocks = make_blocks(space, recipe, missing, size)
        recording = _Recording(job, parts, out, total=len(draws), n_done=len(draws) - len(missing))
        with closing(engine.run(job, blocks)) as training:
            consolidated = recording.finish(training)
        if consolidated:
            parts.remove()
    return len(missing)


def _open_engine(devices: list[str], cluster: str | None) -> AbstractContextManager[Engine]:
    if cluster is None:
        return nullcontext(LocalEngine(devices))
    from generators.dask_engine import connect

    return connect(cluster, devices[0])


def _open_recording(parts: Parts, out: Path, pins: dict[str, Any], session: dict[str, Any]) -> None:
    """Go on with what the folder holds, or refuse it; afterwards the parts are the truth of the recording."""
    from generators.consolidation import unpack
    from simlab.corpus import read_tables

    earlier = parts.pins()
    if earlier is None and (out / "configs.parquet").exists():
        earlier = read_tables(out)[3]
        _refuse_another(earlier, pins, out)
        unpack(out, parts)
    elif earlier is not None:
        _refuse_another(earlier, pins, out)
    sessions = (earlier or {}).get("sessions", [])
    if session not in sessions:
        sessions = [*sessions, session]
    parts.pin({**pins, **session, "sessions": sessions})


def _refuse_another(earlier: dict[str, Any], pins: dict[str, Any], out: Path) -> None:
    for what in PINNED:
        if earlier.get(what) != pins[what]:
            raise RecordingError(
                f"{out} holds a recording with another {what}: {_difference(earlier.get(what), pins[what])}. "
                "Name another folder with --out, or move this one away."
            )


def _difference(there: Any, asked: Any) -> str:
    if isinstance(there, dict) and isinstance(asked, dict):
        names = [name for name in {**there, **asked} if there.get(name) != asked.get(name)]
        return ", ".join(f"{name} is {there.get(name)!r} there, {asked.get(name)!r} here" for name in names)
    return f"{there!r} there, {asked!r} here"


@dataclass
class _Recording:
    """A recording under way: stores what the engine yields, and consolidates now and then."""

    job: Job
    parts: Parts
    out: Path
    total: int
    n_done: int

    def finish(self, finished: Iterator[FinishedBlock]) -> bool:
        """Store all blocks and consolidate them, even if interrupted; return whether there are tables now."""
        try:
            with _progress() as progress:
                self._store(finished, progress)
        except StorageError:
            raise  # there is no room for tables either
        except BaseException:
            self._consolidate(with_charts=True)
            raise
        return self._consolidate(with_charts=True)

    def _store(self, finished: Iterator[FinishedBlock], progress: Progress) -> None:
        task = progress.add_task(self.job.space.name, total=self.total, completed=self.n_done)
        due = time.monotonic() + CONSOLIDATE_EVERY
        for block in finished:
            for curve in block.curves:
                self.parts.write(curve)
            self.n_done += len(block.curves)
            progress.advance(task, len(block.curves))
            if block.note:
                _say(progress, block.note)
            start = time.monotonic()
            if start >= due:
                self._consolidate()
                _say(progress, f"{self.n_done} of {self.total} configurations recorded")
                end = time.monotonic()
                due = end + max(CONSOLIDATE_EVERY, (end - start) / CONSOLIDATION_SHARE)

    def _consolidate(self, *, with_charts: bool = False) -> bool:
        from generators.consolidation import consolidate

        return consolidate(self.job.space, self.job.recipe, self.parts, self.out, with_charts=with_charts)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        speed_estimate_period=1800,  # seconds: trainings differ a lot
    )


def _say(progress: Progress, line: str) -> None:
    progress.console.print(line, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _only_recorder(out: Path) -> Iterator[None]:
    """Hold a lock on the folder; the system releases it when the process ends, however it ends."""
    folder = out / "parts"
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordingError(
                f"{out}: another recorder is at work on it. Wait for it, or end it."
            ) from None
        yield


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
