"""What a claim of the paper is judged by, and what can be said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

HOLDS: Final = "holds"
FAILS: Final = "does not hold"
OPEN: Final = "not testable here"

#: What is found here, the verdict, and why.
Verdict = tuple[str, str, str]
#: The frames of the analyses, by name.
Frames = Mapping[str, pl.DataFrame]
#: What is claimed, the paper's figures, and how it is checked.
Claim = tuple[str, str, Callable[[Frames], Verdict]]
