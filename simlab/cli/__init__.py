"""The command line: ``simlab corpora``, ``simlab import``, ``simlab simulate``, ``simlab plot``."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the entry point of the ``simlab`` script."""
    from simlab.cli.app import app

    app(prog_name="simlab")
