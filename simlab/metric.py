"""The recorded quantity, and the only place that knows up from down."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from simlab.errors import SettingError

Direction = Literal["maximize", "minimize"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A recorded quantity with its direction and bounds.

    Everything else in simlab works on a *score*, where larger is better.

    Parameters
    ----------
    name : str
        Readable name, used on axes: ``"validation accuracy"``.
    direction : {"maximize", "minimize"}
        Whether larger or smaller values are better.
    bounds : (float, float)
        Smallest and largest possible value; infinite where there is none.
    worst : float, optional
        Value that stands for a diverged run where a final value is needed: chance accuracy for a classifier,
        the vocabulary size for a perplexity. None when nobody declared it; then a corpus with diverged runs
        is refused at the border.

    Raises
    ------
    SettingError
        If the direction is unknown, the bounds are not ordered, or ``worst`` is not finite or lies outside
        them.

    Examples
    --------
    >>> error = Metric(name="validation error", direction="minimize", bounds=(0, 1), worst=0.9)
    >>> error.score(0.25)
    -0.25
    >>> error.value(-0.25)
    0.25
    """

    name: str
    direction: Direction
    bounds: tuple[float, float] = (-math.inf, math.inf)
    worst: float | None = None

    def __post_init__(self) -> None:
        if self.direction not in ("maximize", "minimize"):
            raise SettingError(f"direction must be 'maximize' or 'minimize', not {self.direction!r}")
        low, high = (float(bound) for bound in self.bounds)
        if not low < high:
            raise SettingError(f"bounds of '{self.name}' must be ordered (low, high), not ({low}, {high})")
        object.__setattr__(self, "bounds", (low, high))
        if self.worst is not None and not (math.isfinite(self.worst) and low <= self.worst <= high):
            raise SettingError(
                f"worst value {self.worst} of '{self.name}' must be finite and within ({low}, {high})"
            )

    @overload
    def score(self, value: float) -> float: ...
    @overload
    def score(self, value: Floats) -> Floats: ...
    def score(self, value: float | Floats) -> float | Floats:
        """Turn values into scores, where larger is better."""
        return value if self.direction == "maximize" else -value

    @overload
    def value(self, score: float) -> float: ...
    @overload
    def value(self, score: Floats) -> Floats: ...
    def value(self, score: float | Floats) -> float | Floats:
        """Turn scores back into values."""
        return self.score(score)  # a change of sign is its own inverse

    @property
    def is_proportion(self) -> bool:
        """True for a share of correct (or wrong) answers, whose standard error is binomial."""
        return self.bounds == (0.0, 1.0)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able description; infinite bounds become None."""
        low, high = self.bounds
        return asdict(self) | {
            "bounds": [low if math.isfinite(low) else None, high if math.isfinite(high) else None]
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Metric:
        """Build a metric from what :meth:`to_dict` wrote."""
        low, high = fields["bounds"]
        bounds = (-math.inf if low is None else low, math.inf if high is None else high)
        return cls(name=fields["name"], direction=fields["direction"], bounds=bounds, worst=fields["worst"])
