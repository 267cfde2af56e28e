"""A cell: one strategy over a block of orderings of one corpus, the unit of work that is kept."""

from __future__ import annotations

import functools
import hashlib
import json
import pickle
import pickletools
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import joblib

import simlab
from simlab.corpus import Corpus
from simlab.errors import SettingError
from simlab.predictions import PredictionStore
from simlab.provenance import versions
from simlab.schedulers import Strategy
from simlab.simulator import SimulationResult, simulate

#: Packages that change no result.
_SHOWING = ("charts", "cli", "evaluation", "sweeps", "testing")


@dataclass(frozen=True, eq=False)
class Cell:
    """One strategy over some orderings of one corpus.

    Attributes
    ----------
    corpus : Corpus
    run : int
        Number of the strategy in the sweep.
    strategy : Strategy
    orderings : range
        Numbers of the orderings.
    settings : mapping
        Further arguments of :func:`simlab.simulate`: seed, workers, clock, scenario, level, record.
    """

    corpus: Corpus
    run: int
    strategy: Strategy
    orderings: range
    settings: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """Hash of all that the result depends on, the code included; names the cell's files.

        Raises
        ------
        SettingError
            If the strategy is not defined in a file, so that nothing could tell when it has changed.
        """
        content = {
            "own_code": _own_code(self),
            "corpus": [self.corpus.name, self.corpus.digest],
            "strategy": [self.strategy.name, self.strategy.settings(), joblib.hash(self.strategy)],
            "code": _simlab_digest(),
            "orderings": [self.orderings.start, self.orderings.stop],
            "settings": joblib.hash(dict(self.settings)),
            "versions": versions(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

    def compute(self, store: PredictionStore | None = None) -> SimulationResult:
        """Simulate it, in this process, whatever cluster the process belongs to.

        Parameters
        ----------
        store : PredictionStore, optional
            Shared by the cells, so that a prediction is made once for all thresholds.
        """
        with joblib.parallel_config("sequential"):
            return simulate(
                self.corpus,
                self.strategy,
                first_ordering=self.orderings.start,
                orderings=len(self.orderings),
                store=store,
                **self.settings,
            )


@functools.cache
def _simlab_digest() -> str:
    """Return the SHA-256 of simlab's code that a result depends on."""
    package = Path(simlab.__file__).parent
    content = hashlib.sha256()
    for path in sorted([*package.glob("*.py"), *package.glob("*/*.py")]):
        if path.parent.name not in _SHOWING:
            name = path.relative_to(package).as_posix()
            content.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()


def _own_code(cell: Cell) -> dict[str, str]:
    """Return the SHA-256 of every file, but simlab's and Python's, that defines a part of the cell."""
    try:
        # this protocol names every class and function as "module name"
        written = pickle.dumps((cell.strategy, cell.settings), protocol=2, fix_imports=False)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise _undefined(cell) from error
    named = [text for opcode, text, _ in pickletools.genops(written) if opcode.name == "GLOBAL"]
    modules = sorted({str(text).partition(" ")[0] for text in named})
    found = {}
    for module in modules:
        top = module.partition(".")[0]
        if top == "simlab" or top in sys.stdlib_module_names:
            continue
        path = getattr(sys.modules[module], "__file__", None)
        if path is None:
            raise _undefined(cell)
        found[module] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return found


def _undefined(cell: Cell) -> SettingError:
    return SettingError(
        f"'{cell.strategy.name}', or the clock, is not defined at the top of a file, so a sweep could not "
        "tell when its code has changed: move it into a module of its own, and import it"
    )
