"""What a predictor gets to see: fully observed curves to learn from, and prefixes to predict from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simlab.metric import Metric

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FeatureMatrix:
    """Named numeric features of n configurations.

    Attributes
    ----------
    names : tuple of str
        The columns' names, p of them.
    matrix : ndarray, shape (n, p)
    """

    names: tuple[str, ...]
    matrix: Floats

    def take(self, indices: Integers) -> FeatureMatrix:
        """Return the rows at ``indices``."""
        return FeatureMatrix(self.names, self.matrix[indices])


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """n fully observed curves with their targets.

    Attributes
    ----------
    scores : ndarray, shape (n, T)
        Observed scores (larger is better), NaN beyond a curve's end.
    lengths : ndarray of int, shape (n,)
    targets : ndarray, shape (n,)
        Final scores y_T.
    architecture, hyperparameters : FeatureMatrix
        The AP and HP features.
    n_without_target : int
        Configurations asked for but left out because they have no final value (censored or failed).
    metric : Metric
        What the scores are scores of; unbounded where nobody said.
    """

    scores: Floats
    lengths: Integers
    targets: Floats
    architecture: FeatureMatrix
    hyperparameters: FeatureMatrix
    n_without_target: int = 0
    metric: Metric = Metric(name="score", direction="maximize")

    def __len__(self) -> int:
        return len(self.targets)

    def reaching(self, epoch: int) -> TrainingSet:
        """Return the curves observed for at least ``epoch`` epochs: only they have so long a prefix."""
        return self.take(np.flatnonzero(self.lengths >= epoch))

    def take(self, rows: Integers) -> TrainingSet:
        """Return some of the curves."""
        return TrainingSet(
            scores=self.scores[rows],
            lengths=self.lengths[rows],
            targets=self.targets[rows],
            architecture=self.architecture.take(rows),
            hyperparameters=self.hyperparameters.take(rows),
            n_without_target=self.n_without_target,
            metric=self.metric,
        )

    def prefixes(self, epoch: int) -> Prefixes:
        """Return the first ``epoch`` scores of every curve; all must reach that far."""
        return Prefixes(self.scores[:, :epoch], self.architecture, self.hyperparameters)


@dataclass(frozen=True, eq=False)
class Prefixes:
    """The first t scores of n curves, and their features.

    Attributes
    ----------
    scores : ndarray, shape (n, t)
    architecture, hyperparameters : FeatureMatrix
        The AP and HP features.
    """

    scores: Floats
    architecture: FeatureMatrix
    hyperparameters: FeatureMatrix

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def epoch(self) -> int:
        """Length t of the prefixes."""
        return int(self.scores.shape[1])
