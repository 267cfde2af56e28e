"""Record learning-curve corpora with PyTorch: one file per search space around one small shared recorder.

Importing this package does not import torch; only building and training a network does.
"""

from __future__ import annotations

__version__ = "0.1.0"
