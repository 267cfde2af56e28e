"""Train classifiers of one architecture side by side, as one batched program: meant for a GPU.

A member sees the same initial weights and the same batches as it would alone, and takes the same steps up to
rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.nn import functional

from generators.captured_step import CapturedStep
from generators.image_recipe import ImageRecipe
from generators.members import Survivors, start_member
from generators.precision import at_least_float32, matrix_precision
from generators.space import EpochRecord
from generators.training import ImageData
from simlab.errors import SettingError

IMAGES_AT_ONCE = 16_384  # of all members, in validation; an estimated 20 GB for cuda-convnet in full
Tensors = dict[str, torch.Tensor]  # by name of the parameter; the first axis is the member


@dataclass(frozen=True)
class Member:
    """What one member of a population trains.

    Parameters
    ----------
    build : callable
        Returns its freshly initialised network; called after seeding.
    learning_rate_at : callable
        Gives the learning rate after a number of epochs, a fraction within an epoch.
    seed : int
        Determines initialisation and batches.
    """

    build: Callable[[], nn.Module]
    learning_rate_at: Callable[[float], float]
    seed: int


class Networks:
    """Networks of one architecture, without dropout and batch normalisation, with stacked parameters.

    Parameters
    ----------
    networks : sequence of torch.nn.Module
    recipe : ImageRecipe
    device : str

    Attributes
    ----------
    parameters : dict of str to torch.Tensor
        Each [member, ...], to be changed in place.
    """

    def __init__(self, networks: Sequence[nn.Module], recipe: ImageRecipe, device: str) -> None:
        parameters, buffers = stack_module_state(list(networks))
        self.parameters: Tensors = {name: stack.detach().to(device) for name, stack in parameters.items()}
        self.buffers: Tensors = {name: stack.to(device) for name, stack in buffers.items()}
        self._network, self._recipe = networks[0], recipe

    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits [member, batch, class] of images [batch, ...] that all members look at."""
        return vmap(self._logits, in_dims=(0, 0, None))(self.parameters, self.buffers, images)

    def gradients(self, images: torch.Tensor, labels: torch.Tensor) -> tuple[Tensors, torch.Tensor]:
        """Return gradients, stacked as the parameters, and losses [member] of images [member, batch, ...]."""
        differentiate = vmap(grad_and_value(self._loss))
        gradients, losses = differentiate(self.parameters, self.buffers, images, labels)
        return gradients, losses

    def _loss(
        self, parameters: Tensors, buffers: Tensors, images: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        return functional.cross_entropy(self._logits(parameters, buffers, images), labels)

    def _logits(self, parameters: Tensors, buffers: Tensors, images: torch.Tensor) -> torch.Tensor:
        with matrix_precision(self._recipe, images.device):
            logits = functional_call(self._network, (parameters, buffers), (images,))
        return at_least_float32(logits)


Update = Callable[[Tensors, torch.Tensor], None]


def train_members(
    members: Sequence[Member],
    optimize: Callable[[Tensors], Update],
    recipe: ImageRecipe,
    data: ImageData,
    device: str,
    *,
    capture: bool = False,
) -> Iterator[list[EpochRecord]]:
    """Train a population and yield the records of its members after each epoch.

    Parameters
    ----------
    members : sequence of Member
    optimize : callable
        Takes the stacked parameters, and returns what changes them in place, given their gradients and the
        learning rates [member].
    recipe : ImageRecipe
        Without mirroring.
    data : ImageData
    device : str
    capture : bool
        Replay the training step as a CUDA graph; on a GPU only.

    Yields
    ------
    list of EpochRecord
        As :meth:`generators.space.PopulationSpace.train_population` wants them.

    Raises
    ------
    SettingError
        If the recipe mirrors images, which populations do not.
    """
    if recipe.mirror:
        raise SettingError(f"recipe '{recipe.name}' mirrors images: train its configurations one at a time")
    starts = [start_member(member.build, member.seed) for member in members]
    generators = [generator for _, generator in starts]
    networks = Networks([network for network, _ in starts], recipe, device)
    update = optimize(networks.parameters)
    totals = torch.zeros(len(members), device=device)

    def step(batch: torch.Tensor, rates: torch.Tensor) -> None:
        images = data.normalised(data.train_images[batch.flatten()]).unflatten(0, batch.shape)
        gradients, losses = networks.gradients(images, data.train_labels[batch])
        update(gradients, rates)
        totals.add_(losses, alpha=batch.shape[1])

    take = CapturedStep(step) if capture else step
    clock = time.process_time if device == "cpu" else time.perf_counter
    survivors = Survivors(len(members))
    for epoch in range(1, recipe.epochs + 1):
        start = clock()
        totals.zero_()
        batches = _draw_batches(generators, recipe, data)
        for batch, rates in zip(batches, _learning_rates(members, epoch, len(batches), device), strict=True):
            take(batch, rates)
        train_losses = (totals / len(data.train_labels)).tolist()
        values, valid_losses = _evaluate(networks, len(members), recipe, data)
        yield survivors.records(clock() - start, values, train_losses, valid_losses)


def _draw_batches(
    generators: Sequence[torch.Generator], recipe: ImageRecipe, data: ImageData
) -> list[torch.Tensor]:
    """Return the image numbers [member, batch] of the batches of an epoch, in each member's own order."""
    n_images = len(data.train_labels)
    orders = [torch.randperm(n_images, generator=generator) for generator in generators]
    return list(torch.stack(orders).to(data.train_labels.device).split(recipe.batch_size, dim=1))


def _learning_rates(members: Sequence[Member], epoch: int, n_batches: int, device: str) -> torch.Tensor:
    """Return the learning rates [batch, member] of an epoch."""
    progresses = [epoch - 1 + number / n_batches for number in range(n_batches)]
    rates = [[member.learning_rate_at(progress) for member in members] for progress in progresses]
    return torch.tensor(rates, device=device)


@torch.no_grad()
def _evaluate(
    networks: Networks, n_members: int, recipe: ImageRecipe, data: ImageData
) -> tuple[list[float], list[float]]:
    """Return accuracies and validation losses [member]; batches are smaller the more members there are."""
    device = data.valid_labels.device
    correct, loss = torch.zeros(2, n_members, dtype=torch.float64, device=device)
    batch_size = min(recipe.eval_batch_size, max(1, IMAGES_AT_ONCE // n_members))
    batches = (part.split(batch_size) for part in (data.valid_images, data.valid_labels))
    for images, labels in zip(*batches, strict=True):
        logits = networks.logits(data.normalised(images))
        targets = labels.expand(logits.shape[:2])
        correct += (logits.argmax(2) == targets).sum(1)
        loss += functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none").sum(1)
    n_images = len(data.valid_labels)
    return (correct / n_images).tolist(), (loss / n_images).tolist()
