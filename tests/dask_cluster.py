"""A Dask cluster of two worker processes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import LocalCluster

ON_LOOPBACK = {"protocol": "tcp://", "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}  # any free port


@contextmanager
def two_workers() -> Iterator[LocalCluster]:
    """Start a scheduler and two worker processes."""
    with (
        # a LocalCluster gives a worker up that has not restarted by then; on a busy machine that takes long
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1h"}),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **ON_LOOPBACK) as cluster,
    ):
        yield cluster
