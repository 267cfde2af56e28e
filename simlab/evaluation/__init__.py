"""How well predictors predict: accuracy and calibration over training sets, apart from any stopping rule."""

from simlab.evaluation.accuracy import r_squared
from simlab.evaluation.calibration import coverage, probability_integral
from simlab.evaluation.splits import Split, random_splits
from simlab.evaluation.study import PredictionStudy, evaluate

__all__ = [
    "PredictionStudy",
    "Split",
    "coverage",
    "evaluate",
    "probability_integral",
    "r_squared",
    "random_splits",
]
