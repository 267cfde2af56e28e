"""A sweep spread over a Dask cluster of two processes, one of which dies in the middle: the same bytes."""

from __future__ import annotations

import os
import signal

import joblib
import pytest
from distributed import Client

from simlab.sweeps import Sweep
from tests.dask_cluster import two_workers
from tests.simulator.toys import motley
from tests.sweeps.rules import Slow
from tests.sweeps.test_sweep import contents


@pytest.fixture(scope="module")
def cluster():
    with two_workers() as cluster:
        yield cluster


def declared(notes):
    return Sweep(
        corpora=[motley()],
        grids=[{"policy": "last-seen", "threshold": [0.9, 0.95], "burn_in": 5}],
        strategies=[Slow(str(notes), number) for number in range(4)],
        orderings=4,
        block=2,
    )


def pids(cluster):
    return {nanny.pid for nanny in cluster.workers.values()}


def test_a_lost_worker_changes_nothing(tmp_path, cluster):
    before, killed, notes = pids(cluster), [], tmp_path / "notes"

    def asked():
        return {int(path.name.rpartition(" ")[2]) for path in notes.iterdir()}

    def kill_one(_done):
        """Kill a worker that is known to have worked, once there is one; most cells are still to come."""
        if not killed and asked() & before:
            killed.append(min(asked() & before))
            os.kill(killed[0], signal.SIGKILL)

    notes.mkdir()
    sweep = declared(notes)
    with Client(cluster), joblib.parallel_config("dask"):
        sweep.run(tmp_path / "cluster", on_cell=kill_one)
    assert killed
    assert asked() - set(killed)  # others did the rest, and this process nothing
    assert os.getpid() not in asked()
    sweep.run(tmp_path / "local")
    assert contents(tmp_path / "cluster") == contents(tmp_path / "local")
