"""Searchers: which configuration is tried next."""

from simlab.searchers.random_ordering import RandomOrdering, draw_orderings
from simlab.searchers.reshuffling import Reshuffling
from simlab.searchers.searcher import Searcher

__all__ = ["RandomOrdering", "Reshuffling", "Searcher", "draw_orderings"]
