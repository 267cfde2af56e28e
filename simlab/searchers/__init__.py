"""Searchers: which configuration is tried next."""

from simlab.searchers.random_ordering import RandomOrdering, draw_orderings
from simlab.searchers.searcher import Searcher

__all__ = ["RandomOrdering", "Searcher", "draw_orderings"]
