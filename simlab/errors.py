"""Errors a user can act on: one clear message, and where it helps, the nearest known name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simlab.simulator.result import SimulationResult


class SimlabError(Exception):
    """Base class of everything simlab raises on purpose; the command line prints it and exits with 2."""


class CorpusError(SimlabError):
    """A corpus, or a table meant to become one, breaks the data contract."""


class SettingError(SimlabError, ValueError):
    """A setting lies outside its allowed range, or two settings contradict each other."""


class PredictorError(SimlabError):
    """A predictor says something that is no distribution: an infinite mean, a negative sigma."""


class SimulationError(SimlabError):
    """A policy, a scheduler or a searcher broke off a simulation.

    Attributes
    ----------
    partial : SimulationResult or None
        The orderings that had finished before; None where there was none.
    """

    partial: SimulationResult | None = None


class SimulationInterrupted(KeyboardInterrupt):
    """Somebody interrupted a simulation; ``partial`` holds the orderings finished before, or None."""

    partial: SimulationResult | None = None


def with_nearest(name: str, known: Iterable[str]) -> str:
    """Quote a mistyped name, with the nearest known one where there is one.

    Examples
    --------
    >>> with_nearest("epohc", ["epoch", "loss"])
    "'epohc' (did you mean 'epoch'?)"
    """
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"'{name}' (did you mean '{near[0]}'?)" if near else f"'{name}'"


class UnknownNameError(SimlabError, KeyError):
    """A name that is not registered.

    Parameters
    ----------
    kind : str
        What the name should have been, e.g. ``"corpus"``.
    name : str
        The name as given.
    known : iterable of str
        The names that exist.

    Examples
    --------
    >>> print(UnknownNameError("policy", "smr", ["srm", "never"]))
    unknown policy 'smr'; did you mean 'srm'? Known: never, srm
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        self.message = f"unknown {kind} '{name}'{hint} Known: {', '.join(names) or 'none'}"
        super().__init__(kind, name, names)  # the arguments, so that it can be sent between processes

    def __str__(self) -> str:
        return self.message  # KeyError would print the repr
