"""What fitted predictors say of a whole corpus: tables made in batch, and a store that keeps them."""

from simlab.predictions.store import PredictionStore
from simlab.predictions.table import EpochPredictions, PredictionTable
from simlab.predictions.tables import PredictionTables

__all__ = ["EpochPredictions", "PredictionStore", "PredictionTable", "PredictionTables"]
