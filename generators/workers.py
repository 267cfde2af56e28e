"""One process per core or GPU, each training one configuration at a time."""

from __future__ import annotations

import math
import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from generators.draws import Draw
from generators.parts import FinishedCurve, Parts
from generators.space import SearchSpace
from simlab.errors import SimlabError


@dataclass(frozen=True)
class Job:
    """What all workers of a recording share."""

    space: SearchSpace
    recipe: Any
    seed: int
    data_root: Path
    parts: Parts


def record_curve(job: Job, draw: Draw, data: Any, device: str) -> FinishedCurve:
    """Train one configuration to its end, to its divergence or to its failure."""
    status, reason = "completed", None
    epochs: list[dict[str, float]] = []
    try:
        for record in job.space.train(draw.config, draw.seed, job.recipe, data, device):
            fields = asdict(record)
            lost = [name for name, number in fields.items() if not math.isfinite(number)]
            if lost:
                status, reason = "diverged", f"{', '.join(lost)} not finite in epoch {len(epochs) + 1}"
                break
            epochs.append(fields)
    except Exception as error:  # noqa: BLE001  whatever goes wrong in one training must not end the recording
        status, reason = "failed", _one_line(error)
    return describe(job, draw, status, reason, epochs)


def describe(
    job: Job, draw: Draw, status: str, reason: str | None, epochs: list[dict[str, float]]
) -> FinishedCurve:
    """Put what came out of a training together with the description of its configuration."""
    return FinishedCurve(
        config_id=draw.config_id,
        status=status,
        reason=reason,
        seed=draw.seed,
        architecture=job.space.key(draw.config),
        columns=job.space.describe(draw.config, job.recipe),
        epochs=epochs,
    )


def run_workers(job: Job, draws: list[Draw], devices: list[str]) -> Iterator[str]:
    """Train ``draws`` in order, one process per entry of ``devices``, and yield the id of each finished one.

    Curves are durable before their id is yielded. A worker that dies (killed for its memory, say) is
    replaced, and its configuration recorded as failed. Leaving the iterator early ends the workers.
    """
    waiting = list(reversed(draws))
    workers = [_Worker(job, device) for device in devices[: len(waiting)]]
    try:
        while workers:
            ready = wait([worker.connection for worker in workers])
            for worker in [one for one in workers if one.connection in ready]:
                try:
                    done = worker.receive()
                except EOFError:
                    done = worker.bury(job)
                    workers.remove(worker)
                    if waiting:
                        workers.append(_Worker(job, worker.device))
                else:
                    worker.give(waiting.pop() if waiting else None)
                    if worker.draw is None:
                        workers.remove(worker)
                if done is not None:
                    yield done
    finally:
        for worker in workers:
            worker.process.kill()


class _Worker:
    """A process, the line to it, and the configuration it is training."""

    def __init__(self, job: Job, device: str) -> None:
        # a forked process would inherit the locks of Polars' threads, and could never initialise CUDA
        context: SpawnContext = multiprocessing.get_context("spawn")
        self.device = device
        self.draw: Draw | None = None
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(job, device, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def receive(self) -> str | None:
        """Return the id of the curve just finished, None from a new worker; EOFError from a dead one."""
        message: str | SimlabError | None = self.connection.recv()
        if isinstance(message, SimlabError):
            raise message
        return message

    def give(self, draw: Draw | None) -> None:
        """Hand over the next configuration; None ends the worker."""
        self.draw = draw
        with suppress(BrokenPipeError):  # it just died: receive() will tell
            self.connection.send(draw)

    def bury(self, job: Job) -> str:
        """Record the configuration of a dead worker as failed, unless it was finished, and return its id."""
        self.process.join()
        fate = f"worker died with exit code {self.process.exitcode}"
        if self.draw is None:
            raise SimlabError(f"{fate} before its first configuration")
        if self.draw.config_id not in job.parts.finished():
            job.parts.write(describe(job, self.draw, "failed", f"{fate} (killed for lack of memory?)", []))
        return self.draw.config_id


def _work(job: Job, device: str, connection: Connection[Any, Any]) -> None:
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches all processes; the recorder ends its workers
    try:
        data = job.space.load_data(job.data_root, job.recipe, job.seed, device)
    except SimlabError as error:
        connection.send(error)
        return
    done: str | None = None
    try:
        while True:
            connection.send(done)
            draw = connection.recv()
            if draw is None:
                return
            job.parts.write(record_curve(job, draw, data, device))
            done = draw.config_id
    except (EOFError, BrokenPipeError):
        return  # the recorder is gone


def _one_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
