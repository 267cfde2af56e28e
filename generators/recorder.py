"""Record a corpus: draw configurations, train them in parallel, lose nothing when interrupted.

The recorder knows no search space; torch is imported in its workers.
"""

from __future__ import annotations

import fcntl
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
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

from generators.draws import Draw, draw_configs
from generators.parts import Parts
from generators.provenance import describe_hardware, describe_software
from generators.space import SearchSpace
from generators.workers import Job, run_workers
from simlab.errors import SimlabError

CONSOLIDATE_EVERY = 50  # finished curves
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
        One worker each: ``["cpu", "cpu"]``.
    seed : int
        Determines configurations, training seeds and the validation split.

    Returns
    -------
    int
        Number of configurations recorded now.

    Raises
    ------
    RecordingError
        If the folder belongs to another space, recipe, seed or data set, or another recorder works on it.
    SimlabError
        If the training data cannot be used.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM; what was finished is kept and consolidated.
    """
    from generators.consolidation import consolidate

    draws = draw_configs(space, seed, n_configs)
    pins = {
        "space": space.name,
        "recipe": json.loads(json.dumps(asdict(recipe))),  # tuples become lists, as they will be read back
        "seed": seed,
        "data": space.data_source(data_root, recipe),
    }
    session = {"software": describe_software(), "hardware": describe_hardware(devices[0])}
    parts = Parts(out / "parts")
    with _only_recorder(out), _sigterm_as_interrupt():
        _open_recording(parts, out, pins, session)
        finished = parts.finished()
        missing = [draw for draw in draws if draw.config_id not in finished]
        job = Job(space, recipe, seed, data_root, parts)
        try:
            _train(job, missing, devices, n_done=len(draws) - len(missing), out=out)
        finally:
            consolidated = consolidate(space, recipe, parts, out)
        if consolidated:
            parts.remove()
    return len(missing)


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


def _train(job: Job, missing: list[Draw], devices: list[str], *, n_done: int, out: Path) -> None:
    """Train what is missing under a progress bar, and consolidate now and then."""
    from generators.consolidation import consolidate

    total = n_done + len(missing)
    with _progress() as progress:
        task = progress.add_task(job.space.name, total=total, completed=n_done)
        for count, _ in enumerate(run_workers(job, missing, devices), start=1):
            progress.advance(task)
            if count % CONSOLIDATE_EVERY == 0:
                consolidate(job.space, job.recipe, job.parts, out)
                progress.console.print(
                    f"{n_done + count} of {total} configurations recorded", highlight=False
                )


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


@contextmanager
def _only_recorder(out: Path) -> Iterator[None]:
    """Hold a lock on the folder; the system releases it when the process ends, however it ends."""
    folder = out / "parts"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
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
