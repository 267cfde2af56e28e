"""``python -m generators``."""

from __future__ import annotations

from generators.cli import main

if __name__ == "__main__":  # workers import this module too
    main()
