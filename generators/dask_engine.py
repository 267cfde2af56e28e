"""The engine on a cluster: one Dask task per block, on workers of other machines or of this one."""

from __future__ import annotations

import json
import logging
import pickle
import socket
import sys
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from generators.block_training import failed, one_line
from generators.blocks import Block, name_of, share_out
from generators.dask_worker import ClusterError, Order, describe_worker, require_same, train_on_worker
from generators.engine import FinishedBlock, Job
from generators.provenance import describe_software
from simlab.errors import SimlabError

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 5
PATIENCE = 30.0  # seconds without a finished block, before looking whether there are workers at all


@contextmanager
def connect(cluster: str, device: str) -> Iterator[DaskEngine]:
    """Connect to a Dask scheduler for as long as the ``with`` block lasts, and wait for its first worker.

    Parameters
    ----------
    cluster : str
        Address of the scheduler, e.g. ``tcp://node7:8786``, or path of its scheduler file.
    device : {"cpu", "cuda"}
        What the workers train on.

    Raises
    ------
    ClusterError
        If Dask is not installed, no scheduler answers within a few seconds, it is lost later on, or the
        workers' code is not the recorder's.
    """
    if find_spec("distributed") is None:
        raise ClusterError("--cluster needs Dask; install the 'dask' extra: pip install '.[dask]'")
    with _quiet_client(), closing(_reach(cluster)) as client:
        try:
            yield DaskEngine(client, device, _describe_workers(client, device))
        except CancelledError as error:  # what Dask says of its tasks once the scheduler is gone
            raise ClusterError(
                f"--cluster {cluster}: the scheduler was lost. Finished curves are kept; "
                "start scheduler and workers again, and run the same command again."
            ) from error


@dataclass(frozen=True)
class DaskEngine:
    """Workers of a Dask cluster, each of one thread; what they return comes back to the recorder."""

    client: Client
    device: str
    workers: Mapping[str, Any]

    def session(self) -> dict[str, Any]:
        """Return software and hardware of the workers that were there first."""
        return dict(self.workers)

    def run(self, job: Job, blocks: list[Block]) -> Generator[FinishedBlock, None, None]:
        """Train blocks, about in order, and yield each when it is finished.

        Dask runs the block of a worker that died again on another one, a few times; then it gives up all that
        was queued at that worker, innocent or not. So populations are tried again in halves, and single
        configurations one at a time at the end: what ends its workers even then is recorded as failed.
        """
        data = job.space.data_source(job.data_root, job.recipe)
        order = pickle.dumps(Order(job, self.device, self.workers["software"], data))
        tasks, suspects = _Tasks(self.client, order), []
        tasks.submit(blocks)
        for block, finished in tasks:
            if finished is not None:
                yield finished
            elif len(block) > 1:
                yield FinishedBlock([], f"{name_of(block)}: its workers died, so trained again in halves")
                tasks.submit(share_out(block, 2))
            else:
                suspects.append(block)
        for block in suspects:
            tasks.submit([block])
            _, finished = next(iter(tasks))
            yield finished or FinishedBlock([failed(job, block[0], "its workers died, one after the other")])


class _Tasks:
    """Blocks that the cluster is at work on."""

    def __init__(self, client: Client, order: bytes) -> None:
        self.client = client
        self.order = order
        self.pending: dict[str, tuple[Future, Block]] = {}  # Dask forgets a task whose future is forgotten
        self.done: SimpleQueue[Future] = SimpleQueue()

    def submit(self, blocks: list[Block]) -> None:
        for block in blocks:
            # as bytes, so that Dask does not look for tasks inside of configurations
            future = self.client.submit(train_on_worker, self.order, pickle.dumps(block), pure=False)
            self.pending[future.key] = (future, block)
            future.add_done_callback(self.done.put)

    def __iter__(self) -> Iterator[tuple[Block, FinishedBlock | None]]:
        """Yield each block and what came out of it as it finishes; None if it took too many workers along."""
        while self.pending:
            future, block = self.pending.pop(self._wait().key)
            yield block, _outcome(future)

    def _wait(self) -> Future:
        patience: float | None = PATIENCE
        while True:
            try:
                return self.done.get(timeout=patience)
            except Empty:
                if not self.client.scheduler_info()["workers"]:
                    print("the cluster has no workers left; waiting for one", file=sys.stderr, flush=True)
                    patience = None  # said once


def _outcome(future: Future) -> FinishedBlock | None:
    from distributed import KilledWorker

    try:
        finished: FinishedBlock = future.result()
    except KilledWorker:
        return None
    except (SimlabError, CancelledError):
        raise
    except Exception as error:
        raise _unable(error) from error
    return finished


@contextmanager
def _quiet_client() -> Iterator[None]:
    """Keep Dask from telling what the errors and notes here tell: lost workers, and a lost scheduler."""
    log = logging.getLogger("distributed.client")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def _reach(cluster: str) -> Client:
    from distributed import Client
    from distributed.comm import get_address_host_port

    path = Path(cluster)
    try:
        address = json.loads(path.read_text())["address"] if path.is_file() else cluster
        # Dask itself is not as clear on what is wrong with an address
        socket.create_connection(get_address_host_port(address), timeout=CONNECT_SECONDS).close()
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:
        raise ClusterError(
            f"--cluster {cluster}: no Dask scheduler answers there ({one_line(error)}). "
            "Give the address that 'dask scheduler' prints, e.g. tcp://node7:8786, or its --scheduler-file."
        ) from error


def _describe_workers(client: Client, device: str) -> dict[str, Any]:
    """Return software and hardware of the workers, once there is one; refuse another software than ours."""
    if not client.nthreads():
        print("waiting for the first worker of the cluster", file=sys.stderr, flush=True)
    client.wait_for_workers(1)
    try:
        workers = list(client.run(describe_worker, device).values())
    except SimlabError:
        raise
    except Exception as error:
        raise _unable(error) from error
    # where the recorder runs, torch may be missing
    ours = {**describe_software(), "torch": workers[0]["software"]["torch"]}
    for worker in workers:
        require_same("software", worker["software"], ours)
    return {**workers[0], "hardware": ", ".join(sorted({worker["hardware"] for worker in workers}))}


def _unable(error: Exception) -> ClusterError:
    return ClusterError(
        f"a worker of the cluster cannot work: {one_line(error)}. Start the workers from this checkout, with "
        "its 'generators' extra, and with the data under the same --data-root."
    )
