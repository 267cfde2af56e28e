"""How an LSTM language model is trained, apart from the sizes that are searched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LstmRecipe:
    """Settings for training one language model with SGD; all of them stand in the corpus metadata.

    Parameters
    ----------
    name : str
    epochs : int
    width_divisor : int
        The drawn numbers of cells and inputs are divided by it, and rounded up.
    n_train, n_valid : int
        Words predicted in an epoch, and in validation: the first ones of either text.
    batch_size : int
        Streams that the text is cut into, read side by side.
    unrolling : int
        Words of each stream in a step; gradients reach no further back.
    learning_rate : float
        Initial learning rate, for a loss that is summed over the words of a step and averaged over its
        streams.
    constant_epochs : int
        After so many epochs the learning rate is divided by ``decay`` before each further one.
    decay : float
    max_gradient_norm : float
        Longer gradients are scaled down to this norm.
    initial_range : float
        Weights and biases start uniformly between minus this and this.
    dropout : float
    vocabulary_size : int
        The unknown word and the end of a sentence included. The metric's ``worst`` value follows it.
    eval_unrolling : int
        Words of each stream read at once in validation.
    """

    name: str
    epochs: int
    width_divisor: int
    n_train: int
    n_valid: int
    batch_size: int
    unrolling: int
    learning_rate: float
    constant_epochs: int
    decay: float
    max_gradient_norm: float
    initial_range: float
    dropout: float
    vocabulary_size: int
    eval_unrolling: int = 100

    def learning_rate_in(self, epoch: int) -> float:
        """Return the learning rate of an epoch; the first one is 1.

        Examples
        --------
        >>> [round(PAPER.learning_rate_in(epoch), 4) for epoch in (1, 14, 15, 16)]
        [1.0, 1.0, 0.8696, 0.7561]
        """
        return self.learning_rate / self.decay ** max(epoch - self.constant_epochs, 0)


PAPER = LstmRecipe(
    name="paper",
    epochs=60,
    width_divisor=1,
    n_train=929_550,
    n_valid=73_750,
    batch_size=50,
    unrolling=35,
    learning_rate=1.0,
    constant_epochs=14,
    decay=1.15,
    max_gradient_norm=5.0,
    initial_range=0.05,
    dropout=0.5,
    vocabulary_size=400,
)

MINI = LstmRecipe(
    name="mini",
    epochs=60,
    width_divisor=20,
    n_train=36_000,
    n_valid=20_000,
    batch_size=50,
    unrolling=15,
    learning_rate=1.0,
    constant_epochs=14,
    decay=1.06,
    max_gradient_norm=5.0,
    initial_range=0.05,
    dropout=0.5,
    vocabulary_size=400,
)
