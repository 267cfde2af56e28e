"""The sampler on posteriors that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from simlab.predictors.sghmc import SGHMC, normal_draws

N_DATA, N_COORDINATES, BATCH = 200, 500, 20


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [20_000, 20_001])
def test_draws_are_standard_normal(dtype, n):
    draws = np.full(n, np.nan, dtype)
    normal_draws(np.random.default_rng(3), draws)
    assert kstest(draws, "norm").pvalue > 0.01
    assert abs(np.mean(draws[: n // 2] * draws[n - n // 2 :])) < 0.03


def chain(gradient, position, n_moves, **settings):
    """Return the second half of a chain that adapts during the first."""
    sampler = SGHMC(position, np.random.default_rng(1), **settings)
    kept = []
    for move in range(n_moves):
        sampler.adapting = move < n_moves // 2
        sampler.move(gradient(sampler.position))
        if not sampler.adapting and move % 10 == 0:
            kept.append(sampler.position.copy())
    return np.array(kept), sampler


def test_a_posterior_is_sampled_through_the_noise_of_minibatches():
    """The mean of normal data of variance 1, with a standard normal prior, for 500 data sets at once."""
    rng = np.random.default_rng(0)
    data = rng.normal(rng.normal(size=N_COORDINATES), 1, (N_DATA, N_COORDINATES))

    def gradient(position):
        batch = data[rng.choice(N_DATA, BATCH, replace=False)]
        return position + N_DATA * (position - batch.mean(axis=0))

    samples, sampler = chain(gradient, np.zeros(N_COORDINATES), 4000, step=0.02)
    mean, variance = data.sum(axis=0) / (N_DATA + 1), 1 / (N_DATA + 1)
    assert sampler.share_unheated == 1
    assert np.mean((samples.mean(axis=0) - mean) ** 2) < 0.1 * variance
    # without the noise of the gradient in the balance, the variance would be a fifth too large
    assert np.mean((samples - mean) ** 2) / variance == pytest.approx(1, abs=0.08)


def test_coordinates_of_different_scales_are_sampled_alike():
    """Two decades of standard deviations at one step size; the gradient's second moment tells them."""
    deviation = np.repeat([0.1, 1.0, 10.0], 400)
    start = deviation * np.random.default_rng(5).normal(size=len(deviation))
    noise = np.random.default_rng(6)

    def gradient(position):
        return (position / deviation + 0.5 * noise.standard_normal(len(position))) / deviation

    samples, _ = chain(gradient, start, 4000, step=0.05)
    by_scale = np.mean((samples / deviation) ** 2, axis=0).reshape(3, 400).mean(axis=1)
    np.testing.assert_allclose(by_scale, 1, atol=0.15)


def test_what_cannot_be_accounted_for_is_told():
    """Gradients so large that their own noise exceeds what friction takes out."""
    rng = np.random.default_rng(2)
    _, sampler = chain(lambda position: position + rng.normal(0, 1e6, len(position)), np.zeros(50), 200)
    assert sampler.share_unheated == 0


def test_the_scales_are_left_alone_once_adaptation_ends():
    sampler = SGHMC(np.zeros(3), np.random.default_rng(0))
    sampler.move(np.array([1.0, 10.0, 100.0]))
    sampler.adapting = False
    before = sampler._drift.copy()
    sampler.move(np.full(3, 1e9))
    np.testing.assert_array_equal(sampler._drift, before)


def test_one_move_by_hand():
    """From rest at 0, with gradient 3: window, moments and drift of Springenberg et al., written out."""
    sampler = SGHMC(np.zeros(1), np.random.default_rng(0), step=1e-6, friction=0.05)
    sampler.move(np.array([3.0]))
    assert sampler._window[0] == pytest.approx(1 - 1 * (1 * 1 / 1) + 1)
    assert sampler._mean[0] == pytest.approx(0.5 * 1 + 0.5 * 3)
    assert sampler._square[0] == pytest.approx(0.5 * 1 + 0.5 * 9)
    assert sampler._drift[0] == pytest.approx(1e-12 / np.sqrt(5))
    assert sampler._noise[0] ** 2 == pytest.approx(2 * 1e-12 * 0.05 / np.sqrt(5) - 1e-24)
