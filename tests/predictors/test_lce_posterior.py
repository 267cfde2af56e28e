"""The posterior and its moves, against a model and a sampler in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.predictors.lce_extrapolation import starting_point
from simlab.predictors.lce_families import FAMILIES
from simlab.predictors.lce_posterior import advance, evaluate
from tests.predictors.lce_reference import log_probability

CURVES = {
    "rising": np.array([0.21, 0.34, 0.42, 0.47, 0.48, 0.52, 0.53, 0.55]),
    "falling": np.array([0.52, 0.47, 0.44, 0.43, 0.4]),
    "three epochs": np.array([0.2, 0.35, 0.4]),
    "as far as the horizon": 0.6 - 0.4 / np.arange(1, 21),
}
HORIZON = 20
every_curve = pytest.mark.parametrize("scores", CURVES.values(), ids=CURVES)


def ensemble(scores, spread, n=100, seed=0):
    problem, start = starting_point(scores, HORIZON)
    random = np.random.default_rng(seed)
    walkers = start + spread * random.standard_normal((n, len(start)))
    return problem, evaluate(problem, walkers)


def expected(problem, walkers, scores):
    names = [FAMILIES[family].name for family in problem.families]
    return log_probability(walkers, names, scores, HORIZON)


@every_curve
@pytest.mark.parametrize("spread", [1e-6, 1e-2, 1.0])
def test_density_and_end_of_every_walker(scores, spread):
    problem, walkers = ensemble(scores, spread)
    density, end, _ = expected(problem, walkers.walkers, scores).T
    np.testing.assert_array_equal(np.isfinite(walkers.log_probability), np.isfinite(density))
    inside = np.isfinite(density)
    np.testing.assert_allclose(walkers.log_probability[inside], density[inside], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(walkers.ends[inside], end[inside], rtol=1e-10)
    assert np.isnan(walkers.ends[~inside]).all()
    assert (walkers.log_probability[~inside] == -np.inf).all()


def test_the_prior():
    problem, start = starting_point(CURVES["rising"], HORIZON)
    sigma = problem.places[-1]
    c_of_pow3 = problem.places[list(problem.families).index(1)]

    def density(row, value):
        changed = start[None].copy()
        changed[0, row] = value
        return evaluate(problem, changed).log_probability[0]

    assert np.isfinite(density(sigma, 0.1))
    for row, value in [
        (sigma, 0.0),
        (sigma, -0.1),
        (sigma + 1, -1e-9),
        (c_of_pow3, -5.0),
        (c_of_pow3, 101.0),
    ]:
        assert density(row, value) == -np.inf
    assert np.isfinite(density(c_of_pow3, 99.0))  # a family may end above 1, up to 100
    assert density(c_of_pow3 + 1, -0.1) == -np.inf  # pow3 would fall
    twice = start[None].copy()
    twice[0, sigma + 1 :] *= 2
    assert evaluate(problem, twice).log_probability[0] == pytest.approx(density(sigma, start[sigma]))


def plain_stretch_moves(problem, walkers, density, scores, uniform):
    """Goodman & Weare's moves, one walker after the other."""
    n, d = walkers.shape
    accepted = 0
    for split, *halves in uniform:
        order = list(range(n))
        for place, number in enumerate(split):
            other = place + int(number * (n - place))
            order[place], order[other] = order[other], order[place]
        movers, partners = np.array(order[: n // 2]), np.array(order[n // 2 :])
        for stretch, partner, acceptance in (halves[:3], halves[3:]):
            z = (stretch + 1) ** 2 / 2
            chosen = walkers[partners[(partner * (n // 2)).astype(int)]]
            proposed = chosen + z[:, None] * (walkers[movers] - chosen)
            new = expected(problem, proposed, scores)[:, 0]
            with np.errstate(invalid="ignore"):
                moves = np.log(acceptance) < (d - 1) * np.log(z) + new - density[movers]
            walkers[movers[moves]] = proposed[moves]
            density[movers[moves]] = new[moves]
            accepted += moves.sum()
            movers, partners = partners, movers
    return accepted


@every_curve
def test_moves_are_those_of_a_plain_sampler(scores):
    """Refusing early changes no decision."""
    problem, walkers = ensemble(scores, 1e-4)
    plain, density = walkers.walkers.copy(), walkers.log_probability.copy()
    random = np.random.default_rng(1)
    accepted = 0
    for _ in range(5):
        uniform = random.random((20, 7, 50))
        draws = np.empty((2, 2, 100))
        moved = advance(problem, walkers, uniform, draws)
        assert moved == plain_stretch_moves(problem, plain, density, scores, uniform)
        accepted += moved
        np.testing.assert_allclose(walkers.walkers, plain, rtol=1e-7, atol=1e-9)
        plain[:] = walkers.walkers  # rounding must not add up
        density[:] = walkers.log_probability
    assert 100 < accepted < 9000
    again = evaluate(problem, walkers.walkers.copy())
    np.testing.assert_allclose(walkers.log_probability, again.log_probability, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(draws[-1, 0], walkers.ends)
    np.testing.assert_array_equal(draws[-1, 1], walkers.walkers[:, problem.places[-1]])
    np.testing.assert_allclose(walkers.ends, again.ends, rtol=1e-12)


def test_draws_are_equally_spaced():
    problem, walkers = ensemble(CURVES["rising"], 1e-4)
    uniform = np.random.default_rng(2).random((30, 7, 50))
    draws = np.empty((3, 2, 100))
    advance(problem, walkers, uniform, draws)
    problem, step_by_step = ensemble(CURVES["rising"], 1e-4)
    for part, expected_draw in zip(np.split(uniform, 3), draws, strict=True):
        last = np.empty((1, 2, 100))
        advance(problem, step_by_step, part, last)
        np.testing.assert_array_equal(last[0], expected_draw)


def test_a_walker_outside_the_support_comes_in():
    problem, walkers = ensemble(CURVES["rising"], 1e-4)
    walkers.walkers[3, problem.places[-1] + 1] = -0.1
    walkers.log_probability[3], walkers.ends[3] = -np.inf, np.nan
    advance(problem, walkers, np.random.default_rng(0).random((200, 7, 50)), np.empty((1, 2, 100)))
    assert np.isfinite(walkers.log_probability).all()
    assert np.isfinite(walkers.ends).all()
