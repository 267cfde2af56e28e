"""What the recipes of both residual search spaces have in common."""

from __future__ import annotations

from dataclasses import dataclass

from generators.image_recipe import ImageRecipe


@dataclass(frozen=True, kw_only=True)
class ResNetRecipe(ImageRecipe):
    """Settings of a recording that are not searched; each space adds its own to them.

    Parameters
    ----------
    n_classes : int
    learning_rate : float
        Initial learning rate.
    drop_epochs : tuple of int
        After each of them the learning rate is multiplied by ``drop_factor``.
    drop_factor : float
    weight_decay : float
        L2 penalty w of all weights: w / 2 times their sum of squares is added to the loss.
    """

    n_classes: int
    learning_rate: float
    drop_epochs: tuple[int, ...]
    drop_factor: float
    weight_decay: float

    def learning_rate_at(self, progress: float) -> float:
        """Return the learning rate after ``progress`` epochs, a fraction within an epoch.

        Examples
        --------
        >>> from generators.resnet.cifar10_recipe import PAPER
        >>> [round(PAPER.learning_rate_at(progress), 9) for progress in (0, 29.99, 30)]
        [0.001, 0.001, 1e-05]
        """
        return self.learning_rate * self.drop_factor ** sum(progress >= drop for drop in self.drop_epochs)
