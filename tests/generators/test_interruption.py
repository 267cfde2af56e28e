"""A recorder may be killed at any moment: finished curves stay, none comes twice, and the end is the same."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from simlab.corpus import read_corpus, read_tables

ROOT = Path(__file__).parents[2]
PAUSE = "0.02"  # seconds per epoch, four epochs


def start(out, *, n_configs, workers=2):
    """Start a recorder in a process group of its own."""
    script = "from tests.generators.toy import main; main()"
    command = [sys.executable, "-c", script, str(out), str(n_configs), str(workers), PAUSE]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)


def finished(out):
    """Return the finished curves; every file of the folder must be readable."""
    curves = {}
    for path in (out / "parts").glob("[0-9]*.json"):
        curves[path.stem] = json.loads(path.read_text())
    for name in ("curves.parquet", "configs.parquet"):
        if (out / name).exists():
            read_tables(out)
    return curves


def assert_like_uninterrupted(out, reference):
    curves, configs, _, _ = read_tables(out)
    expected_curves, expected_configs, _, _ = read_tables(reference)
    assert_frame_equal(curves.drop("seconds"), expected_curves.drop("seconds"))
    assert_frame_equal(configs, expected_configs)
    assert_frame_equal(read_corpus(out).configs, expected_configs)


def wait_for_more_than(n_curves, out, process):
    while len(list((out / "parts").glob("[0-9]*.json"))) <= n_curves:
        assert process.poll() is None, "the recorder ended too early"
        time.sleep(0.005)


@pytest.mark.parametrize("kills", [5, pytest.param(25, marks=pytest.mark.slow)])
def test_kill_at_random_moments(tmp_path, kills):
    out, rng, n_configs = tmp_path / "killed", random.Random(0), 20 + 10 * kills
    known, moments = {}, []
    for _ in range(kills):
        process = start(out, n_configs=n_configs)
        if rng.random() < 0.8:  # else while starting up
            wait_for_more_than(len(known), out, process)
        time.sleep(rng.uniform(0.0, 0.15))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        now = finished(out)
        assert {key: now.get(key) for key in known} == known, "a finished curve was lost or recorded again"
        known = now
        moments.append(len(known))
    assert len(set(moments)) > 2  # the kills did come at different stages
    assert moments[-1] < n_configs
    assert start(out, n_configs=n_configs).wait() == 0
    assert start(tmp_path / "whole", n_configs=n_configs, workers=3).wait() == 0
    assert_like_uninterrupted(out, tmp_path / "whole")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_polite_end_consolidates(tmp_path, sent):
    out = tmp_path / "interrupted"
    process = start(out, n_configs=500)
    wait_for_more_than(2, out, process)
    process.send_signal(sent)
    assert process.wait() != 0
    n_finished = len(finished(out))
    assert 2 < n_finished < 500
    assert len(read_corpus(out)) == n_finished
    assert "](learning-curves.svg)" in (out / "README.md").read_text()


def test_workers_end_with_their_recorder(tmp_path):
    out = tmp_path / "orphaned"
    process = start(out, n_configs=500)
    wait_for_more_than(2, out, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 60
    while _group_lives(process.pid):
        assert time.monotonic() < deadline, "workers outlived their recorder"
        time.sleep(0.02)


def _group_lives(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
