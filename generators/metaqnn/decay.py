"""How a MetaQNN network is trained when its learning rate decays exponentially."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from generators.metaqnn.recipe import MetaQNNRecipe


@dataclass(frozen=True, kw_only=True)
class DecayRecipe(MetaQNNRecipe):
    """A MetaQNN recipe whose learning rate is multiplied by ``decay`` per epoch, continuously.

    Parameters
    ----------
    decay : float
    """

    decay: float
    schedule: str = "exponential"

    @classmethod
    def like(cls, recipe: MetaQNNRecipe, *, decay: float) -> Self:
        """Return the same recipe but for the schedule.

        Examples
        --------
        >>> from generators.metaqnn.recipe import PAPER
        >>> decaying = DecayRecipe.like(PAPER, decay=0.5)
        >>> [decaying.learning_rate_at(progress) for progress in (0, 1, 2)]
        [0.001, 0.0005, 0.00025]
        """
        schedule = {"schedule": "exponential", "drop_epochs": (), "drop_factor": 1.0, "decay": decay}
        return cls(**{**vars(recipe), **schedule})

    def fall_at(self, progress: float) -> float:
        """Return the share of the learning rate that is left after ``progress`` epochs."""
        return math.pow(self.decay, progress)

    def describe_fall(self) -> str:
        """Say in words how the learning rate falls."""
        return f"falling exponentially by a factor of {self.decay:g} per epoch, batch by batch"
