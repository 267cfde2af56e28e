"""Small synthetic corpora; they stand in the package, since its contract suites need them too."""

from __future__ import annotations

from simlab.testing.corpora import CHANCE, synthetic_corpus, synthetic_tables

__all__ = ["CHANCE", "synthetic_corpus", "synthetic_tables"]
