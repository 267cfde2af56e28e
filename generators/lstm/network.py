"""Build the torch module of an LSTM language model."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from generators.lstm.recipe import LstmRecipe
from generators.lstm.sizes import Sizes

State = tuple[torch.Tensor, torch.Tensor]  # outputs and cells, [1, streams, n_cells] each


class LanguageModel(nn.Module):
    """Word embedding, one LSTM layer, softmax layer; dropout before and after the LSTM layer.

    Dropout stands on what flows from layer to layer, never on what flows from word to word.

    Parameters
    ----------
    n_words : int
    n_inputs : int
        Width of the embedding.
    n_cells : int
    dropout : float

    References
    ----------
    Zaremba, Sutskever, Vinyals (2014), "Recurrent Neural Network Regularization".
    """

    def __init__(self, n_words: int, n_inputs: int, n_cells: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.embedding = nn.Embedding(n_words, n_inputs)
        self.lstm = nn.LSTM(n_inputs, n_cells)
        self.softmax = nn.Linear(n_cells, n_words)

    def forward(self, words: torch.Tensor, state: State | None) -> tuple[torch.Tensor, State]:
        """Read words [length, streams]; return logits [length, streams, n_words] and the state after them.

        A state of None is zero.
        """
        inputs = functional.dropout(self.embedding(words), self.dropout, self.training)
        outputs, state = self.lstm(inputs, state)
        return self.softmax(functional.dropout(outputs, self.dropout, self.training)), state


def build_network(config: Sizes, recipe: LstmRecipe) -> LanguageModel:
    """Build the network that ``recipe`` trains for ``config``; weights start uniformly around zero.

    Parameters
    ----------
    config : Sizes
    recipe : LstmRecipe
    """
    sizes = config.shrunk(recipe.width_divisor)
    network = LanguageModel(recipe.vocabulary_size, sizes.n_inputs, sizes.n_cells, recipe.dropout)
    for parameter in network.parameters():
        nn.init.uniform_(parameter, -recipe.initial_range, recipe.initial_range)
    return network
