"""What stands in every result, so that it can be repeated."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import re

import simlab

#: Libraries whose change may change a figure.
_LIBRARIES = ("numba", "numpy", "polars", "scikit-learn", "scipy")


def versions() -> dict[str, str]:
    """Return the versions of simlab, Python and the libraries whose change may change a figure.

    Examples
    --------
    >>> sorted(versions())
    ['numba', 'numpy', 'polars', 'python', 'scikit-learn', 'scipy', 'simlab']
    """
    own = {"simlab": simlab.__version__, "python": platform.python_version()}
    return own | {name: _installed(name) for name in _LIBRARIES}


@functools.cache
def _installed(library: str) -> str:
    # The head of a file; to parse the whole of all five takes as long as to replay a policy.
    metadata = importlib.metadata.distribution(library).read_text("METADATA") or ""
    found = re.search("^Version: (.+)$", metadata, re.MULTILINE)
    return found[1] if found else importlib.metadata.version(library)
