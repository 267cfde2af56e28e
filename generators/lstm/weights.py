"""Count the weights of an LSTM language model without building it."""

from __future__ import annotations

from generators.lstm.recipe import LstmRecipe
from generators.lstm.sizes import Sizes

N_LAYERS = 3  # embedding, LSTM, softmax
N_GATES = 4  # input, forget, cell, output


def count_weights(config: Sizes, recipe: LstmRecipe) -> int:
    """Return the number of trained parameters, biases included, of the network that ``recipe`` trains.

    Examples
    --------
    Embeddings of 400 words, the LSTM with torch's two biases, and the softmax layer:

    >>> from generators.lstm.recipe import PAPER
    >>> count_weights(Sizes(10, 30), PAPER) == 400 * 30 + 4 * 10 * (30 + 10 + 2) + (10 + 1) * 400
    True
    """
    sizes = config.shrunk(recipe.width_divisor)
    embedding = recipe.vocabulary_size * sizes.n_inputs
    lstm = N_GATES * sizes.n_cells * (sizes.n_inputs + sizes.n_cells + 2)
    return embedding + lstm + (sizes.n_cells + 1) * recipe.vocabulary_size
