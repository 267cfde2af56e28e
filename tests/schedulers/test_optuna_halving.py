"""Optuna's successive halving decides as ASHA's strict rule, and its Hyperband has the same brackets."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import optuna
import pytest

import simlab
from simlab.policies import Never
from simlab.schedulers import StoppingASHA, make_brackets
from simlab.searchers import RandomOrdering
from tests.simulator.toys import motley, replay, rows


@pytest.fixture(autouse=True)
def quiet():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


def decisions_of_optuna(corpus, ordering, pruner):
    """Train the curves one after the other in a study, which hears of epoch t as step t."""
    study = optuna.create_study(direction=corpus.metric.direction, pruner=pruner)
    made = []
    for config in ordering:
        trial, state = study.ask(), optuna.trial.TrialState.FAIL
        length = int(corpus.lengths[config])
        for epoch in range(1, length + 1):
            trial.report(float(corpus.values[config, epoch - 1]), epoch)
            stop = trial.should_prune()  # at the last epoch too, where it counts for those to come
            if epoch < length:
                made.append((config, epoch, stop))
            if stop:
                state = optuna.trial.TrialState.PRUNED
                break
        study.tell(trial, state=state)
    return made


def compare(corpus, ordering, *, eta, min_resource, rate=0):
    """Return how many trials were stopped, by both alike."""
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource, eta, rate)
    scheduler = StoppingASHA(
        RandomOrdering(ordering),
        corpus.n_epochs,
        eta=eta,
        min_epochs=min_resource * eta**rate,
        strict=True,
    )
    trace = replay(corpus, Never(), scheduler=scheduler)
    ours = [(config, epoch, decision.stop) for config, epoch, _, decision in rows(trace.decisions)]
    assert ours == decisions_of_optuna(corpus, ordering, pruner)
    return sum(stop for *_, stop in ours)


@pytest.mark.parametrize(
    ("eta", "min_resource", "rate"), [(4, 1, 0), (2, 1, 0), (3, 2, 0), (2, 1, 2), (3, 1, 1), (10, 1, 0)]
)
def test_every_decision_on_1000_curves(eta, min_resource, rate):
    corpus = simlab.load("metaqnn-cifar10")
    ordering = np.random.default_rng(eta).permutation(len(corpus))
    assert compare(corpus, ordering, eta=eta, min_resource=min_resource, rate=rate) > 300


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
@pytest.mark.parametrize("eta", [2, 3])
@pytest.mark.parametrize("decimals", [1, 6])
def test_curves_of_every_kind_and_many_ties(direction, eta, decimals):
    """Diverged, failed and censored curves count in the rungs that they have reached, here and there."""
    corpus = motley(60, 12, direction=direction)
    corpus = replace(corpus, series=corpus.series | {"value": corpus.values.round(decimals)})
    ordering = [config for config in range(len(corpus)) if corpus.lengths[config]]
    assert compare(corpus, ordering, eta=eta, min_resource=1)


def test_by_default_one_trial_more_may_go_on():
    corpus = simlab.load("metaqnn-cifar10")
    stopped = {}
    for strict in (False, True):
        scheduler = StoppingASHA(RandomOrdering(range(len(corpus))), corpus.n_epochs, strict=strict)
        trace = replay(corpus, Never(), scheduler=scheduler)
        stopped[strict] = {trial.config for trial in trace.trials if trial.outcome == "stopped"}
    assert stopped[False] < stopped[True]


def first_rungs_of_optuna(max_resource, eta):
    """Return the weights by which its Hyperband deals trials out to brackets, the most aggressive first."""
    pruner = optuna.pruners.HyperbandPruner(1, max_resource, eta)
    pruner._try_initialization(optuna.create_study())
    return pruner._trial_allocation_budgets


def first_rungs(max_epochs, eta):
    return [bracket.rungs[0].configs for bracket in make_brackets(max_epochs, eta, "li2017")]


@pytest.mark.parametrize("eta", [2, 3, 4, 5, 10])
def test_hyperband_deals_trials_out_as_li2017_but_where_its_logarithm_is_too_small(eta):
    lost = []
    for max_epochs in [*range(1, 130), 242, 243, 244, 625, 728, 729, 999, 1000, 1001, 2187, 59049]:
        ours, theirs = first_rungs(max_epochs, eta), first_rungs_of_optuna(max_epochs, eta)
        if ours == theirs:
            continue
        lost.append(max_epochs)
        assert len(ours) == len(theirs) + 1 > math.log(max_epochs, eta)
        assert theirs == first_rungs(max_epochs // eta, eta)  # one bracket is lost
    assert lost == {3: [243, 59049], 10: [1000]}.get(eta, [])
