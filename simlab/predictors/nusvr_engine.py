"""The protocol of what solves nu-SVR problems, and the engines known by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from simlab.predictors.registry import Registry
from simlab.predictors.regressor import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]


class Engine(Protocol):
    """Solves the dual problem of nu-SVR.

    Minimise ``w' K w / 2 - y' w`` over weights w = a - a*, where every a_i and a*_i lies in [0, C] and each
    kind sums to C nu n / 2. A solution that an engine could not bring to its tolerance is used as it is, with
    scikit-learn's ConvergenceWarning.

    ``settings`` hold ``C``, ``nu`` and, for the RBF kernel, ``gamma``; ``patience`` is the number of steps of
    SMO before an engine that knows a better method turns to that.
    """

    def search(
        self, within: Floats, across: Floats, targets: Floats, settings: Sequence[Settings], patience: int, /
    ) -> Floats:
        """Predict held-out rows at each setting.

        Parameters
        ----------
        within : ndarray, shape (n, n)
            Squared distances (RBF kernel) or inner products (linear kernel) of the training rows.
        across : ndarray, shape (n, m)
            Those of the training rows with the held-out ones.
        targets : ndarray, shape (n,)
            Targets y.
        settings : sequence of dict, length k

        Returns
        -------
        ndarray, shape (k, m)
        """

    def solve(
        self,
        gram: Floats,
        targets: Floats,
        settings: Settings,
        patience: int,
        guess: Floats | None = None,
        /,
    ) -> tuple[Floats, float]:
        """Solve one problem to the final tolerance, perhaps faster from a guess at its weights.

        Parameters
        ----------
        gram : ndarray, shape (n, n)
            Kernel values K between the training rows.
        guess : ndarray, shape (n,), optional

        Returns
        -------
        weights : ndarray, shape (n,)
        intercept : float
        """


def kernel(products: Floats, settings: Settings) -> Floats:
    """Return exp(-gamma d^2) of squared distances where there is a gamma, else inner products as they are.

    Examples
    --------
    >>> kernel(np.array([0.0, 2.0]), {"C": 1.0, "nu": 0.5, "gamma": 0.5}).round(3)
    array([1.   , 0.368])
    """
    return np.exp(products * -settings["gamma"]) if "gamma" in settings else products


ENGINES: Registry[type[Engine]] = Registry(
    "engine",
    {
        "compiled": "simlab.predictors.nusvr_compiled:CompiledEngine",
        "libsvm": "simlab.predictors.nusvr_libsvm:LibsvmEngine",
    },
)
