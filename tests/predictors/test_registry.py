from __future__ import annotations

import subprocess
import sys

import pytest

import simlab.predictors
from simlab.errors import UnknownNameError
from simlab.predictors import (
    LCE,
    PREDICTORS,
    SRM,
    InductiveLCNet,
    LastSeenValue,
    LCNet,
    PooledBoosting,
    PowerLawEnsemble,
    Predictor,
)
from simlab.predictors.registry import REGRESSORS
from simlab.predictors.regressor import Regressor


def test_the_names_lead_to_the_classes():
    assert dict(PREDICTORS) == {
        "last-seen": LastSeenValue,
        "lce": LCE,
        "lcnet": LCNet,
        "lcnet-inductive": InductiveLCNet,
        "pooled-boosting": PooledBoosting,
        "power-law": PowerLawEnsemble,
        "srm": SRM,
    }
    for name, predictor in PREDICTORS.items():
        assert issubclass(predictor, Predictor)
        assert predictor.name == name
    assert len(REGRESSORS) == 4
    assert all(issubclass(regressor, Regressor) for regressor in REGRESSORS.values())


def test_an_unknown_name_is_an_error_with_a_hint():
    with pytest.raises(UnknownNameError, match="unknown regressor 'nusvr_rbf'; did you mean 'nusvr-rbf'"):
        REGRESSORS["nusvr_rbf"]
    assert "nusvr_rbf" not in REGRESSORS


def test_listing_the_names_imports_no_scikit_learn():
    code = "import sys, simlab.predictors as p; list(p.PREDICTORS); assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_package_exports_what_it_says():
    for name in simlab.predictors.__all__:
        assert hasattr(simlab.predictors, name)
    with pytest.raises(AttributeError, match="XYZ"):
        _ = simlab.predictors.XYZ
