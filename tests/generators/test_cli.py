from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import generators
from generators import cli
from generators.registry import SPACES
from tests.generators.toy import ToySpace

ROOT = Path(__file__).parents[2]
RECORD = ["record", "metaqnn-cifar10", "--recipe", "mini", "--data-root", "nowhere", "--configs", "2"]
WITHOUT_TORCH = "import sys; sys.modules['torch'] = None; from generators.cli import main; main()"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the command line where torch cannot be imported."""

    def run(*arguments):
        command = [sys.executable, "-c", WITHOUT_TORCH, *arguments]
        result = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert "Traceback" not in result.stderr
        return result

    return run


def test_list_works_without_torch(run):
    result = run("list")
    assert result.returncode == 0
    assert result.stdout.startswith("metaqnn-cifar10\tvalidation accuracy\trecipes: paper (20 epochs)")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["record", "metaqnn-cifar", *RECORD[2:]], "did you mean 'metaqnn-cifar10'?"),
        ([*RECORD[:3], "mimi", *RECORD[4:]], "did you mean 'mini'?"),
        ([*RECORD, "--device", "cude"], "did you mean 'cuda'?"),
        (RECORD, "install the 'generators' extra"),
    ],
)
def test_bad_input_exits_with_2_and_one_line(run, tmp_path, arguments, message):
    result = run(*arguments, "--out", str(tmp_path / "out"))
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_plan_says_how_long_and_how_large(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(SPACES, "toy", ToySpace())
    monkeypatch.setattr("generators.devices.find_spec", lambda _: True)  # toys do not need torch
    plan = ["plan", "toy", "--recipe", "toy", "--data-root", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["generators", *plan, "--configs", "50", "--workers", "2"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert "50 configurations on 2 workers: about 0.0 h" in said.out
    assert "MB in the corpus folder" in said.out
    assert said.err.count("completed") == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--cluster", "tcp://127.0.0.1:9"], "--cluster tcp://127.0.0.1:9: no Dask scheduler answers there"),
        (
            ["--cluster", "tcp://127.0.0.1:9", "--workers", "2"],
            "--workers 2: with --cluster",
        ),
        (["--cluster", "tcp://127.0.0.1:9", "--device", "cude"], "did you mean 'cuda'?"),
        (["--block", "8"], "--block 8: on a CPU configurations train one at a time"),
    ],
)
def test_bad_input_about_engines(monkeypatch, capsys, tmp_path, more, message):
    monkeypatch.setitem(SPACES, "toy", ToySpace())
    monkeypatch.setattr("generators.devices.find_spec", lambda _: True)
    out = ["--out", str(tmp_path / "out")]
    toy = ["record", "toy", "--recipe", "toy", "--data-root", str(tmp_path), "--configs", "2", *out]
    monkeypatch.setattr(sys, "argv", ["generators", *toy, *more])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "message"), [([], "nowhere: no CIFAR-10 found"), (["--device", "cuda"], "no CUDA device")]
)
def test_bad_input_behind_torch(monkeypatch, capsys, tmp_path, more, message):
    torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["generators", *RECORD, "--out", str(tmp_path / "out"), *more])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_examples():
    """Run the docstrings' examples of the modules that do without torch."""
    tried = 0
    root = Path(generators.__file__).parent
    for path in root.rglob("*.py"):
        text = path.read_text()
        if ">>>" in text and "\nimport torch" not in text:
            name = ".".join(path.relative_to(root.parent).with_suffix("").parts)
            result = doctest.testmod(importlib.import_module(name))
            assert result.failed == 0, name
            tried += result.attempted
    assert tried > 50
