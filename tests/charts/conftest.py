from __future__ import annotations

import pytest

import simlab
from simlab.policies import Never, Oracle, ThresholdRule
from simlab.predictors import LastSeenValue
from tests.charts.tiny import tiny_result
from tests.synthetic import synthetic_corpus


@pytest.fixture
def tiny():
    return tiny_result()


@pytest.fixture(scope="session")
def corpus():
    return synthetic_corpus(60, 8, diverged=3, failed=3, ragged=True)


@pytest.fixture(scope="session")
def result(corpus):
    rules = [
        ThresholdRule(predictor=LastSeenValue(), threshold=threshold, top_n=top_n, burn_in=10)
        for top_n in (1, 5)
        for threshold in (0.5, 0.9, 0.99)
    ]
    return simlab.simulate(corpus, [Never(), Oracle(), Oracle(burn_in=10), *rules], orderings=3)
