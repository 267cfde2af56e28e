"""The epoch loop shared by all image classifiers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional

from generators.image_recipe import ImageRecipe
from generators.precision import at_least_float32, matrix_precision
from generators.space import EpochRecord


@dataclass(frozen=True)
class ImageData:
    """Images as uint8 [n, 3, side, side] and labels [n] on the training device, and channel statistics."""

    train_images: torch.Tensor
    train_labels: torch.Tensor
    valid_images: torch.Tensor
    valid_labels: torch.Tensor
    mean: torch.Tensor  # [1, 3, 1, 1], of the training images in 0..255
    std: torch.Tensor

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """Turn uint8 images into floats of zero mean and unit variance per channel."""
        floats = (images.float() - self.mean) / self.std
        return floats.contiguous(memory_format=torch.channels_last)

    def centred_only(self) -> ImageData:
        """Return the same images, normalised to zero mean only: pixels keep their scale."""
        return replace(self, std=torch.ones_like(self.std))


def prepare_process() -> None:
    """Use one thread, so that results do not depend on the number of workers, and treat denormals as zero."""
    # Memory needs no bound of ours: oneDNN keeps at most 1024 compiled kernels, so a process grows by some
    # 350 MB over its first hundred networks and then stays; a smaller cache would slow deep networks down.
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


@dataclass(frozen=True)
class Training:
    """What one configuration trains, and how.

    Parameters
    ----------
    build : callable
        Returns a freshly initialised network; called after seeding.
    optimize : callable
        Returns the optimizer of a network. A parameter group may say by which ``rate_factor`` it learns
        faster than the others.
    learning_rate_at : callable
        Gives the learning rate after a number of epochs, a fraction within an epoch.
    """

    build: Callable[[], nn.Module]
    optimize: Callable[[nn.Module], torch.optim.Optimizer]
    learning_rate_at: Callable[[float], float]


def train_epochs(
    training: Training, seed: int, recipe: ImageRecipe, data: ImageData, device: str
) -> Iterator[EpochRecord]:
    """Train a classifier and yield one record per epoch.

    Parameters
    ----------
    training : Training
    seed : int
        Determines initialisation, batches, mirroring and dropout.
    recipe : ImageRecipe
    data : ImageData
    device : str

    Yields
    ------
    EpochRecord
        Validation accuracy and losses after each epoch.
    """
    torch.manual_seed(seed)
    network = training.build().to(device, memory_format=torch.channels_last)
    optimizer = training.optimize(network)
    # On the CPU a process has one thread: its CPU time is what an epoch costs, however busy the machine is.
    clock = time.process_time if device == "cpu" else time.perf_counter
    for epoch in range(1, recipe.epochs + 1):
        start = clock()
        train_loss = _train_epoch(network, optimizer, training.learning_rate_at, epoch, recipe, data)
        value, valid_loss = _evaluate(network, recipe, data)
        yield EpochRecord(
            value=value,
            seconds=clock() - start,
            train_loss=train_loss,
            valid_loss=valid_loss,
        )


def _train_epoch(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    learning_rate_at: Callable[[float], float],
    epoch: int,
    recipe: ImageRecipe,
    data: ImageData,
) -> float:
    network.train()
    n_images = len(data.train_labels)
    order = torch.randperm(n_images).to(data.train_labels.device)
    batches = order.split(recipe.batch_size)
    total = torch.zeros((), device=data.train_labels.device)
    for number, batch in enumerate(batches):
        learning_rate = learning_rate_at(epoch - 1 + number / len(batches))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * group.get("rate_factor", 1.0)
        images = data.train_images[batch]
        if recipe.mirror:
            flipped = torch.rand(len(batch), device=images.device) < 0.5
            images = torch.where(flipped[:, None, None, None], images.flip(3), images)
        with matrix_precision(recipe, images.device):
            logits = network(data.normalised(images))
        loss = functional.cross_entropy(at_least_float32(logits), data.train_labels[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return float(total) / n_images


@torch.no_grad()
def _evaluate(network: nn.Module, recipe: ImageRecipe, data: ImageData) -> tuple[float, float]:
    network.eval()
    correct, loss = 0.0, 0.0
    batches = (part.split(recipe.eval_batch_size) for part in (data.valid_images, data.valid_labels))
    for images, labels in zip(*batches, strict=True):
        with matrix_precision(recipe, images.device):
            logits = at_least_float32(network(data.normalised(images)))
        correct += float((logits.argmax(1) == labels).sum())
        loss += float(functional.cross_entropy(logits, labels, reduction="sum"))
    return correct / len(data.valid_labels), loss / len(data.valid_labels)
