"""Sweeps: many corpora, policies and settings over the same orderings, resumable, on any cluster."""

from simlab.sweeps.cell import Cell
from simlab.sweeps.sweep import Sweep

__all__ = ["Cell", "Sweep"]
