"""And, Or, Checkpoints, and Patience, which they are tested with."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import SettingError
from simlab.policies import (
    PERCENTILE_PRESETS,
    And,
    Checkpoints,
    Decision,
    HyperbandStopping,
    Never,
    Or,
    Oracle,
    Patience,
    Policy,
    ThresholdRule,
)
from simlab.policies.patience import since_improvement
from simlab.predictors import LastSeenValue
from tests.simulator.toys import motley, replay, rows

PREDICTIVE = ThresholdRule(predictor=LastSeenValue(), burn_in=10, threshold=0.8)
IMPATIENT = Patience(epochs=2, min_delta=0.05)
MEDIAN = PERCENTILE_PRESETS["median-ray"]


def stops(policy, **options):
    """Return the first epoch at which each trial would be stopped, were it alone."""
    return {
        trial.config: trial.epochs
        for trial in replay(motley(), policy, **options).trials
        if trial.outcome == "stopped"
    }


def keras(scores, patience, min_delta):
    """EarlyStopping of Keras 3 (keras/src/callbacks/early_stopping.py), mode max: the epoch it stops at."""
    best, wait = -np.inf, 0
    for epoch, score in enumerate(scores, 1):
        wait += 1
        if score - min_delta > best:
            best, wait = score, 0
        if wait >= patience:
            return epoch
    return None


@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=20),
    patience=st.integers(1, 6),
    min_delta=st.sampled_from([0.0, 0.05, 0.3]),
)
def test_patience_is_that_of_keras(scores, patience, min_delta):
    waited = [since_improvement(np.array(scores[:t]), min_delta) for t in range(1, len(scores) + 1)]
    ours = next((epoch for epoch, count in enumerate(waited, 1) if count >= patience), None)
    assert ours == keras(scores, patience, min_delta)


@pytest.mark.parametrize("workers", [1, 3])
def test_policies_that_look_at_no_other_trial_combine_trial_by_trial(workers):
    """An either stops at the earlier of both epochs; a both, here, at the first epoch that both stop."""
    shorter, longer = Patience(epochs=1, min_delta=0.05), Patience(epochs=3, min_delta=0.05)
    alone = stops(shorter, workers=workers), stops(longer, workers=workers)
    assert stops(Or([longer, shorter]), workers=workers) == alone[0]
    assert stops(And([longer, shorter]), workers=workers) == alone[1]
    assert alone[1]
    assert stops(And([shorter, Never()]), workers=workers) == {}
    assert stops(Or([shorter, Never()]), workers=workers) == alone[0]


@dataclass(frozen=True)
class Says(Policy):
    """Always gives the same answer."""

    name: str
    decision: Decision

    def decide(self, view):
        return self.decision


GOES_ON = Says("a", Decision(False, "may win", 0.5, 0.1, 0.4))
STOPS = Says("b", Decision(True, "lags"))
STOPS_TOO = Says("c", Decision(True, "loses", 0.6, 0.2, 0.99))


@pytest.mark.parametrize(
    ("combination", "expected"),
    [
        (Or([GOES_ON, STOPS]), Decision(True, "b: lags")),
        (Or([STOPS, GOES_ON, STOPS_TOO]), Decision(True, "b: lags; c: loses", 0.6, 0.2, 0.99)),
        (Or([GOES_ON, GOES_ON]), Decision(False, "a: may win; a: may win", 0.5, 0.1, 0.4)),
        (And([GOES_ON, STOPS]), Decision(False, "a: may win", 0.5, 0.1, 0.4)),
        (And([STOPS, STOPS_TOO]), Decision(True, "b: lags; c: loses", 0.6, 0.2, 0.99)),
        (And([STOPS]), Decision(True, "b: lags")),
    ],
)
def test_the_answer_is_explained_by_those_that_brought_it_about(combination, expected):
    trace = replay(motley(), combination)
    assert {decision for *_, decision in rows(trace.decisions)} == {expected}


def test_what_a_combination_inherits():
    either = Or([PREDICTIVE, MEDIAN, Oracle(burn_in=3)])
    assert either.name == "last-seen or median-ray or oracle"
    assert (either.burn_in, either.needs_hindsight) == (10, True)
    assert not And([PREDICTIVE, MEDIAN]).needs_hindsight
    parts = json.loads(json.dumps(either.settings()))["policies"]
    assert [part["policy"] for part in parts] == ["last-seen", "median-ray", "oracle"]
    assert parts[0]["threshold"] == 0.8
    timed = Checkpoints(Oracle(burn_in=3), min_epochs=2)
    assert (timed.name, timed.burn_in, timed.needs_hindsight) == ("oracle", 3, True)


def test_nothing_is_stopped_in_the_burn_in_of_either_policy():
    either = replay(motley(), Or([PREDICTIVE, IMPATIENT]), workers=4)
    assert not any(trial.outcome == "stopped" for trial in either.trials[:10])
    assert any(trial.outcome == "stopped" for trial in either.trials[10:])


def test_combinations_nest():
    nested = Or([And([IMPATIENT, MEDIAN]), Checkpoints(PREDICTIVE, min_epochs=4)])
    assert nested.settings()["policies"][0]["policies"][1]["policy"] == "median-ray"
    assert stops(nested)


@pytest.mark.parametrize(("first", "interval"), [(1, 1), (3, 1), (1, 3), (2, 3)])
def test_checkpoints(first, interval):
    decisions = rows(replay(motley(), Checkpoints(IMPATIENT, first, interval)).decisions)
    for _, epoch, _, decision in decisions:
        asked = epoch >= first and (epoch - first) % interval == 0
        assert (decision.reason == "between checks") == (not asked)
    assert any(decision.reason != "between checks" for *_, decision in decisions)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Or([]), "'Or' needs at least one policy"),
        (lambda: Checkpoints(IMPATIENT, min_epochs=0), "min_epochs must be 1 or more, not 0"),
        (lambda: Checkpoints(IMPATIENT, check_every=0), "check_every must be 1 or more, not 0"),
        (lambda: Patience(epochs=0), "epochs must be 1 or more, not 0"),
        (lambda: Patience(min_delta=-1), "min_delta must be 0 or more, not -1"),
        (lambda: HyperbandStopping(eta=1), "eta must be larger than 1, not 1"),
        (lambda: HyperbandStopping(min_iter=0), "min_iter must be 1 or more, not 0"),
        (lambda: HyperbandStopping(max_iter=9), "max_iter and s must be given together"),
        (lambda: HyperbandStopping(max_iter=2, s=3), "max_iter 2, s 3 and eta 3 leave no band"),
    ],
)
def test_settings_out_of_range(build, message):
    with pytest.raises(SettingError, match=message):
        build()
