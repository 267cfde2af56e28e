"""The engine on this machine: one process per core or GPU, each training one block at a time."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from generators.block_training import failed, train_block
from generators.blocks import Block, name_of, share_out
from generators.engine import FinishedBlock, Job
from generators.provenance import describe_hardware, describe_software
from simlab.errors import SimlabError


@dataclass(frozen=True)
class LocalEngine:
    """Processes on this machine, one per entry of ``devices``."""

    devices: list[str]

    def session(self) -> dict[str, Any]:
        """Return software and hardware of this machine."""
        return {"software": describe_software(), "hardware": describe_hardware(self.devices[0])}

    def run(self, job: Job, blocks: list[Block]) -> Generator[FinishedBlock, None, None]:
        """Train blocks in order and yield each when it is finished.

        A worker that dies (killed for its memory, say) is replaced. If it was training one configuration,
        that one is recorded as failed; if it was training a population, the halves of it are tried again.
        """
        waiting = list(reversed(blocks))
        workers = [_Worker(job, device) for device in self.devices[: len(waiting)]]
        try:
            while workers:
                ready = wait([worker.connection for worker in workers])
                for worker in [one for one in workers if one.connection in ready]:
                    try:
                        finished = worker.receive()
                    except (EOFError, OSError):  # nothing came, or half a message
                        finished, again = worker.bury(job)
                        waiting.extend(reversed(again))
                        workers.remove(worker)
                        if waiting:
                            workers.append(_Worker(job, worker.device))
                    else:
                        worker.give(waiting.pop() if waiting else None)
                        if worker.block is None:
                            workers.remove(worker)
                    if finished is not None:
                        yield finished
        finally:
            for worker in workers:
                worker.process.kill()


class _Worker:
    """A process, the line to it, and the block it is training."""

    def __init__(self, job: Job, device: str) -> None:
        # a forked process would inherit the locks of Polars' threads, and could never initialise CUDA
        context: SpawnContext = multiprocessing.get_context("spawn")
        self.device = device
        self.block: Block | None = None
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(job, device, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def receive(self) -> FinishedBlock | None:
        """Return the block just finished, None from a new worker; EOFError or OSError from a dead one."""
        message: FinishedBlock | SimlabError | None = self.connection.recv()
        if isinstance(message, SimlabError):
            raise message
        return message

    def give(self, block: Block | None) -> None:
        """Hand over the next block; None ends the worker."""
        self.block = block
        with suppress(ConnectionError):  # it just died: receive() will tell
            self.connection.send(block)

    def bury(self, job: Job) -> tuple[FinishedBlock, list[Block]]:
        """Return what a dead worker's block comes to, and the blocks to try instead of it."""
        self.process.join()
        fate = f"worker died with exit code {self.process.exitcode}"
        if self.block is None:
            raise SimlabError(f"{fate} before its first configuration")
        if len(self.block) > 1:
            note = f"{name_of(self.block)}: {fate}, so trained again in halves"
            return FinishedBlock([], note), share_out(self.block, 2)
        reason = f"{fate} (killed for lack of memory?)"
        return FinishedBlock([failed(job, self.block[0], reason)]), []


def _work(job: Job, device: str, connection: Connection[Any, Any]) -> None:
    # Ctrl-C reaches all processes; the recorder ends its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        data = job.space.load_data(job.data_root, job.recipe, job.seed, device)
    except SimlabError as error:
        connection.send(error)
        return
    finished: FinishedBlock | None = None
    try:
        while True:
            connection.send(finished)
            block = connection.recv()
            if block is None:
                return
            finished = train_block(job, block, data, device)
    except (EOFError, ConnectionError):
        return  # the recorder is gone
