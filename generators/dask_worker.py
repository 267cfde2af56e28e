"""What runs in the workers of a Dask cluster."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from generators.block_training import train_block
from generators.devices import find_devices
from generators.engine import FinishedBlock, Job
from generators.provenance import describe_hardware, describe_software
from simlab.errors import SimlabError


class ClusterError(SimlabError):
    """A Dask cluster cannot be reached, or its workers cannot work on a recording."""


@dataclass(frozen=True)
class Order:
    """What a worker needs to know of a recording before its first block.

    Parameters
    ----------
    job : Job
    device : {"cpu", "cuda"}
    software, data : mapping
        What the worker must have.
    """

    job: Job
    device: str
    software: Mapping[str, Any]
    data: Mapping[str, Any]


def describe_worker(device: str) -> dict[str, Any]:
    """Return software and hardware of this worker."""
    return {"software": describe_software(), "hardware": describe_hardware(_torch_device(device))}


def train_on_worker(pickled_order: bytes, pickled_block: bytes) -> FinishedBlock:
    """Train a block in this worker; what the recording needs is loaded once per process."""
    from distributed import get_worker

    n_threads = get_worker().state.nthreads
    if n_threads != 1:  # torch has one random stream per process
        raise ClusterError(f"a worker of the cluster has {n_threads} threads. Start them with --nthreads 1.")
    job, data, device = _load(pickled_order)
    return train_block(job, pickle.loads(pickled_block), data, device)


def require_same(what: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Refuse a worker whose code or data is not the recorder's.

    Examples
    --------
    >>> ours = {"torch": "2.13", "commit": "4b6420e"}
    >>> require_same("software", {"torch": "2.13", "commit": None}, ours)
    >>> require_same("data", {"sha256": "1"}, {"sha256": "2"})  # doctest: +NORMALIZE_WHITESPACE
    Traceback (most recent call last):
    generators.dask_worker.ClusterError: a worker of the cluster has other data: sha256 is '1' there,
    '2' here. Give all of them the same.
    """
    differences = [
        f"{name} is {theirs.get(name)!r} there, {ours[name]!r} here"
        for name in ours
        if name != "commit" and theirs.get(name) != ours[name]
    ]
    if differences:
        raise ClusterError(
            f"a worker of the cluster has other {what}: {', '.join(differences)}. Give all of them the same."
        )


@lru_cache(maxsize=1)
def _load(pickled_order: bytes) -> tuple[Job, Any, str]:
    order: Order = pickle.loads(pickled_order)
    require_same("software", describe_software(), order.software)
    require_same("data", order.job.space.data_source(order.job.data_root, order.job.recipe), order.data)
    device, job = _torch_device(order.device), order.job
    return job, job.space.load_data(job.data_root, job.recipe, job.seed, device), device


def _torch_device(device: str) -> str:
    """Return this worker's GPU: the first one that CUDA_VISIBLE_DEVICES leaves it."""
    return find_devices(device, 1)[0] if device == "cuda" else device
