"""Functions compiled to machine code by Numba: once per installation, then read from its cache on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

import numba
from numba.core import event
from numba.core.caching import FunctionCache

Function = TypeVar("Function", bound=Callable[..., Any])

logger = logging.getLogger(__name__)

#: The compiler may assume that there is no NaN and that -0 is 0, so that it can take the maximum of several
#: values at once; that changes no result. Whatever reorders or fuses sums and products stays forbidden.
#: Division by zero gives infinity, as in NumPy: a check would keep loops from running on several values.
OPTIONS: Final[dict[str, Any]] = {"fastmath": {"nnan", "nsz"}, "error_model": "numpy", "nogil": True}


def compiled(function: Function, **options: Any) -> Function:
    """Compile a function for the types it is called with, when it is first called with them.

    Options replace those of :data:`OPTIONS`. The machine code is kept on disk until a compiled function of
    this package changes.

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
    dispatcher: Any = numba.njit(function, **(OPTIONS | options))
    try:
        dispatcher._cache = _Cache(function)  # noqa: SLF001  # as njit(cache=True) does
    except RuntimeError:  # neither the package's folder nor the user's cache can be written to
        logger.debug("no place to keep the machine code of %s", function.__qualname__)
    built: Function = dispatcher
    return built


class _Cache(FunctionCache):
    """Numba's cache of one function, on disk, that is out of date where *any* of our kernels has changed.

    Numba itself looks at the function's own file alone, while the machine code holds what the function calls
    in other files, too: an update of those would not be noticed.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        index = self._cache_file
        kernels = kernels_digest(Path(__file__).parent)
        index._source_stamp = (index._source_stamp, kernels)  # noqa: SLF001  # it has no other handle


@cache
def kernels_digest(folder: Path) -> str:
    """Return a hash of the files in a folder that hold compiled functions."""
    digest = sha256()
    for file in sorted(folder.glob("*.py")):
        source = file.read_bytes()
        if b"compiled" in source:
            digest.update(source)
    return digest.hexdigest()


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
