"""The Cuda-Convnet search space: a fixed network, and the hyperparameters of Table 4 of the paper.

References
----------
Baker, Gupta, Raskar, Naik (2017), "Accelerating Neural Architecture Search using Performance Prediction".
Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar (2017), "Hyperband: A Novel Bandit-Based Approach to
Hyperparameter Optimization".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

REDUCTION = 0.1  # what the learning rate is multiplied by at each reduction


@dataclass(frozen=True)
class Range:
    """Where a hyperparameter is drawn from: uniformly on a ``log`` or ``linear`` scale, or an ``integer``.

    Examples
    --------
    >>> Range(0, 3, "integer").sample(np.random.default_rng(0))
    3
    >>> Range(1e-3, 1e3, "log").sample(np.random.default_rng(0))
    6.63392
    """

    low: float
    high: float
    scale: str

    def sample(self, rng: np.random.Generator) -> float:
        """Draw a value; real ones are rounded to 6 significant digits, so that their text says all."""
        if self.scale == "integer":
            return int(rng.integers(int(self.low), int(self.high), endpoint=True))
        if self.scale == "log":
            value = np.exp(rng.uniform(np.log(self.low), np.log(self.high)))
        else:
            value = rng.uniform(self.low, self.high)
        return float(f"{value:.6g}")


@dataclass(frozen=True)
class Hyperparameters:
    """One configuration.

    Parameters
    ----------
    learning_rate : float
        Initial learning rate.
    lr_reductions : int
        How often the learning rate falls to a tenth, at even distances over the epochs.
    l2_conv1, l2_conv2, l2_conv3, l2_fc4 : float
        L2 penalty w of the weights of each layer: w / 2 times their sum of squares is added to the loss.
    norm_scale, norm_power : float
        Of the local response normalisation.

    Examples
    --------
    >>> print(Hyperparameters(0.001, 2, 0.004, 0.004, 0.004, 1.0, 5e-5, 0.75))
    lr=0.001 reductions=2 l2=0.004,0.004,0.004,1 norm_scale=5e-05 norm_power=0.75
    """

    learning_rate: float
    lr_reductions: int
    l2_conv1: float
    l2_conv2: float
    l2_conv3: float
    l2_fc4: float
    norm_scale: float
    norm_power: float

    def __str__(self) -> str:
        penalties = ",".join(f"{l2:g}" for l2 in (self.l2_conv1, self.l2_conv2, self.l2_conv3, self.l2_fc4))
        return (
            f"lr={self.learning_rate:g} reductions={self.lr_reductions} l2={penalties} "
            f"norm_scale={self.norm_scale:g} norm_power={self.norm_power:g}"
        )

    def learning_rate_at(self, share: float) -> float:
        """Return the learning rate after a share of all epochs.

        Examples
        --------
        Two reductions over 60 epochs come after epochs 20 and 40:

        >>> twice = Hyperparameters(1.0, 2, 0, 0, 0, 0, 0, 0)
        >>> [round(twice.learning_rate_at(epoch / 60), 9) for epoch in (0, 19.9, 20, 39.9, 40)]
        [1.0, 1.0, 0.1, 0.1, 0.01]
        """
        return self.learning_rate * REDUCTION ** int(share * (self.lr_reductions + 1) + 1e-9)


TABLE_4 = {
    "learning_rate": Range(5e-5, 5, "log"),
    "lr_reductions": Range(0, 3, "integer"),
    "l2_conv1": Range(5e-5, 5, "log"),
    "l2_conv2": Range(5e-5, 5, "log"),
    "l2_conv3": Range(5e-5, 5, "log"),
    "l2_fc4": Range(5e-5, 5, "log"),
    "norm_scale": Range(5e-6, 5, "log"),
    "norm_power": Range(1e-2, 3, "linear"),
}


def sample_hyperparameters(rng: np.random.Generator) -> Hyperparameters:
    """Draw every hyperparameter of Table 4 independently.

    Examples
    --------
    >>> sample_hyperparameters(np.random.default_rng(0)).lr_reductions
    2
    """
    draws = {name: range_.sample(rng) for name, range_ in TABLE_4.items()}
    return Hyperparameters(**draws)  # type: ignore[arg-type]
