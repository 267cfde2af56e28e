"""``python -m simlab.cli``: the command line where the ``simlab`` script is not on the path."""

from __future__ import annotations

from simlab.cli import main

main()
