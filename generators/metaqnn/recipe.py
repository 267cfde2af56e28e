"""How a MetaQNN network is trained: every setting of a recording that is not part of the search space."""

from __future__ import annotations

import math
from dataclasses import dataclass

from generators.image_recipe import ImageRecipe


@dataclass(frozen=True, kw_only=True)
class MetaQNNRecipe(ImageRecipe):
    """Settings for training one image classifier with Adam; all of them stand in the corpus metadata.

    Parameters
    ----------
    width_divisor : int
        Channels and neurons of the drawn architecture are divided by it.
    padded_pooling : bool
        Pad pooling so that a map of side s shrinks to ceil(s / stride) and never vanishes.
    learning_rate : float
        Initial learning rate.
    schedule : {"step", "cosine"}
        Multiply the learning rate by ``drop_factor`` after each of ``drop_epochs``, or let it fall to zero
        along a half cosine over all epochs, batch by batch.
    drop_epochs : tuple of int
    drop_factor : float
    warmup_epochs : float
        The learning rate rises linearly from zero over the first of these epochs.
    weight_decay : float
        L2 penalty.
    max_dropout : float
        Dropout stands after every second layer; the i-th of n drops with probability ``max_dropout * i / n``.
    restarts : int
        How often a network still at chance after its first epoch starts anew with a lower learning rate.
    restart_below : float
        Validation accuracy up to which a network counts as at chance.
    restart_factor : float
        What the learning rate is multiplied by at each restart.
    """

    width_divisor: int
    padded_pooling: bool
    learning_rate: float
    schedule: str
    drop_epochs: tuple[int, ...] = ()
    drop_factor: float = 1.0
    warmup_epochs: float = 0.0
    weight_decay: float
    max_dropout: float
    restarts: int
    restart_below: float = 0.15
    restart_factor: float = 0.4

    def learning_rate_at(self, progress: float) -> float:
        """Return the learning rate after ``progress`` epochs, a fraction within an epoch.

        Examples
        --------
        >>> [round(PAPER.learning_rate_at(progress), 6) for progress in (0, 4.99, 5)]
        [0.001, 0.001, 0.0002]
        >>> [round(MINI.learning_rate_at(progress), 6) for progress in (0, 0.5, 10, 20)]
        [0.0, 0.000998, 0.001, 0.0]
        """
        warmup = min(1.0, progress / self.warmup_epochs) if self.warmup_epochs else 1.0
        return warmup * self.learning_rate * self.fall_at(progress)

    def fall_at(self, progress: float) -> float:
        """Return the share of the learning rate that the schedule leaves after ``progress`` epochs."""
        if self.schedule == "cosine":
            return (1 + math.cos(math.pi * progress / self.epochs)) / 2
        return self.drop_factor ** sum(progress >= drop for drop in self.drop_epochs)

    def describe_fall(self) -> str:
        """Say in words how the learning rate falls."""
        if self.schedule == "cosine":
            return "falling to zero along a half cosine, batch by batch"
        drops = ", ".join(map(str, self.drop_epochs))
        return f"multiplied by {self.drop_factor:g} after epochs {drops}"


PAPER = MetaQNNRecipe(
    name="paper",
    epochs=20,
    image_size=32,
    width_divisor=1,
    padded_pooling=False,
    n_train=45_000,
    n_valid=5_000,
    mirror=True,
    batch_size=128,
    learning_rate=1e-3,
    schedule="step",
    drop_epochs=(5, 10, 15),
    drop_factor=0.2,
    weight_decay=5e-4,
    max_dropout=0.5,
    restarts=4,
    bfloat16=False,
)

MINI = MetaQNNRecipe(
    name="mini",
    epochs=20,
    image_size=16,
    width_divisor=16,
    padded_pooling=True,
    n_train=4_000,
    n_valid=5_000,
    mirror=True,
    batch_size=64,
    learning_rate=2e-3,
    schedule="cosine",
    warmup_epochs=1.0,
    weight_decay=0.0,
    max_dropout=0.0,
    restarts=0,
    bfloat16=True,
)
