"""How the members of a population start, and how their epochs are told."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import nn

from generators.space import EpochRecord


def start_member(build: Callable[[], nn.Module], seed: int) -> tuple[nn.Module, torch.Generator]:
    """Return a network as training alone initialises it, and the generator of all that is drawn after it.

    Parameters
    ----------
    build : callable
        Returns a freshly initialised network.
    seed : int

    Examples
    --------
    >>> network, generator = start_member(lambda: nn.Linear(2, 1), seed=7)
    >>> alone = torch.manual_seed(7), nn.Linear(2, 1)
    >>> bool((network.weight == alone[1].weight).all())
    True
    >>> bool((torch.randperm(9, generator=generator) == torch.randperm(9)).all())
    True
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build()
        return network, torch.Generator().set_state(torch.get_rng_state())


class Survivors:
    """Tells the epochs of a population; a member that diverged has no number after that epoch.

    Parameters
    ----------
    n_members : int
    """

    def __init__(self, n_members: int) -> None:
        self.alive = [True] * n_members

    def records(
        self,
        seconds: float,
        values: Sequence[float],
        train_losses: Sequence[float],
        valid_losses: Sequence[float],
    ) -> list[EpochRecord]:
        """Return the records of an epoch; its seconds are shared out among the members still alive before.

        Examples
        --------
        >>> survivors = Survivors(2)
        >>> for losses in ([2.0, math.inf], [1.0, 1.0]):
        ...     [(one.train_loss, one.seconds) for one in survivors.records(8, [0, 0], losses, losses)]
        [(2.0, 4.0), (inf, 4.0)]
        [(1.0, 8.0), (nan, 8.0)]
        """
        share = seconds / max(1, sum(self.alive))
        rows = zip(self.alive, values, train_losses, valid_losses, strict=True)
        numbers = [row if alive else [math.nan] * 3 for alive, *row in rows]
        self.alive = [all(map(math.isfinite, row)) for row in numbers]
        return [
            EpochRecord(value=value, seconds=share, train_loss=train_loss, valid_loss=valid_loss)
            for value, train_loss, valid_loss in numbers
        ]
