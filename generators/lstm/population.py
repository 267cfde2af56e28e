"""Train language models of similar sizes side by side, as one batched program: meant for a GPU.

On a CPU a member draws the same weights and the same dropout as alone; on a GPU the same weights.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial

import torch

from generators.captured_step import CapturedStep
from generators.data.ptb import LanguageData
from generators.lstm.network import build_network
from generators.lstm.recipe import LstmRecipe
from generators.lstm.sizes import Sizes
from generators.lstm.stack import LanguageModels
from generators.members import Survivors, start_member
from generators.space import EpochRecord


class Dropout:
    """Draws the masks of dropout, each member's from a generator of its own.

    Parameters
    ----------
    models : LanguageModels
    sizes : sequence of Sizes
        Of the members, as trained.
    generators : sequence of torch.Generator
    rate : float
    """

    def __init__(
        self,
        models: LanguageModels,
        sizes: Sequence[Sizes],
        generators: Sequence[torch.Generator],
        rate: float,
    ) -> None:
        self.models, self.sizes, self.generators, self.keep = models, sizes, generators, 1 - rate

    def draw(self, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return masks of inputs and outputs [member, length, stream, unit] for words [length, stream]."""
        some = self.models.parameters["softmax"]
        masks = tuple(
            some.new_zeros(self.models.n_members, *words.shape, n_units)
            for n_units in (self.models.n_inputs, self.models.n_cells)
        )
        for member, (sizes, generator) in enumerate(zip(self.sizes, self.generators, strict=True)):
            for mask, n_units in zip(masks, (sizes.n_inputs, sizes.n_cells), strict=True):
                mask[member, ..., :n_units] = some.new_empty(*words.shape, n_units).bernoulli_(
                    self.keep, generator=generator
                )
        return masks[0] / self.keep, masks[1] / self.keep


def train_language_models(
    configs: Sequence[Sizes],
    seeds: Sequence[int],
    recipe: LstmRecipe,
    data: LanguageData,
    device: str,
    *,
    capture: bool = False,
) -> Iterator[list[EpochRecord]]:
    """Train a population and yield the records of its members after each epoch.

    Parameters
    ----------
    configs, seeds : sequence
        Of the members.
    recipe : LstmRecipe
    data : LanguageData
    device : str
    capture : bool
        Replay the training step as a CUDA graph; on a GPU only.

    Yields
    ------
    list of EpochRecord
    """
    pairs = zip(configs, seeds, strict=True)
    starts = [start_member(partial(build_network, config, recipe), seed) for config, seed in pairs]
    models = LanguageModels([network for network, _ in starts], device)
    generators = [generator for _, generator in starts]
    if device != "cpu":
        generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
    sizes = [config.shrunk(recipe.width_divisor) for config in configs]
    dropout = Dropout(models, sizes, generators, recipe.dropout)
    trainer = Trainer(models, dropout, recipe, data, capture=capture)
    clock = time.process_time if device == "cpu" else time.perf_counter
    survivors = Survivors(len(configs))
    for epoch in range(1, recipe.epochs + 1):
        start = clock()
        train_losses = trainer.train_epoch(recipe.learning_rate_in(epoch))
        valid_losses = trainer.evaluate()
        values = torch.tensor(valid_losses, dtype=torch.float64).exp().tolist()
        yield survivors.records(clock() - start, values, train_losses, valid_losses)


class Trainer:
    """Epochs of a population, as in :mod:`generators.lstm.training`.

    Parameters
    ----------
    models : LanguageModels
    dropout : Dropout
    recipe : LstmRecipe
    data : LanguageData
    capture : bool
    """

    def __init__(
        self,
        models: LanguageModels,
        dropout: Dropout,
        recipe: LstmRecipe,
        data: LanguageData,
        *,
        capture: bool = False,
    ) -> None:
        self.models, self.dropout, self.recipe, self.data = models, dropout, recipe, data
        self.state = models.start_state(data.train_inputs.shape[1])
        self.totals = self.state.new_zeros(models.n_members)
        self.step = CapturedStep(self._step) if capture else self._step

    def train_epoch(self, learning_rate: float) -> list[float]:
        """Read the training text once and return the mean losses per word [member]."""
        self.state.zero_()
        self.totals.zero_()
        rate = self.totals.new_tensor(learning_rate)
        steps = (
            part.split(self.recipe.unrolling) for part in (self.data.train_inputs, self.data.train_targets)
        )
        for words, targets in zip(*steps, strict=True):
            self.step(words, targets, *self.dropout.draw(words), rate)
        losses: list[float] = (self.totals / len(self.data.train_inputs)).tolist()
        return losses

    def _step(
        self,
        words: torch.Tensor,
        targets: torch.Tensor,
        input_mask: torch.Tensor,
        output_mask: torch.Tensor,
        rate: torch.Tensor,
    ) -> None:
        parameters = list(self.models.parameters.values())
        losses = self.models.losses(words, targets, self.state, input_mask, output_mask)
        gradients = torch.autograd.grad(losses.sum() * len(words), parameters)
        with torch.no_grad():
            norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
            shrinkage = (self.recipe.max_gradient_norm / (norms + 1e-6)).clamp(max=1)  # as clip_grad_norm_
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(gradient * (rate * shrinkage).view(-1, *[1] * (gradient.ndim - 1)))
            self.totals.add_(losses, alpha=len(words))

    @torch.no_grad()
    def evaluate(self) -> list[float]:
        """Return the mean losses per word of the validation text [member]."""
        state = self.models.start_state(self.data.valid_inputs.shape[1])
        total = torch.zeros_like(self.totals, dtype=torch.float64)
        steps = (
            part.split(self.recipe.eval_unrolling)
            for part in (self.data.valid_inputs, self.data.valid_targets)
        )
        for words, targets in zip(*steps, strict=True):
            total += self.models.losses(words, targets, state) * len(words)
        losses: list[float] = (total / len(self.data.valid_inputs)).tolist()
        return losses
