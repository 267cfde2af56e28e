"""The predictors and regressors known by name, imported when first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from simlab.errors import UnknownNameError

if TYPE_CHECKING:
    from simlab.predictors.predictor import Predictor
    from simlab.predictors.regressor import Regressor

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """A mapping from names to objects, each imported when first asked for.

    Parameters
    ----------
    kind : str
        What the names stand for; opens the error message.
    locations : mapping of str to str
        ``"package.module:object"`` for each name.

    Examples
    --------
    >>> PREDICTORS["last-seen"]().describe()
    {'predictor': 'last-seen'}
    >>> PREDICTORS["smr"]
    Traceback (most recent call last):
    simlab.errors.UnknownNameError: unknown predictor 'smr'; did you mean 'srm'? Known: last-seen, ..., srm
    """

    def __init__(self, kind: str, locations: Mapping[str, str]) -> None:
        self.kind = kind
        self._locations = dict(locations)

    def __getitem__(self, name: str) -> T:
        if name not in self._locations:
            raise UnknownNameError(self.kind, name, self._locations)
        module, _, attribute = self._locations[name].partition(":")
        found: T = getattr(importlib.import_module(module), attribute)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._locations)

    def __len__(self) -> int:
        return len(self._locations)


PREDICTORS: Registry[type[Predictor]] = Registry(
    "predictor",
    {
        "last-seen": "simlab.predictors.last_seen_value:LastSeenValue",
        "lce": "simlab.predictors.lce:LCE",
        "lcnet": "simlab.predictors.lcnet:LCNet",
        "lcnet-inductive": "simlab.predictors.lcnet_inductive:InductiveLCNet",
        "pooled-boosting": "simlab.predictors.pooled_boosting:PooledBoosting",
        "power-law": "simlab.predictors.power_law:PowerLawEnsemble",
        "srm": "simlab.predictors.srm:SRM",
    },
)

#: Methods an SRM can use at each prefix length.
REGRESSORS: Registry[type[Regressor]] = Registry(
    "regressor",
    {
        "nusvr-linear": "simlab.predictors.nusvr:LinearNuSVR",
        "nusvr-rbf": "simlab.predictors.nusvr:RBFNuSVR",
        "ols": "simlab.predictors.ols:OLS",
        "random-forest": "simlab.predictors.random_forest:RandomForest",
    },
)
