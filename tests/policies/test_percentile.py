"""The percentile rule with every combination of its options, against NumPy on lists made from scratch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sortedcontainers import SortedList

from simlab.errors import SettingError, UnknownNameError
from simlab.policies import Checkpoints, PercentileRule, Ranking
from tests.policies.tools import compared
from tests.simulator.toys import motley, replay, rows


def shown(values, what, first=1):
    if what == "current":
        return values[-1]
    return max(values) if what == "best" else np.mean(values[first - 1 :])


def from_scratch(rule):
    """Return a plain function that answers as the rule should."""

    def stops(own, others, *, minimize):
        assert not minimize
        epoch = len(own)
        if epoch < rule.grace or sum(completed for _, completed in others) < rule.startup:
            return False
        counted = [
            values[:epoch]
            for values, completed in others
            if len(values) >= epoch and (completed or rule.counted != "completed")
        ]
        counted += [own] if rule.counted == "reached" else []
        compared_with = [shown(values, rule.others, rule.average_from) for values in counted]
        if len(compared_with) < rule.min_trials:
            return False
        value = shown(own, rule.value, rule.average_from)
        if rule.by == "rank":
            better = sum(other > value for other in compared_with) / len(compared_with)
            excess = better - (100 - rule.percentile) / 100
        else:
            excess = np.percentile(compared_with, rule.percentile) - value
        return excess > 0 or (excess == 0 and not rule.strict)

    return stops


@settings(max_examples=120)
@given(
    options=st.fixed_dictionaries(
        {
            "percentile": st.sampled_from([0, 10, 25, 50, 66.6, 75, 100]),
            "value": st.sampled_from(["current", "best", "mean"]),
            "others": st.sampled_from(["current", "best", "mean"]),
            "counted": st.sampled_from(["completed", "others", "reached"]),
            "by": st.sampled_from(["value", "rank"]),
            "strict": st.booleans(),
            "startup": st.sampled_from([0, 4]),
            "min_trials": st.sampled_from([1, 3]),
        }
    ),
    grace=st.sampled_from([(1, 1), (3, 1), (3, 3)]),
    seed=st.integers(0, 3),
    workers=st.sampled_from([1, 3]),
)
def test_every_option(options, grace, seed, workers):
    rule = PercentileRule(**options, grace=grace[0], average_from=grace[1])
    corpus = motley(seed=seed)
    trace = replay(corpus, rule, workers=workers, clock="seconds")
    for ours, expected in compared(corpus, trace, from_scratch(rule)):
        assert ours == expected


@given(
    scores=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30),
    percentile=st.floats(0, 100) | st.sampled_from([0, 25, 50, 75, 100]),
    score=st.floats(-1e3, 1e3),
)
def test_a_ranking_is_numpy_to_the_last_bit(scores, percentile, score):
    ranking = Ranking(SortedList(scores))
    assert ranking.percentile(percentile) == np.percentile(scores, percentile)
    assert ranking.n_above(score) == sum(other > score for other in scores)
    assert ranking.n_above(scores[0]) == sum(other > scores[0] for other in scores)


@given(scores=st.lists(st.floats(0, 1), min_size=2, max_size=10), data=st.data())
def test_a_score_that_is_left_out_does_not_count(scores, data):
    scores.sort()
    place = data.draw(st.integers(0, len(scores) - 1))
    without = Ranking(SortedList(scores), left_out=place)
    rest = scores[:place] + scores[place + 1 :]
    assert list(without) == rest
    assert len(without) == len(rest)
    assert without.percentile(40) == np.percentile(rest, 40)
    with pytest.raises(IndexError):
        without[len(rest)]


def test_a_higher_percentile_stops_more():
    spent = [
        sum(trial.epochs for trial in replay(motley(), PercentileRule(percentile=percentile)).trials)
        for percentile in (0, 25, 50, 75)
    ]
    assert all(more >= less for more, less in pairwise(spent))
    assert spent[0] > spent[-1]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (PercentileRule(grace=99), "before the first check"),
        (PercentileRule(startup=99), "too few completed trials"),
        (PercentileRule(min_trials=99), "too few trials at this epoch"),
        (PercentileRule(percentile=0), "not below the percentile at this epoch"),
        (PercentileRule(percentile=100), "below the percentile at this epoch"),
    ],
)
def test_reasons(rule, reason):
    decisions = [decision for *_, decision in rows(replay(motley(), rule).decisions)]
    assert reason in {decision.reason for decision in decisions}
    assert all(decision.stop == decision.reason.startswith("below") for decision in decisions)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"percentile": 101}, r"percentile must lie in \[0, 100\], not 101"),
        ({"percentile": float("nan")}, "percentile must lie"),
        ({"min_trials": 0}, "min_trials must be 1 or more, not 0"),
        ({"startup": -1}, "startup must be 0 or more, not -1"),
        ({"grace": 2, "average_from": 3}, r"average_from must be at most grace.*\(2\), not 3"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(SettingError, match=message):
        PercentileRule(**settings)


def test_an_unknown_option_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'completed'"):
        PercentileRule(counted="complete")


def test_reports_are_counted_once_though_a_trial_is_trained_again():
    """Hyperband that trains anew reports each epoch a second time; ranks must not change."""
    from simlab.schedulers import Halving, make_brackets

    corpus, ordering = motley(40, 9, ragged=False), np.arange(40)
    seen = {}
    for cost in ("continue", "retrain"):
        rule = Recording()
        strategy = Halving(name="halving", brackets=make_brackets(9), policy=Checkpoints(rule), cost=cost)
        scheduler = strategy.scheduler(ordering, np.random.SeedSequence(0))
        replay(corpus, rule, scheduler=scheduler)
        seen[cost] = rule.sizes
    first = {key: max(sizes) for key, sizes in seen["continue"].items()}
    again = {key: max(sizes) for key, sizes in seen["retrain"].items()}
    assert {key: again[key] for key in first} == first


class Recording(PercentileRule):
    """Keeps, for the test, how many trials were counted at each epoch."""

    def __init__(self):
        super().__init__(percentile=0)
        object.__setattr__(self, "sizes", {})

    def decide(self, view):
        size = len(view.ranking(view.epoch, "current", among="reached"))
        self.sizes.setdefault(view.epoch, []).append(size)
        return super().decide(view)
