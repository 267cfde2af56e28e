"""Small regression problems for the tests of the regressors."""

from __future__ import annotations

import numpy as np


def smooth_problem(n=40, p=6, seed=0):
    """Return features of different scales and a smooth target with noise."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, p)) * 10.0 ** rng.integers(-3, 4, p) + rng.normal(size=p)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    targets = 0.5 + 0.1 * (np.tanh(standard[:, 0]) + standard[:, 1] / 2) + rng.normal(0, 0.02, n)
    return features, targets
