"""The code blocks of documents: how they are executed, and that none goes unexecuted by accident."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sybil import Sybil

from tests.documentation import Command, parsers, read_commands

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
DATA_LANGUAGES = {"bibtex", "csv", "json", "mermaid", "text", "toml", "yaml"}


@pytest.fixture
def execute(tmp_path, monkeypatch):
    """Return a function that executes all blocks of a Markdown text and returns how many there were."""
    monkeypatch.chdir(tmp_path)

    def run(text):
        path = tmp_path / "document.md"
        path.write_text(text)
        examples = list(Sybil(parsers=list(parsers())).parse(path).examples())
        for example in examples:
            example.evaluate()
        return len(examples)

    return run


def block(language, *lines):
    return "\n".join([f"```{language}", *lines, "```", ""])


def test_python_blocks_share_their_variables(execute):
    assert execute(block("python", "x = 1") + "\ntext\n\n" + block("python", "assert x == 1")) == 2


def test_failing_python_block_fails(execute):
    with pytest.raises(ZeroDivisionError):
        execute(block("python", "1 / 0"))


def test_console_command_runs_in_the_current_folder_with_our_python_first(execute, tmp_path):
    execute(block("console", "$ python -c 'import sybil' && touch made.txt"))
    assert (tmp_path / "made.txt").exists()


def test_failing_console_command_fails_with_its_output(execute):
    with pytest.raises(AssertionError, match=r"exited with 3:\s+oh no"):
        execute(block("console", "$ echo oh no; exit 3"))


def test_failure_inside_a_pipe_fails(execute):
    with pytest.raises(AssertionError, match="exited with 1"):
        execute(block("console", "$ false | cat"))


def test_shown_output_must_match(execute):
    execute(block("console", "$ echo one; echo 2.5 s", "one", "... s", "$ true"))
    with pytest.raises(AssertionError, match="should print"):
        execute(block("console", "$ echo one", "two"))


def test_second_command_is_checked_too(execute):
    with pytest.raises(AssertionError, match="`false` exited with 1"):
        execute(block("console", "$ true", "$ false"))


def test_console_block_without_a_prompt_fails(execute):
    with pytest.raises(AssertionError, match="without a line that starts with"):
        execute(block("console", "simlab --help"))


def test_commands_continue_after_a_backslash():
    assert read_commands("$ one \\\n    two\nout\n$ three\n") == [
        Command("one two", "out\n"),
        Command("three", ""),
    ]


@pytest.mark.parametrize("language", ["python", "console"])
def test_marked_block_is_left_alone(execute, language):
    marked = "<!-- not executed: needs a GPU -->\n\n" + block(language, "$ exit 1")
    assert execute(marked) == 0


def test_mark_covers_the_next_block_only(execute):
    text = (
        "<!-- not executed: needs a GPU -->\n"
        + block("console", "$ exit 1")
        + "\n"
        + block("console", "$ true")
    )
    assert execute(text) == 1


def test_mark_without_a_reason_does_not_count(execute):
    with pytest.raises(AssertionError, match="exited with 1"):
        execute("<!-- not executed: -->\n" + block("console", "$ exit 1"))


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path.exists()], ids=lambda path: path.name)
def test_every_block_is_executed_or_data(path):
    """A ``bash`` or ``pycon`` block would look executed, and rot."""
    opened = re.findall(r"^ *(?:```|~~~)([^\s`~]*)", path.read_text(), flags=re.MULTILINE)[::2]
    allowed = {"python", "console"} | DATA_LANGUAGES
    assert [language for language in opened if language not in allowed and not language.startswith("{")] == []
