"""What a wheel holds, and that what it installs finds its corpora."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORPORA = sorted(path.parent.name for path in ROOT.glob("datasets/*/curves.parquet"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (path,) = folder.glob("simlab-*.whl")
    return path


@pytest.fixture(scope="module")
def files(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_every_corpus_whole(files):
    assert CORPORA
    shipped = {
        path.relative_to(ROOT)
        for name in CORPORA
        for path in (ROOT / "datasets" / name).iterdir()
        if path.is_file()
    }
    assert {f"simlab/{path.as_posix()}" for path in shipped} <= files


def test_wheel_holds_the_library_and_nothing_else(files):
    assert {name.partition("/")[0] for name in files if ".dist-info/" not in name} == {"simlab"}
    assert "simlab/py.typed" in files
    assert [name for name in files if "/parts/" in name or "__pycache__" in name] == []


def test_installed_wheel_loads_every_corpus(wheel, tmp_path):
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        tmp_path / "site",
        wheel,
    ]
    subprocess.run(install, check=True)
    code = f"import simlab; print(simlab.__file__); [simlab.load(name) for name in {CORPORA!r}]"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)
