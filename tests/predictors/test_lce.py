"""Learning curve extrapolation as a predictor: what it says of every kind of prefix."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.corpus import FeatureMatrix, Prefixes, TrainingSet
from simlab.errors import CorpusError, SettingError
from simlab.metric import Metric
from simlab.policies import CertaintyRule, ThresholdRule
from simlab.policies.registry import PolicySettings, build_policies
from simlab.predictors import LCE, lce_extrapolation
from simlab.predictors.lce import _forecast
from simlab.predictors.lce_extrapolation import Chains, effective_samples, extrapolate, recency_weights
from simlab.predictors.prediction import QUANTILE_LEVELS, level_of
from simlab.predictors.score_scale import scale_of
from tests.simulator.toys import motley, replay, rows
from tests.synthetic import synthetic_corpus

ACCURACY = Metric(name="accuracy", direction="maximize", bounds=(0, 1), worst=0.1)
PERPLEXITY = Metric(name="perplexity", direction="minimize", bounds=(1, np.inf), worst=10_000)
LOSS = Metric(name="loss", direction="minimize")
RISING = np.array([0.2, 0.35, 0.42, 0.47, 0.49, 0.52, 0.53, 0.55])
NOTHING = FeatureMatrix((), np.empty((0, 0)))


def fitted(metric=ACCURACY, horizon=20, **settings):
    nobody = TrainingSet(
        np.empty((0, horizon)), np.empty(0, int), np.empty(0), NOTHING, NOTHING, metric=metric
    )
    return LCE(**({"steps": 600, "discard": 200} | settings)).fit(nobody)


def prefixes(*curves):
    return Prefixes(np.array(curves), NOTHING, NOTHING)


def quantile(forecast, level):
    return forecast.quantiles[QUANTILE_LEVELS.index(level)]


def test_a_rising_curve_goes_on_rising():
    forecast = fitted().forecast(RISING)
    assert 0.53 < forecast.mean < 0.75
    assert 0.53 < quantile(forecast, 0.5) < 0.7
    assert 0.001 < forecast.sigma < 0.3
    assert (np.diff(forecast.quantiles) >= 0).all()
    assert len(forecast.families) == 11
    assert 0.01 < forecast.acceptance < 0.6
    assert 10 < forecast.effective_samples <= 4000
    assert forecast.n_lost == 0


def test_a_curve_of_a_family_is_extrapolated_to_its_end():
    epochs = np.arange(1, 61)
    curve = 0.9 - 0.7 * epochs**-0.8 + np.random.default_rng(0).normal(0, 0.002, 60)
    forecast = fitted(horizon=60, steps=2500, discard=500).forecast(curve[:25])
    assert forecast.mean == pytest.approx(curve[-1], abs=0.02)
    assert quantile(forecast, 0.05) - 0.01 < curve[-1] < quantile(forecast, 0.95) + 0.01


@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_epochs_are_no_model(n):
    forecast = fitted().forecast(RISING[:n])
    assert np.isnan([forecast.mean, forecast.sigma, *forecast.quantiles]).all()
    assert forecast.families == ()
    assert np.isfinite(fitted().forecast(RISING[:3]).mean)


@pytest.mark.parametrize("metric", [ACCURACY, LOSS, PERPLEXITY], ids=lambda metric: metric.name)
def test_a_flat_prefix_stays_as_it_is(metric):
    level = metric.score(0.1 if metric is ACCURACY else 300.0)
    forecast = fitted(metric).forecast(np.full(4, level))
    assert (forecast.mean, forecast.sigma, forecast.families) == (level, 0.0, ())
    assert (forecast.quantiles == level).all()


def test_a_nearly_flat_prefix():
    forecast = fitted().forecast(np.array([0.1, 0.1, 0.1, 0.1002, 0.1]))
    assert np.isnan(forecast.mean) or quantile(forecast, 0.5) == pytest.approx(0.1, abs=0.01)


def test_a_falling_prefix_keeps_only_families_that_do_not_fall():
    forecast = fitted().forecast(RISING[::-1].copy())
    assert len(forecast.families) < 5
    assert "pow3" not in forecast.families
    if forecast.families:
        assert RISING.min() - 0.1 < quantile(forecast, 0.5) < RISING.max() + 0.1


def test_no_family_is_no_model():
    """Where every family's fit falls, nothing is predicted and nothing stopped."""
    falling = 0.9 - 0.02 * np.arange(12) ** 1.5
    found = extrapolate(falling, 13, Chains(walkers=100, steps=20, discard=10, random_state=0))
    forecast = fitted(horizon=13, steps=20, discard=10).forecast(falling)
    assert (found is None) == bool(np.isnan(forecast.mean))
    assert (found is None) == (forecast.families == ())


def test_a_curve_that_diverges_leaves_the_bounds_of_nothing():
    """An unbounded loss that explodes: the last finite values are huge, and the fits do not rise."""
    forecast = fitted(LOSS).forecast(LOSS.score(np.array([2.3, 2.1, 2.0, 8.0, 1e6, 1e30])))
    assert np.isnan(forecast.mean) or forecast.mean < -1.0


def test_a_value_that_is_not_finite_is_an_error():
    with pytest.raises(CorpusError, match="must be finite, but is not at epoch 3"):
        fitted().forecast(np.array([0.1, 0.2, np.nan, 0.3]))


def test_perplexity():
    values = np.array([900.0, 420.0, 300.0, 250.0, 225.0, 210.0, 203.0])
    forecast = fitted(PERPLEXITY).forecast(PERPLEXITY.score(values))
    assert 120 < -quantile(forecast, 0.5) < 215
    assert -quantile(forecast, 0.5) > 1


def test_units_do_not_matter():
    """An error rate, a percentage and an accuracy are the same curve."""
    accuracy = fitted().forecast(RISING)
    error = Metric(name="error", direction="minimize", bounds=(0, 1))
    as_error = fitted(error).forecast(error.score(1 - RISING))
    assert as_error.mean == pytest.approx(accuracy.mean - 1, abs=0.05)
    unbounded = [fitted(LOSS).forecast(scale * RISING).mean / scale for scale in (1, 1000)]
    assert unbounded[0] == pytest.approx(unbounded[1], abs=0.05)


def test_the_seed_and_the_prefix_decide_everything():
    lce, other = fitted(), RISING + 0.01
    alone = lce.predict(prefixes(RISING))
    together = lce.predict(prefixes(other, RISING, other))
    _forecast.cache_clear()
    again = fitted().predict(prefixes(RISING, other))
    assert together.quantiles[1].tobytes() == alone.quantiles[0].tobytes() == again.quantiles[0].tobytes()
    assert together.mean[0] == together.mean[2] == again.mean[1]
    assert fitted(random_state=1).forecast(RISING).mean != alone.mean[0]
    assert fitted(horizon=21).forecast(RISING).mean != alone.mean[0]


def test_mean_and_sigma_are_those_of_the_draws_without_the_chance_of_their_noise():
    chains = Chains(walkers=100, steps=600, discard=200, random_state=0)
    found, forecast = extrapolate(RISING, 20, chains), fitted().forecast(RISING)
    assert found.draws.shape == (4000,)
    assert forecast.mean == pytest.approx(found.mean, rel=1e-12)
    assert forecast.sigma == pytest.approx(found.sigma, rel=1e-12)
    assert found.mean == pytest.approx(found.draws.mean(), abs=5 * found.sigma / np.sqrt(4000))
    assert found.sigma == pytest.approx(found.draws.std(), rel=0.05)
    np.testing.assert_allclose(forecast.quantiles, np.quantile(found.draws, QUANTILE_LEVELS), rtol=1e-12)


def test_a_noise_without_bound_does_not_reach_the_mean(monkeypatch):
    """Three points may leave sigma free to grow for ever; the mean of the ends is still known."""
    ends, sigmas = np.linspace(0.2, 0.8, 100), np.full(100, 1e200)

    def wander(problem, ensemble, uniform, recorded):
        recorded[:] = np.stack([ends, sigmas])
        return 0

    monkeypatch.setattr(lce_extrapolation, "advance", wander)
    found = extrapolate(RISING, 20, Chains(walkers=100, steps=600, discard=200, random_state=0))
    assert found.mean == pytest.approx(0.5)
    assert found.sigma == pytest.approx(1e200)


def test_one_wild_draw_is_not_the_mean_of_a_perplexity():
    falling = -np.array([90.0, 60.0, 45.0, 38.0, 34.0, 31.0])
    forecast = fitted(PERPLEXITY).forecast(falling)
    found = extrapolate(scale_of(PERPLEXITY, falling).unit(falling), 20, Chains(100, 600, 200, 0))
    assert forecast.mean == pytest.approx(-np.exp((1 - found.mean) * np.log(10_000)), rel=1e-9)
    assert -34 < forecast.mean < -1
    assert 0 < forecast.sigma < np.inf


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"walkers": 90}, "walkers must be even and at least 96, not 90"),
        ({"walkers": 101}, "walkers must be even"),
        ({"steps": 25}, "steps and discard must be multiples of 10"),
        ({"steps": 100, "discard": 100}, "0 <= discard < steps, not 100 and 100"),
        ({"discard": -10}, "0 <= discard"),
        ({"random_state": -1}, "random_state must be 0 or larger"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(SettingError, match=message):
        fitted(**settings)


def test_no_curve_at_all():
    prediction = fitted().predict(Prefixes(np.empty((0, 5)), NOTHING, NOTHING))
    assert prediction.quantiles.shape == (0, len(QUANTILE_LEVELS))


def test_recency_weights_rise_to_almost_ten():
    np.testing.assert_allclose(recency_weights(4), [1, 10**0.25, 10**0.5, 10**0.75])


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_effective_samples_of_an_autoregression(correlation):
    random = np.random.default_rng(0)
    series = np.empty((2000, 100))
    series[0] = random.standard_normal(100)
    for step in range(1, 2000):
        noise = random.standard_normal(100) * np.sqrt(1 - correlation**2)
        series[step] = correlation * series[step - 1] + noise
    expected = series.size * (1 - correlation) / (1 + correlation)
    assert effective_samples(series) == pytest.approx(expected, rel=0.1)


def test_walkers_that_stay_apart_count_once_each():
    apart = np.arange(50.0) + np.random.default_rng(0).normal(0, 0.1, (200, 50))
    assert effective_samples(apart) < 110


# --- Decisions ----------------------------------------------------------------------------------------------


def test_levels_between_and_beyond_the_quantiles():
    quantiles = np.array(QUANTILE_LEVELS)
    assert level_of(0.95, quantiles) == pytest.approx(0.95)
    assert level_of(0.333, quantiles) == pytest.approx(0.333)
    assert (level_of(-1, quantiles), level_of(2, quantiles)) == (0.001, 0.999)
    flat = np.full(len(quantiles), 0.4)
    assert (level_of(0.4, flat), level_of(0.39, flat)) == (0.999, 0.001)


def test_lce_stops_from_the_first_curve_on_by_its_own_quantiles():
    corpus = synthetic_corpus(12, 8, seed=4)
    lce = LCE(steps=100, discard=20)
    trace = replay(corpus, ThresholdRule(predictor=lce, threshold=0.9, burn_in=0))
    made = [(config, epoch, decision) for config, epoch, _, decision in rows(trace.decisions)]
    assert {decision.reason for _, epoch, decision in made if epoch < 3} == {"no model"}
    assert any(decision.stop for config, _, decision in made if config < 5)
    model = lce.fit(corpus.training_set([]))
    best = corpus.final_scores[0]
    for config, epoch, decision in made:
        if config == 1 and decision.probability is not None:
            forecast = model.forecast(corpus.scores[1, :epoch])
            assert decision.probability == level_of(best, forecast.quantiles)


def test_by_name_it_has_no_burn_in():
    (rule,) = build_policies(["lce"], PolicySettings(burn_in=30, steps=50))
    assert (rule.burn_in, rule.predictor.steps, rule.predictor.discard) == (0, 50, 10)
    (default,) = build_policies(["lce"], PolicySettings())
    assert default.predictor.get_params() == LCE().get_params()


def test_a_burn_in_changes_no_prediction():
    corpus, rule = motley(), ThresholdRule(predictor=LCE(steps=50, discard=10), burn_in=0)
    later = ThresholdRule(predictor=LCE(steps=50, discard=10), burn_in=10)
    first, second = (
        {(row[0], row[1]): row[3].predicted for row in rows(replay(corpus, policy).decisions)}
        for policy in (rule, later)
    )
    shared = [key for key in first if first[key] is not None and second.get(key) is not None]
    assert len(shared) > 5
    assert all(first[key] == second[key] for key in shared)


def test_certainty_stops_whatever_the_incumbent():
    corpus = synthetic_corpus(8, 8, seed=4)
    lce = LCE(steps=100, discard=20)
    never = replay(corpus, CertaintyRule(predictor=lce, max_sigma=1e-9, burn_in=0))
    at_once = replay(corpus, CertaintyRule(predictor=lce, max_sigma=1e9, burn_in=0))
    reasons = {decision.reason for *_, decision in rows(never.decisions)}
    assert reasons == {"no model", "its end is uncertain"}
    assert {trial.epochs for trial in at_once.trials} <= {3, 4, 5, 8}
    sigma = next(made.sigma for *_, made in rows(never.decisions) if made.sigma is not None)
    some = replay(corpus, CertaintyRule(predictor=lce, max_sigma=sigma, burn_in=0))
    assert any(made.stop and made.sigma <= sigma for *_, made in rows(some.decisions))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_sigma": 0.0}, "max_sigma must be larger than 0"),
        ({"burn_in": -1}, "burn_in must be at least 0"),
    ],
)
def test_certainty_settings_out_of_range(settings, message):
    with pytest.raises(SettingError, match=message):
        CertaintyRule(**({"predictor": LCE(), "burn_in": 0} | settings))
