"""Hyperband's brackets: how many configurations train to which epoch, under every reading of the algorithm.

References
----------
Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar (2017), "Hyperband: A Novel Bandit-Based Approach to
Hyperparameter Optimization".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from simlab.errors import SettingError, UnknownNameError

Rounding = Literal["floor", "ceil", "round"]
CostModel = Literal["continue", "retrain"]
_ROUNDINGS: dict[str, Callable[[Fraction], int]] = {"floor": math.floor, "ceil": math.ceil, "round": round}


@dataclass(frozen=True, slots=True)
class Rung:
    """A round of successive halving.

    Attributes
    ----------
    configs : int
        Configurations that train in it, n_i.
    epochs : int
        Epoch they train to: whole, at least 1.
    epochs_real : Fraction
        The same before rounding, r_i.
    """

    configs: int
    epochs: int
    epochs_real: Fraction


@dataclass(frozen=True, slots=True)
class Bracket:
    """One run of successive halving.

    Attributes
    ----------
    number : int
        s: the number of times that it halves.
    rungs : tuple of Rung
    """

    number: int
    rungs: tuple[Rung, ...]

    def cost(self, model: CostModel) -> int:
        """Return the epochs it trains.

        Parameters
        ----------
        model : {"continue", "retrain"}
            A promoted configuration goes on from its checkpoint, or is trained anew (as in Algorithm 2 of
            Baker et al. 2017).

        Examples
        --------
        >>> bracket = Bracket(1, (Rung(3, 1, Fraction(1)), Rung(1, 3, Fraction(3))))
        >>> bracket.cost("continue"), bracket.cost("retrain")
        (5, 6)
        """
        done = (
            [0, *(rung.epochs for rung in self.rungs[:-1])] if model == "continue" else [0] * len(self.rungs)
        )
        return sum(
            rung.configs * (rung.epochs - before) for rung, before in zip(self.rungs, done, strict=True)
        )


@dataclass(frozen=True)
class Preset:
    """One reading of Hyperband.

    Attributes
    ----------
    summary : str
    sizes : callable
        Maps (s, s_max, R, eta) to the sizes of a bracket's rungs.
    largest : callable
        Maps (R, eta) to s_max.
    rounding : {"floor", "ceil", "round"}
        How the epochs of a rung become whole.
    smallest_first : bool
        Whether the bracket that halves least comes first.
    """

    summary: str
    sizes: Callable[[int, int, int, int], list[int]]
    largest: Callable[[int, int], int]
    rounding: Rounding = "floor"
    smallest_first: bool = False


def floor_log(number: int, base: int) -> int:
    """Return the largest k with base ** k <= number, exactly; ``math.log`` fails at 3 ** 5.

    Examples
    --------
    >>> floor_log(243, 3), math.floor(math.log(243, 3))
    (5, 4)
    """
    power, exponent = base, 0
    while power <= number:
        power, exponent = power * base, exponent + 1
    return exponent


def ceil_log(number: int, base: int) -> int:
    """Return the smallest k with base ** k >= number, exactly.

    Examples
    --------
    >>> ceil_log(243, 3), ceil_log(244, 3)
    (5, 6)
    """
    below = floor_log(number, base)
    return below if base**below == number else below + 1


def nearest_log(number: int, base: int) -> int:
    """Return the whole number nearest to the logarithm, exactly.

    Examples
    --------
    >>> nearest_log(60, 3), nearest_log(46, 3)
    (4, 3)
    """
    below = floor_log(number, base)
    return below + 1 if number**2 > base ** (2 * below + 1) else below


def halved(first: int, s: int, eta: int) -> list[int]:
    """Return the sizes of s + 1 rungs: each an eta-th of the first, rounded down, at least 1."""
    return [max(first // eta**rung, 1) for rung in range(s + 1)]


def _li2017(s: int, s_max: int, _: int, eta: int) -> list[int]:
    return halved(-(-(s_max + 1) * eta**s // (s + 1)), s, eta)


def _li2017_table(s: int, s_max: int, _: int, eta: int) -> list[int]:
    return halved((s_max + 1) // (s + 1) * eta**s, s, eta)


def _keras_tuner(s: int, _: int, max_epochs: int, eta: int) -> list[int]:
    last = Fraction(1 + ceil_log(max_epochs, eta), s + 1)
    return [math.ceil(last * eta ** (s - rung)) for rung in range(s + 1)]


def _ray(s: int, s_max: int, _: int, eta: int) -> list[int]:
    sizes = [-(-(s_max + 1) * eta**s // (s + 1))]
    for _rung in range(s):
        sizes.append(-(-sizes[-1] // eta))
    return sizes


def _as_printed(s: int, s_max: int, max_epochs: int, eta: int) -> list[int]:
    budget = (s_max + 1) * max_epochs
    return halved(-(-budget * eta**s // (max_epochs * s + 1)), s, eta)


PRESETS: dict[str, Preset] = {
    "li2017": Preset("Algorithm 1 of Li et al. (2017), in exact arithmetic", _li2017, floor_log),
    "li2017-table": Preset(
        "The example table of Li et al. (2017), as HpBandSter and DEHB have it", _li2017_table, floor_log
    ),
    "keras-tuner": Preset("Keras Tuner: everything rounded up", _keras_tuner, floor_log, "ceil"),
    "ray": Preset(
        "Ray Tune: the number of brackets rounded, sizes rounded up, the smallest bracket first",
        _ray,
        nearest_log,
        smallest_first=True,
    ),
    "as-printed": Preset(
        "Algorithm 1 of Baker et al. (2017) as printed, a misprint included", _as_printed, floor_log
    ),
}


def make_brackets(
    max_epochs: int, eta: int = 3, preset: str = "li2017", *, rounding: Rounding | None = None
) -> list[Bracket]:
    """Return the brackets of one Hyperband run, in the order in which they are run.

    Parameters
    ----------
    max_epochs : int, >= 1
        Epochs of a complete training, R.
    eta : int, >= 2
        Of eta configurations one is promoted.
    preset : str
        A reading of the algorithm; see ``PRESETS``.
    rounding : {"floor", "ceil", "round"}, optional
        How the epochs of a rung become whole; by default as the preset does. A rung trains at least 1 epoch
        and the last one max_epochs.

    Raises
    ------
    SettingError
        If ``max_epochs`` or ``eta`` is impossible.
    UnknownNameError
        If preset or rounding are unknown.

    Examples
    --------
    >>> for bracket in make_brackets(81):
    ...     print(bracket.number, [(rung.configs, rung.epochs) for rung in bracket.rungs])
    4 [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)]
    3 [(34, 3), (11, 9), (3, 27), (1, 81)]
    2 [(15, 9), (5, 27), (1, 81)]
    1 [(8, 27), (2, 81)]
    0 [(5, 81)]
    """
    _check(max_epochs, eta)
    if preset not in PRESETS:
        raise UnknownNameError("Hyperband preset", preset, PRESETS)
    rules = PRESETS[preset]
    chosen = rounding or rules.rounding
    if chosen not in _ROUNDINGS:
        raise UnknownNameError("rounding", chosen, _ROUNDINGS)
    s_max = rules.largest(max_epochs, eta)
    numbers = range(s_max + 1) if rules.smallest_first else range(s_max, -1, -1)
    return [
        Bracket(s, _rungs(rules.sizes(s, s_max, max_epochs, eta), max_epochs, eta, chosen))
        for s in numbers
        if eta**s <= max_epochs  # where the logarithm was rounded up, the largest would begin below one epoch
    ]


def halving_bracket(n_configs: int, min_epochs: int, max_epochs: int, eta: int = 3) -> Bracket:
    """Return a single bracket of successive halving.

    Parameters
    ----------
    n_configs : int, >= 1
        Configurations in the first rung.
    min_epochs, max_epochs : int
        Epochs of the first rung, multiplied by eta from rung to rung, and of the last one.
    eta : int, >= 2
        Of eta configurations one is promoted; at least 1 is.

    Raises
    ------
    SettingError
        If the settings are impossible.

    Examples
    --------
    >>> [(rung.configs, rung.epochs) for rung in halving_bracket(10, 2, 20).rungs]
    [(10, 2), (3, 6), (1, 18), (1, 20)]
    """
    _check(max_epochs, eta)
    if n_configs < 1:
        raise SettingError(f"n_configs must be 1 or more, not {n_configs}")
    if not 1 <= min_epochs <= max_epochs:
        raise SettingError(f"min_epochs must lie in [1, {max_epochs}], not {min_epochs}")
    s = ceil_log(-(-max_epochs // min_epochs), eta)
    epochs = [min(min_epochs * eta**rung, max_epochs) for rung in range(s + 1)]
    sizes = halved(n_configs, s, eta)
    return Bracket(s, tuple(Rung(*pair, Fraction(pair[1])) for pair in zip(sizes, epochs, strict=True)))


def _check(max_epochs: int, eta: int) -> None:
    if max_epochs < 1:
        raise SettingError(f"max_epochs must be 1 or more, not {max_epochs}")
    if eta < 2:
        raise SettingError(f"eta must be 2 or more, not {eta}: of eta configurations one is promoted")


def _rungs(sizes: list[int], max_epochs: int, eta: int, rounding: Rounding) -> tuple[Rung, ...]:
    last = len(sizes) - 1
    real = [Fraction(max_epochs, eta ** (last - rung)) for rung in range(last + 1)]
    return tuple(
        Rung(size, max(1, _ROUNDINGS[rounding](epochs)), epochs)
        for size, epochs in zip(sizes, real, strict=True)
    )
