"""Functions compiled to machine code by Numba: once per installation, then read from its cache on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar

import numba
from numba.core import event

Function = TypeVar("Function", bound=Callable[..., Any])

logger = logging.getLogger(__name__)

#: The compiler may assume that there is no NaN and that -0 is 0, so that it can take the maximum of several
#: values at once; that changes no result. Whatever reorders or fuses sums and products stays forbidden.
#: Division by zero gives infinity, as in NumPy: a check would keep loops from running on several values.
OPTIONS: Final[dict[str, Any]] = {"fastmath": {"nnan", "nsz"}, "error_model": "numpy", "nogil": True}


def compiled(function: Function, **options: Any) -> Function:
    """Compile a function for the types it is called with, when it is first called with them.

    Options replace those of :data:`OPTIONS`.

    Numba notices a change of the function's own file, but not of what the function calls in other files. So
    the solver of nu-SVR stands in one file; the files of learning curve extrapolation and of LC-Net do call
    each other, and after an edit of one of them the cache (``__pycache__``) must be cleared.

    Examples
    --------
    >>> @compiled
    ... def total(values):
    ...     result = 0.0
    ...     for value in values:
    ...         result += value
    ...     return result
    >>> import numpy as np
    >>> total(np.array([1.0, 2.5]))
    3.5
    """
    try:
        built: Function = numba.njit(function, cache=True, **(OPTIONS | options))
    except RuntimeError:  # neither the package's folder nor the user's cache can be written to
        built = numba.njit(function, **(OPTIONS | options))
    return built


def nan_aware(function: Function) -> Function:
    """Compile a function in which NaN and infinity mean something.

    Products and sums may be fused; nothing may be reassociated, which would undo the rounding in
    :func:`simlab.predictors.vector_math.exp`.
    """
    return compiled(function, fastmath={"contract"})


def inlined(function: Function) -> Function:
    """As :func:`nan_aware`, and made part of its callers, so that their loops become vectors."""
    return compiled(function, fastmath={"contract"}, inline="always")


class _Notice(event.Listener):
    """Says, once per process, that a function of ours is compiled rather than read from the cache."""

    def __init__(self) -> None:
        self.given = False

    def on_start(self, event: event.Event) -> None:
        ours = event.data["dispatcher"].py_func.__module__.startswith("simlab.")
        if ours and not self.given:
            self.given = True
            logger.warning("simlab compiles its numerical kernels, once per installation: some seconds ...")

    def on_end(self, event: event.Event) -> None:
        """Nothing more to say."""


_notice = _Notice()
event.register("numba:compile", _notice)  # type: ignore[no-untyped-call]
