"""Random forest regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.ensemble import RandomForestRegressor

from simlab.predictors.regressor import Regressor, Settings

Floats = npt.NDArray[np.float64]


class RandomForest(Regressor):
    """Random forest (Breiman 2001) with the paper's search space (Appendix B).

    Settings: ``n_trees`` from 10 to 800, ``max_features`` (share of the features tried at each split) from
    0.1 to 0.5, and ``seed``, which makes the forest deterministic. A forest costs about a millisecond per
    tree, hence the small default search.
    """

    n_random: ClassVar[int] = 3
    default_search: ClassVar[int] = 8
    #: Fewest and most trees, both included.
    trees: ClassVar[tuple[int, int]] = (10, 800)
    #: Smallest and largest share of the features.
    shares: ClassVar[tuple[float, float]] = (0.1, 0.5)

    def settings(self, uniform: Sequence[float]) -> Settings:
        """Draw trees and share uniformly.

        Examples
        --------
        >>> RandomForest().settings([0.0, 0.25, 0.25])
        {'n_trees': 10, 'max_features': 0.2, 'seed': 536870912}
        """
        (fewest, most), (smallest, largest) = self.trees, self.shares
        return {
            "n_trees": fewest + int(uniform[0] * (most - fewest + 1)),
            "max_features": smallest + uniform[1] * (largest - smallest),
            "seed": int(uniform[2] * 2**31),
        }

    def fit(self, features: Floats, targets: Floats, settings: Settings) -> RandomForestRegressor:
        """Grow the forest on all rows; trees need no scaling."""
        forest = RandomForestRegressor(
            n_estimators=int(settings["n_trees"]),
            max_features=settings["max_features"],
            random_state=int(settings["seed"]),
            n_jobs=1,
        )
        return forest.fit(features, targets)

    def leave_one_out_residuals(self, features: Floats, targets: Floats, settings: Settings) -> Floats:
        """Predict each row by the trees whose bootstrap sample does not contain it.

        Given that it left the row out, a bootstrap sample is a draw of n from the other n - 1 rows, so that
        those trees are distributed as trees of a forest grown without the row (whose samples are one
        smaller). They are about 37 % of the forest, so the residuals carry the variance of so many trees. A
        row that every tree has seen is predicted by a forest grown without it.
        """
        forest = self.fit(features, targets, settings)
        sums, counts = np.zeros(len(targets)), np.zeros(len(targets))
        with config_context(assume_finite=True):
            for tree, sample in zip(forest.estimators_, forest.estimators_samples_, strict=True):
                unseen = np.setdiff1d(np.arange(len(targets)), sample)
                sums[unseen] += tree.predict(features[unseen])
                counts[unseen] += 1
        residuals = targets - sums / np.maximum(counts, 1)
        for row in np.flatnonzero(counts == 0):
            residuals[row] = self.refit_residual(features, targets, settings, int(row))
        return residuals
