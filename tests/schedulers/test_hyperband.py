"""Hyperband and f-Hyperband against the algorithms of the papers, written as loops over arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.errors import SettingError, UnknownNameError
from simlab.policies import Never
from simlab.predictors import LCE, LastSeenValue
from simlab.schedulers import FastHyperband, Hyperband, RungRule, halving_bracket, make_brackets
from simlab.searchers import RandomOrdering, Reshuffling
from tests.schedulers.reference import FastHyperbandReference, hyperband
from tests.simulator.toys import StopAt, motley, replay, rows
from tests.synthetic import synthetic_corpus


def ordering_of(corpus, seed=0):
    return np.random.default_rng(seed).permutation(len(corpus)).tolist()


def play(corpus, brackets, *, workers=1, seed=0, clock="epochs", searcher=None, rule=None, **options):
    searcher = searcher or RandomOrdering(ordering_of(corpus, seed))
    if rule:
        scheduler = FastHyperband(searcher, brackets, rule, **options)
    else:
        scheduler = Hyperband(searcher, brackets, **options)
    return replay(corpus, Never(), workers=workers, clock=clock, scheduler=scheduler)


def spent_and_configs(trace):
    return [trial.epochs_spent for trial in trace.trials], [trial.config for trial in trace.trials]


@settings(deadline=None, max_examples=40)
@given(
    preset=st.sampled_from(["li2017", "li2017-table", "keras-tuner", "ray"]),
    max_epochs=st.integers(1, 30),
    eta=st.integers(2, 4),
    seed=st.integers(0, 99),
    workers=st.integers(1, 4),
    runs=st.integers(1, 2),
    retrain=st.booleans(),
)
def test_hyperband_is_the_one_of_the_paper(*, preset, max_epochs, eta, seed, workers, runs, retrain):
    corpus = synthetic_corpus(60, 30, seed=seed)
    brackets = make_brackets(max_epochs, eta, preset)
    trace = play(corpus, brackets, workers=workers, seed=seed, runs=runs, retrain=retrain)
    expected = hyperband(corpus.scores, ordering_of(corpus, seed), brackets, runs, retrain=retrain)
    if workers == 1:
        assert spent_and_configs(trace) == expected
    else:  # at equal scores the one that started first goes first, and so whatever the number of workers
        assert sorted(zip(*spent_and_configs(trace), strict=True)) == sorted(zip(*expected, strict=True))


@pytest.mark.parametrize("model", ["continue", "retrain"])
def test_the_cost_is_that_of_the_table(model):
    corpus = synthetic_corpus(200, 27)
    brackets = make_brackets(27)
    trace = play(corpus, brackets, retrain=model == "retrain")
    assert sum(trial.epochs_spent for trial in trace.trials) == sum(one.cost(model) for one in brackets)


def test_one_bracket_is_successive_halving():
    corpus = synthetic_corpus(16, 8, seed=4)
    trace = play(corpus, [halving_bracket(16, 1, 8, eta=2)], workers=3)
    epochs = {trial.config: trial.epochs for trial in trace.trials}
    assert sorted(epochs.values()) == [1] * 8 + [2] * 4 + [4] * 2 + [8] * 2


@pytest.mark.parametrize("carry_models", [True, False])
@pytest.mark.parametrize("keep_of", ["configs", "next"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("tolerance", [0.0, 0.02])
def test_f_hyperband_is_algorithm_2(carry_models, keep_of, keep, tolerance):
    corpus = synthetic_corpus(400, 27, seed=5)
    rule = RungRule(
        predictor=LastSeenValue(),
        threshold=0.8,
        tolerance=tolerance,
        keep=keep,
        keep_of=keep_of,
        burn_in=20,
        carry_models=carry_models,
    )
    brackets = make_brackets(27)
    trace = play(corpus, brackets, seed=2, runs=4, rule=rule)
    reference = FastHyperbandReference(corpus.scores, ordering_of(corpus, 2), rule)
    spent, configs, stopped = reference.run(brackets, runs=4)
    assert spent_and_configs(trace) == (spent, configs)
    assert sorted(t.position for t in trace.trials if t.outcome == "stopped") == stopped
    if keep_of == "next" and carry_models:
        assert stopped


def test_f_hyperband_draws_what_hyperband_draws_and_spends_less():
    corpus = synthetic_corpus(400, 27, seed=5)
    rule = RungRule(predictor=LastSeenValue(), threshold=0.9, burn_in=20)
    plain = play(corpus, make_brackets(27), runs=3)
    fast = play(corpus, make_brackets(27), runs=3, rule=rule)
    assert [t.config for t in plain.trials] == [t.config for t in fast.trials]
    assert sum(t.epochs_spent for t in fast.trials) < sum(t.epochs_spent for t in plain.trials)


def test_nothing_is_stopped_before_there_are_enough_curves():
    corpus = synthetic_corpus(200, 27, seed=5)
    rule = RungRule(predictor=LastSeenValue(), threshold=0.5, burn_in=1000)
    trace = play(corpus, make_brackets(27), rule=rule)
    assert spent_and_configs(trace) == spent_and_configs(play(corpus, make_brackets(27)))
    reasons = {decision.reason for decision in trace.decisions.made}
    assert reasons == {"too few curves to learn from", "end of the rung"}


def test_a_configuration_drawn_again_is_not_predicted_by_a_model_that_knows_it():
    corpus = synthetic_corpus(30, 9, seed=1)
    rule = RungRule(predictor=LastSeenValue(), threshold=0.9, burn_in=10)
    searcher = Reshuffling(ordering_of(corpus), np.random.SeedSequence(3))
    trace = play(corpus, make_brackets(9), runs=6, rule=rule, searcher=searcher)
    assert searcher.n_proposed == len(trace.trials) > 2 * len(corpus)
    reasons = [decision.reason for decision in trace.decisions.made]
    assert "in the training set" in reasons  # a prediction there would have raised


def test_f_hyperband_may_train_promoted_trials_again():
    corpus = synthetic_corpus(400, 27, seed=5)
    rule = RungRule(predictor=LastSeenValue(), threshold=0.8, burn_in=20)
    trace = play(corpus, make_brackets(27), runs=4, rule=rule, retrain=True, workers=3, overlap=True)
    assert any(trial.given_up for trial in trace.trials)
    assert any(trial.outcome == "stopped" for trial in trace.trials)


def test_f_hyperband_uses_the_quantiles_of_a_predictor_that_has_them():
    corpus = synthetic_corpus(60, 9, seed=5)
    lce = LCE(steps=50, discard=10)
    trace = play(corpus, make_brackets(9), rule=RungRule(predictor=lce, threshold=0.8, burn_in=0))
    made = [decision for decision in trace.decisions.made if decision.probability is not None]
    assert made
    assert all(0.001 <= decision.probability <= 0.999 for decision in made)


def test_stopped_trials_may_be_promoted_on_their_prediction():
    corpus = synthetic_corpus(400, 27, seed=5)
    rule = RungRule(predictor=LastSeenValue(), threshold=0.6, keep=0.05, burn_in=20)
    never = play(corpus, make_brackets(27), runs=3, rule=rule)
    as_printed = play(corpus, make_brackets(27), runs=3, rule=rule, promote_stopped=True)

    def resumed_after_stop(trace):
        seen = {}
        count = 0
        for _, event, config, _, _ in rows(trace.events):
            count += event == "resumed" and seen.get(config) == "stopped"
            seen[config] = event
        return count

    assert resumed_after_stop(never) == 0
    assert resumed_after_stop(as_printed) > 0


@pytest.mark.parametrize("workers", [1, 3, 8])
@pytest.mark.parametrize("overlap", [False, True])
def test_ends_of_every_kind_fill_no_rung_twice(workers, overlap):
    corpus = motley(60, 9, seed=3)
    trace = play(corpus, make_brackets(9), workers=workers, runs=2, overlap=overlap, clock="seconds")
    for trial in trace.trials:
        assert trial.outcome
        assert trial.epochs <= corpus.lengths[trial.config]
        if trial.outcome in ("diverged", "failed", "censored"):
            assert trial.epochs == corpus.lengths[trial.config]
    reached = {trial.config for trial in trace.trials if trial.outcome == "completed"}
    assert reached


def test_overlapping_brackets_keep_workers_busy():
    corpus = synthetic_corpus(60, 27, seed=3)
    waits = play(corpus, make_brackets(27), workers=8, clock="seconds")
    overlaps = play(corpus, make_brackets(27), workers=8, clock="seconds", overlap=True)
    assert max(t.end for t in overlaps.trials) < max(t.end for t in waits.trials)
    epochs = [sorted((t.config, t.epochs) for t in trace.trials) for trace in (waits, overlaps)]
    assert epochs[0] == epochs[1]  # what is promoted does not depend on it, without a policy


def test_any_policy_may_stop_inside_rungs():
    corpus = synthetic_corpus(27, 27, seed=3)
    trace = play(corpus, make_brackets(27)[:1], policy=StopAt(tuple([30, 2] * 14)))
    assert {trial.outcome for trial in trace.trials if trial.config % 2} <= {"paused", "stopped"}
    assert any(trial.outcome == "stopped" for trial in trace.trials)


def test_a_corpus_that_is_used_up_ends_the_run():
    corpus = synthetic_corpus(10, 27)
    trace = play(corpus, make_brackets(27), runs=5)
    assert sorted(trial.config for trial in trace.trials) == list(range(10))
    assert max(trial.epochs for trial in trace.trials) == 27


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": 0}, "threshold"),
        ({"tolerance": -1}, "tolerance"),
        ({"keep": 0}, "keep must lie"),
        ({"keep": 1.5}, "keep must lie"),
        ({"burn_in": -1}, "burn_in"),
    ],
)
def test_impossible_rules(settings, message):
    with pytest.raises(SettingError, match=message):
        RungRule(predictor=LastSeenValue(), **settings)


def test_an_unknown_share():
    with pytest.raises(UnknownNameError, match="configs"):
        RungRule(predictor=LastSeenValue(), keep_of="config")


@pytest.mark.parametrize("arguments", [(0, 1, 9), (5, 0, 9), (5, 10, 9), (5, 1, 0)])
def test_impossible_brackets(arguments):
    with pytest.raises(SettingError):
        halving_bracket(*arguments)
