"""The Dask engine on two processes of this machine, which die now and then."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import replace

import pytest
from distributed import LocalCluster

from generators import dask_engine, recorder
from generators.dask_worker import ClusterError
from generators.devices import find_cluster_device
from generators.provenance import describe_software
from simlab.corpus import read_corpus, read_tables
from simlab.errors import SettingError, SimlabError
from tests.dask_cluster import ON_LOOPBACK, two_workers
from tests.generators.test_recorder import assert_same, values
from tests.generators.toy import (
    BrokenToys,
    CountingToys,
    DatalessToys,
    ForgetfulToys,
    ToyPopulations,
    ToyRecipe,
    ToySpace,
    record,
)


@pytest.fixture(scope="module")
def cluster():
    with two_workers() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Record on the local engine what the tests record on the cluster."""
    out = tmp_path_factory.mktemp("local")
    record(out, n_configs=12)
    return out


def wait_for_parts(out, n_parts):
    while len(list((out / "parts").glob("[0-9]*.json"))) < n_parts:
        time.sleep(0.01)


def pids(cluster):
    return {nanny.pid for nanny in cluster.workers.values()}


def test_recording_equals_the_local_one(tmp_path, cluster, reference):
    assert record(tmp_path / "grown", n_configs=8, cluster=cluster.scheduler_address) == 8
    assert len(read_corpus(tmp_path / "grown")) == 8
    assert record(tmp_path / "grown", n_configs=12, cluster=cluster.scheduler_address) == 4
    assert_same(tmp_path / "grown", reference)
    provenance = read_tables(tmp_path / "grown")[3]
    assert provenance["software"] == describe_software()
    assert provenance["hardware"].startswith("CPU: ")
    assert len(provenance["sessions"]) == 1


def test_data_is_loaded_once_per_process(tmp_path, cluster):
    record(tmp_path, n_configs=12, space=CountingToys(), cluster=cluster.scheduler_address)
    loads = [path.read_text() for path in tmp_path.glob("loads of *")]
    assert loads == ["1"] * len(loads)
    assert 1 <= len(loads) <= 2


def test_lost_workers_change_nothing(tmp_path, cluster, reference):
    out, before = tmp_path / "out", pids(cluster)

    def kill_one():
        wait_for_parts(out, 5)  # the third configuration has ended the other one
        os.kill((before & pids(cluster)).pop(), signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    recipe = ToyRecipe(pause=0.05, dying_once=values(2))
    record(out, n_configs=12, recipe=recipe, cluster=cluster.scheduler_address)
    killer.join()
    assert len(list(out.glob("died *"))) == 1
    assert not before & pids(cluster)
    assert_same(out, reference)


@pytest.mark.slow
@pytest.mark.parametrize("space", [ToySpace(), ToyPopulations()])
def test_what_ends_all_its_workers_fails_alone(tmp_path, cluster, monkeypatch, capsys, space):
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 1)
    monkeypatch.setattr(dask_engine, "_describe_workers", lambda *_: {"software": describe_software()})
    device = "cpu" if type(space) is ToySpace else "toy"
    recipe = ToyRecipe(dying=values(3), diverging=values(5))
    record(
        tmp_path, n_configs=9, recipe=recipe, space=space, device=device, cluster=cluster.scheduler_address
    )
    configs = read_tables(tmp_path)[1]
    expected = ["completed"] * 9
    expected[3], expected[5] = "failed", "diverged"
    assert configs["status"].to_list() == expected
    assert configs["reason"][3] == "its workers died, one after the other"
    assert ("trained again in halves" in capsys.readouterr().err) == (device == "toy")


def test_workers_without_data_end_the_recording(tmp_path, cluster):
    with pytest.raises(SimlabError, match="no such data"):
        record(tmp_path, n_configs=2, space=DatalessToys(), cluster=cluster.scheduler_address)


def test_workers_with_other_data_are_refused(tmp_path, cluster):
    space = ForgetfulToys(home=os.getpid())
    with pytest.raises(ClusterError, match="other data: sha256 is 'theirs' there, 'ours' here"):
        record(tmp_path, n_configs=2, space=space, cluster=cluster.scheduler_address)


def test_workers_with_other_code_are_refused(tmp_path, cluster, monkeypatch):
    monkeypatch.setattr("generators.__version__", "0.0.7")
    with pytest.raises(ClusterError, match=r"other software: generators is '.*' there, '0\.0\.7' here"):
        record(tmp_path / "out", n_configs=2, cluster=cluster.scheduler_address)
    assert not (tmp_path / "out" / "parts").exists()


def test_workers_with_an_error_of_their_own(tmp_path, cluster):
    with pytest.raises(ClusterError, match=r"cannot work: ModuleNotFoundError: .*'torch'"):
        record(tmp_path, n_configs=2, space=BrokenToys(), cluster=cluster.scheduler_address)


def test_workers_with_several_threads_are_refused(tmp_path):
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=False, **ON_LOOPBACK) as cluster,
        pytest.raises(ClusterError, match="--nthreads 1"),
    ):
        record(tmp_path, n_configs=2, cluster=cluster.scheduler_address)


def test_scheduler_file(tmp_path, cluster, reference):
    path = tmp_path / "scheduler.json"
    path.write_text(json.dumps({"address": cluster.scheduler_address}))
    record(tmp_path / "out", n_configs=12, cluster=str(path))
    assert_same(tmp_path / "out", reference)


def test_lost_scheduler_ends_the_recording_and_keeps_what_is_finished(tmp_path, reference):
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **ON_LOOPBACK) as cluster:

        def close():
            wait_for_parts(tmp_path / "out", 3)
            cluster.close()

        closer = threading.Thread(target=close)
        closer.start()
        recipe = ToyRecipe(pause=0.02)
        with pytest.raises(ClusterError, match="scheduler was lost"):
            record(tmp_path / "out", n_configs=12, recipe=recipe, cluster=cluster.scheduler_address)
        closer.join()
    assert 3 <= len(read_corpus(tmp_path / "out")) < 12
    record(tmp_path / "out", n_configs=12, recipe=recipe)
    assert_same(tmp_path / "out", reference)


@pytest.mark.parametrize(
    "cluster", ["tcp://127.0.0.1:9", "no.such.host.invalid:8786", "sched.json", "tcp://127.0.0.1:x"]
)
def test_unreachable_cluster_is_reported_at_once(tmp_path, cluster):
    start = time.monotonic()
    with pytest.raises(ClusterError, match=f"--cluster {cluster}: no Dask scheduler answers there"):
        record(tmp_path / "out", n_configs=2, cluster=cluster)
    assert time.monotonic() - start < 30
    assert not (tmp_path / "out" / "parts").exists()


def test_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_engine, "find_spec", lambda name: None)
    with pytest.raises(ClusterError, match="install the 'dask' extra"):
        record(tmp_path, n_configs=2, cluster="tcp://127.0.0.1:8786")


def test_number_of_workers_is_the_clusters():
    assert find_cluster_device("cuda", 1) == ["cuda"]
    with pytest.raises(SettingError, match="--workers 3: with --cluster"):
        find_cluster_device("cpu", 3)


@pytest.mark.slow
def test_networks_learn_the_same_on_a_cluster(tmp_path, cluster):
    pytest.importorskip("torch", reason="needs torch, of the generators extra")
    from generators.metaqnn.recipe import MINI
    from generators.spaces.metaqnn_cifar10 import METAQNN_CIFAR10
    from tests.generators.images import write_batches

    write_batches(tmp_path / "data")
    tiny = replace(MINI, epochs=2, n_train=64, n_valid=40, batch_size=16)
    for name, address in (("local", None), ("cluster", cluster.scheduler_address)):
        settings = {"data_root": tmp_path / "data", "n_configs": 3, "seed": 0, "devices": ["cpu"]}
        recorder.record(METAQNN_CIFAR10, tiny, out=tmp_path / name, cluster=address, **settings)
    assert_same(tmp_path / "local", tmp_path / "cluster")
