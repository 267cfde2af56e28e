"""A full disk ends the recording with one clear error, and costs nothing that was there."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from generators.disk import StorageError, drafts_of, write_json
from generators.parts import Parts
from generators.recorder import _only_recorder
from simlab.corpus import read_corpus
from tests.generators.test_recorder import assert_same
from tests.generators.toy import record

ROOT = Path(__file__).parents[2]
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(scope="module")
def roomy(tmp_path_factory):
    """Record where there is room."""
    out = tmp_path_factory.mktemp("roomy")
    record(out, n_configs=8)
    return out


def files(folder):
    """Return all files of a folder but the lock, with their content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def fill_disk(monkeypatch, *, after):
    """Let no more than a number of files and folders be written durably."""
    calls = []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) > after:
            raise FULL

    monkeypatch.setattr("os.fsync", fsync)


def test_file_that_finds_no_room_leaves_the_earlier_one(tmp_path, monkeypatch):
    write_json(tmp_path / "one.json", {"a": 1})
    fill_disk(monkeypatch, after=0)
    expected = r"one\.json: cannot be written: No space left on device.*Free some space and run"
    with pytest.raises(StorageError, match=expected):
        write_json(tmp_path / "one.json", {"a": 2})
    assert {name: json.loads(content) for name, content in files(tmp_path).items()} == {"one.json": {"a": 1}}


def test_files_that_belong_together_are_all_written_or_none(tmp_path):
    def write(number, until):
        with drafts_of(tmp_path / "out", tmp_path / "draft"):
            for name in range(until):
                (tmp_path / "draft" / f"{name}").write_text(str(number))
            if until < 3:
                raise FULL

    write(1, 3)
    with pytest.raises(StorageError, match="out: cannot be written: No space left"):
        write(2, 2)
    assert files(tmp_path) == {f"out/{name}": b"1" for name in range(3)}


def test_unwritable_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    expected = "file/out/parts: cannot be written: Not a directory.*Make it writable"
    with pytest.raises(StorageError, match=expected), _only_recorder(tmp_path / "file" / "out"):
        pass


def test_recording_goes_on_once_there_is_room(tmp_path, monkeypatch, roomy):
    out = tmp_path / "out"
    with monkeypatch.context() as full:
        fill_disk(full, after=8)
        with pytest.raises(StorageError, match=r"parts/0\d{3}\.json: cannot be written: No space left"):
            record(out, n_configs=8)
    parts = Parts(out / "parts")
    finished = {curve.config_id: curve for curve in parts.read()}
    assert 2 <= len(finished) < 8
    assert {curve.status for curve in finished.values()} == {"completed"}  # none is said to have failed
    assert not [name for name in files(out) if name.startswith("parts/.")]
    assert record(out, n_configs=8) == 8 - len(finished)
    assert_same(out, roomy)


@pytest.mark.parametrize("after", [3, 7, 10, 13])  # while unpacking, pinning, storing, consolidating
def test_complete_recording_survives_a_failure_to_grow(tmp_path, monkeypatch, after):
    out = tmp_path / "out"
    record(out, n_configs=3)
    before = files(out)
    with monkeypatch.context() as full:
        fill_disk(full, after=after)
        with pytest.raises(StorageError):
            record(out, n_configs=5)
    assert {name: content for name, content in files(out).items() if "/" not in name} == before
    assert len(read_corpus(out)) == 3
    record(out, n_configs=5)
    assert len(read_corpus(out)) == 5


LIMITED = """
import resource, sys
from tests.generators.toy import ToyRecipe, record
from pathlib import Path
from simlab.errors import SimlabError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    record(Path(sys.argv[1]), n_configs=8, recipe=ToyRecipe())
except SimlabError as error:
    sys.exit(f"error: {error}")
"""


def record_limited(out, n_bytes):
    """Record in a process whose files may not be larger."""
    command = [sys.executable, "-c", LIMITED, str(out), str(n_bytes)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize(("n_bytes", "file"), [(400, "out/parts/recording.json"), (6000, "out")])
def test_real_limit(tmp_path, n_bytes, file, roomy):
    """The first limit is too small for the pins, the second one for the tables only."""
    out = tmp_path / "out"
    ended = record_limited(out, n_bytes)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("error: ") == 1
    assert (
        f"{file}: cannot be written: File too large. What was recorded before is kept. Free some"
        in ended.stderr
    )
    assert record(out, n_configs=8) == (0 if n_bytes == 6000 else 8)
    assert_same(out, roomy)
