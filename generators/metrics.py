"""The quantities that recordings record."""

from __future__ import annotations

from simlab.metric import Metric

ACCURACY_OF_TEN = Metric(  # classes: chance is a tenth
    name="validation accuracy", direction="maximize", bounds=(0.0, 1.0), worst=0.1
)
