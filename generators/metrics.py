"""The quantities that recordings record."""

from __future__ import annotations

import math

from simlab.metric import Metric

ACCURACY_OF_TEN = Metric(  # classes: chance is a tenth
    name="validation accuracy", direction="maximize", bounds=(0.0, 1.0), worst=0.1
)

ACCURACY_OF_200 = Metric(  # chance is 1 in 200
    name="validation accuracy", direction="maximize", bounds=(0.0, 1.0), worst=0.005
)

PERPLEXITY_OF_400 = Metric(  # of 400 words: who knows nothing gives each a chance of 1 in 400
    name="validation perplexity", direction="minimize", bounds=(1.0, math.inf), worst=400.0
)
