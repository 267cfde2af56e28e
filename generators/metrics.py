"""The quantities that recordings record; the worst value is that of a network that knows nothing."""

from __future__ import annotations

import math

from simlab.metric import Metric


def accuracy(n_classes: int) -> Metric:
    """Return the validation accuracy among some classes; chance is 1 in so many.

    Examples
    --------
    >>> accuracy(20).worst
    0.05
    """
    return Metric(name="validation accuracy", direction="maximize", bounds=(0.0, 1.0), worst=1 / n_classes)


def perplexity(n_words: int) -> Metric:
    """Return the validation perplexity over some words; who knows nothing gives each 1 chance in so many.

    Examples
    --------
    >>> perplexity(400).worst
    400.0
    """
    return Metric(
        name="validation perplexity", direction="minimize", bounds=(1.0, math.inf), worst=float(n_words)
    )
