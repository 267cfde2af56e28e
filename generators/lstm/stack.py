"""Language models of similar sizes, padded with zeros to the largest and stacked.

A padding cell has only zero weights, so its gates put out a half and its candidate zero, and it stays at
zero; nobody weighs it, so no gradient reaches it, and its weights stay at zero too: a member is exactly what
it would be alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from generators.lstm.network import LanguageModel
from generators.lstm.weights import N_GATES

Tensors = dict[str, torch.Tensor]


def pad(network: LanguageModel, n_inputs: int, n_cells: int) -> Tensors:
    """Return the weights of a model, padded with zeros as if it had more inputs and cells.

    Parameters
    ----------
    network : LanguageModel
    n_inputs, n_cells : int
        At least those of the network.

    Returns
    -------
    dict of str to torch.Tensor
        Detached from the network.
    """
    gates, cells = (N_GATES, n_cells), (N_GATES, network.lstm.hidden_size)
    shapes = {
        "embedding": (network.embedding.weight, (network.embedding.num_embeddings, n_inputs)),
        "of_inputs": (network.lstm.weight_ih_l0.unflatten(0, cells), (*gates, n_inputs)),
        "of_outputs": (network.lstm.weight_hh_l0.unflatten(0, cells), (*gates, n_cells)),
        "input_bias": (network.lstm.bias_ih_l0.unflatten(0, cells), gates),
        "output_bias": (network.lstm.bias_hh_l0.unflatten(0, cells), gates),
        "softmax": (network.softmax.weight, (network.softmax.out_features, n_cells)),
        "softmax_bias": (network.softmax.bias, (network.softmax.out_features,)),
    }
    return {name: _grow(weights.detach(), shape) for name, (weights, shape) in shapes.items()}


def _grow(tensor: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    grown = tensor.new_zeros(shape)
    grown[tuple(slice(size) for size in tensor.shape)] = tensor
    return grown


class LanguageModels:
    """Language models with stacked, padded weights.

    Parameters
    ----------
    networks : sequence of LanguageModel
    device : str

    Attributes
    ----------
    parameters : dict of str to torch.Tensor
        Each [member, ...].
    """

    def __init__(self, networks: Sequence[LanguageModel], device: str) -> None:
        self.n_members = len(networks)
        self.n_inputs = max(network.lstm.input_size for network in networks)
        self.n_cells = max(network.lstm.hidden_size for network in networks)
        padded = [pad(network, self.n_inputs, self.n_cells) for network in networks]
        self.parameters: Tensors = {
            name: torch.stack([one[name] for one in padded]).to(device).requires_grad_() for name in padded[0]
        }

    def start_state(self, n_streams: int) -> torch.Tensor:
        """Return outputs and cells of zero: [2, member, stream, cell]."""
        return self.parameters["softmax"].new_zeros(2, self.n_members, n_streams, self.n_cells)

    def losses(
        self,
        words: torch.Tensor,
        targets: torch.Tensor,
        state: torch.Tensor,
        input_mask: torch.Tensor | None = None,
        output_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Read words [length, stream], return the mean losses [member], and bring the state up to date.

        Masks [member, length, stream, unit] are what dropout multiplies inputs and outputs with.
        """
        inputs = self._embed(words)
        outputs = self._run(inputs if input_mask is None else inputs * input_mask, state)
        outputs = outputs if output_mask is None else outputs * output_mask
        weights, bias = self.parameters["softmax"], self.parameters["softmax_bias"]
        logits = torch.baddbmm(bias[:, None], outputs.flatten(1, 2), weights.mT)
        targets = targets.flatten().expand(self.n_members, -1)
        return functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none").mean(1)

    def _embed(self, words: torch.Tensor) -> torch.Tensor:
        """Return embeddings [member, length, stream, input]: one look-up for all members."""
        table = self.parameters["embedding"].transpose(0, 1).flatten(1)
        return functional.embedding(words, table).unflatten(2, (self.n_members, -1)).movedim(2, 0)

    def _run(self, inputs: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """Return the outputs of the cells [member, length, stream, cell]."""
        of_inputs, of_outputs = (self.parameters[name].flatten(1, 2) for name in ("of_inputs", "of_outputs"))
        bias = (self.parameters["input_bias"] + self.parameters["output_bias"]).flatten(1)
        driven = torch.baddbmm(bias[:, None], inputs.flatten(1, 2), of_inputs.mT)
        output, cell = state.clone().unbind()
        outputs = []
        for drive in driven.unflatten(1, inputs.shape[1:3]).unbind(1):
            let_in, keep, candidate, let_out = torch.baddbmm(drive, output, of_outputs.mT).chunk(N_GATES, 2)
            cell = keep.sigmoid() * cell + let_in.sigmoid() * candidate.tanh()
            output = let_out.sigmoid() * cell.tanh()
            outputs.append(output)
        state.copy_(torch.stack([output, cell]).detach())
        return torch.stack(outputs, 1)
