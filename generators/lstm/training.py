"""Train a language model with plain SGD, truncated backpropagation through time and clipped gradients."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional

from generators.data.ptb import LanguageData
from generators.lstm.network import LanguageModel, State, build_network
from generators.lstm.recipe import LstmRecipe
from generators.lstm.sizes import Sizes
from generators.space import EpochRecord


def train_language_model(
    config: Sizes, seed: int, recipe: LstmRecipe, data: LanguageData, device: str
) -> Iterator[EpochRecord]:
    """Train a language model and yield one record per epoch.

    Parameters
    ----------
    config : Sizes
    seed : int
        Determines initialisation and dropout.
    recipe : LstmRecipe
    data : LanguageData
    device : str

    Yields
    ------
    EpochRecord
        Validation perplexity, and mean cross-entropies per word, in nats, of training and validation. The
        perplexity is infinite where it exceeds what a float holds.
    """
    torch.manual_seed(seed)
    network = build_network(config, recipe).to(device)
    optimizer = torch.optim.SGD(network.parameters(), fused=True)
    # On the CPU a process has one thread: its CPU time is what an epoch costs, however busy the machine is.
    clock = time.process_time if device == "cpu" else time.perf_counter
    for epoch in range(1, recipe.epochs + 1):
        start = clock()
        optimizer.param_groups[0]["lr"] = recipe.learning_rate_in(epoch)
        train_loss = train_epoch(network, optimizer, recipe, data)
        valid_loss = evaluate(network, recipe, data)
        yield EpochRecord(
            value=float(torch.tensor(valid_loss, dtype=torch.float64).exp()),
            seconds=clock() - start,
            train_loss=train_loss,
            valid_loss=valid_loss,
        )


def train_epoch(
    network: LanguageModel, optimizer: torch.optim.Optimizer, recipe: LstmRecipe, data: LanguageData
) -> float:
    """Read the training text once, in its order, and return the mean loss per word.

    The state is zero before the first word, and handed on from each step to the next one.
    """
    network.train()
    state: State | None = None
    total = torch.zeros((), device=data.train_inputs.device)
    steps = (part.split(recipe.unrolling) for part in (data.train_inputs, data.train_targets))
    for words, targets in zip(*steps, strict=True):
        logits, state = network(words, state)
        state = (state[0].detach(), state[1].detach())
        loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad(set_to_none=True)
        (loss * len(words)).backward()  # summed over time, averaged over streams
        nn.utils.clip_grad_norm_(network.parameters(), recipe.max_gradient_norm)
        optimizer.step()
        total += loss.detach() * len(words)
    return float(total) / len(data.train_inputs)


@torch.no_grad()
def evaluate(network: LanguageModel, recipe: LstmRecipe, data: LanguageData) -> float:
    """Return the mean loss per word of the validation text, read in its order."""
    network.eval()
    state: State | None = None
    total = 0.0
    steps = (part.split(recipe.eval_unrolling) for part in (data.valid_inputs, data.valid_targets))
    for words, targets in zip(*steps, strict=True):
        logits, state = network(words, state)
        total += float(functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum"))
    return total / int(data.valid_targets.numel())
