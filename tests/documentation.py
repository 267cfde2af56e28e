"""Executes the code blocks of Markdown documents.

- A ``python`` block is run; the blocks of one document share their variables.
- A ``console`` block's lines that start with ``$ `` are run by bash and must exit with 0. Lines that follow
  are the expected output; they may be left out, and ``...`` stands for any text, as in a doctest.
- A block right after ``<!-- not executed: reason -->`` is left alone.

All blocks of a document run in one scratch folder, with the environment's programs first on the PATH.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sybil import Document, Example, Region
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.typing import Parser

PROMPT = "$ "
NOT_EXECUTED = re.compile(r"<!-- not executed: \S[^>]* -->\s*\Z")


@dataclass(frozen=True)
class Command:
    """A command of a console block, and the output shown below it (empty: none is shown)."""

    text: str
    output: str


def read_commands(block: str) -> list[Command]:
    """Split a console block into its commands; one that ends in a backslash goes on in the next line."""
    commands: list[Command] = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        text, _, output = re.sub(r"\\\n\s*", "", part).partition("\n")
        commands.append(Command(text, output))
    return commands


def run_console_block(example: Example) -> str | None:
    """Run the commands of a block; return what went wrong first, or None."""
    commands = read_commands(example.parsed)
    if not commands:
        return f"a console block without a line that starts with {PROMPT!r}"
    return next((problem for problem in map(run_command, commands) if problem), None)


def run_command(command: Command) -> str | None:
    """Run one command in bash; return what went wrong, or None."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.text],
        check=False,
        env=os.environ | {"PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        return f"`{command.text}` exited with {done.returncode}:\n{done.stdout}"
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if command.output.strip() and not doctest.OutputChecker().check_output(
        command.output, done.stdout, flags
    ):
        return f"`{command.text}` should print\n{command.output}\nbut prints\n{done.stdout}"
    return None


def unless_marked(parser: Parser) -> Parser:
    """Leave out the blocks that follow a ``not executed`` comment."""

    def parse(document: Document) -> Iterable[Region]:
        return (
            region for region in parser(document) if not NOT_EXECUTED.search(document.text[: region.start])
        )

    return parse


def parsers() -> Iterator[Parser]:
    """Return the parsers of all blocks that are executed."""
    yield unless_marked(PythonCodeBlockParser())
    yield unless_marked(CodeBlockParser("console", run_console_block))
