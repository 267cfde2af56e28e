"""The command line as a whole: help, version, typing errors, exit codes, pipes, and how fast it starts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import simlab
from simlab.cli.app import app

HEAVY = {"numpy", "polars", "pyarrow", "pandas", "scipy", "sklearn", "altair", "joblib", "narwhals", "rich"}


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def python(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, **options
    )


def test_version():
    assert run("--version").output.split() == ["simlab", simlab.__version__]


def test_help_lists_the_commands():
    result = run("--help")
    assert result.exit_code == 0
    assert "corpora" in result.output
    assert "import" in result.output


@pytest.mark.parametrize("arguments", [["--help"], ["import", "csv", "--help"], ["corpora", "lst"]])
def test_help_and_typing_errors_import_nothing_heavy(arguments):
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print('loaded', *sys.modules, file=sys.stderr))\n"
        "from simlab.cli import main\n"
        f"sys.argv = ['simlab', *{arguments!r}]\n"
        "main()\n"
    )
    loaded = python("-c", code).stderr.splitlines()[-1].split()
    assert loaded[0] == "loaded"
    assert HEAVY.isdisjoint(loaded)


@pytest.mark.parametrize(
    ("typed", "meant"), [(["corporra"], "corpora"), (["corpora", "lst"], "list"), (["import", "cvs"], "csv")]
)
def test_a_mistyped_command_suggests_the_nearest(typed, meant):
    result = run(*typed)
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in result.stderr
    assert result.stdout == ""


def test_a_wrong_option_is_a_usage_error():
    result = run("corpora", "list", "--jsn")
    assert result.exit_code == 2
    assert "--json" in result.stderr


def test_our_errors_are_one_message_on_stderr_and_bugs_propagate(monkeypatch):
    result = run("corpora", "info", "no-such-corpus")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: unknown corpus 'no-such-corpus'")
    assert "Traceback" not in result.stderr

    def broken(name):
        raise ZeroDivisionError

    monkeypatch.setattr("simlab.corpus.registry.load", broken)
    assert isinstance(run("corpora", "info", "x").exception, ZeroDivisionError)


def test_as_a_process():
    result = python("-m", "simlab.cli", "corpora", "verify", "nowhere/at/all")
    assert result.returncode == 2
    assert result.stderr.startswith("error: nowhere/at/all: no such folder")


def test_a_closed_pipe_ends_quietly():
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "simlab.cli", "--help"]
    result = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write_end)
    assert result.returncode == 1
    assert result.stderr == ""
