"""The simulated clock: what training costs after each epoch."""

from __future__ import annotations

import numpy as np
import pytest

import simlab
from simlab.errors import SettingError
from simlab.policies import Never
from simlab.simulator import elapsed_times
from tests.simulator.toys import StopAt, motley
from tests.synthetic import synthetic_corpus


@pytest.mark.parametrize("clock", ["epochs", "seconds", "auto"])
def test_time_adds_up_and_stands_still_beyond_a_curve_s_end(clock):
    corpus = motley()
    elapsed = elapsed_times(corpus, clock)
    assert elapsed.shape == (30, 9)
    assert elapsed.dtype == np.float64
    for row, length, seconds in zip(elapsed, corpus.lengths, corpus.series["seconds"], strict=True):
        durations = np.ones(length) if clock == "epochs" else seconds[:length]
        assert row[: length + 1] == pytest.approx([0, *np.cumsum(durations)])
        assert (row[length:] == row[length]).all()


def by_size(corpus):
    """Cost every epoch by the number of its configuration."""
    return np.repeat(np.arange(len(corpus))[:, None], corpus.n_epochs, axis=1).astype(float)


def test_a_clock_of_one_s_own():
    corpus = motley()
    elapsed = elapsed_times(corpus, by_size)
    assert elapsed[:, -1] == pytest.approx(np.arange(30) * corpus.lengths)
    result = simlab.simulate(corpus, [Never(), StopAt((1,) * 30)], clock=by_size, orderings=2)
    total = float((np.arange(30) * corpus.lengths).sum())
    assert (result.per_ordering["makespan_full"] == total).all()
    assert result.summaries[0].speedup_wall_clock.mean == 1.0
    once = float((np.arange(30) * np.minimum(corpus.lengths, 1)).sum())
    assert result.summaries[1].speedup_wall_clock.mean == pytest.approx(total / once)
    assert result.provenance["clock"] == "function by_size"
    assert len(result.provenance["clock_sha256"]) == 64


def test_a_constant_clock_is_that_of_epochs_in_another_unit():
    ours, epochs = (simlab.simulate(motley(), Never(), clock=one, workers=3) for one in (2.5, "epochs"))
    assert ours.provenance["clock"] == "2.5 per epoch"
    assert (ours.trials["end"] == 2.5 * epochs.trials["end"]).all()
    assert ours.per_ordering["speedup_wall_clock"].to_list() == [1.0] * 10
    assert (ours.trials["time_recorded"] == 2.5 * ours.trials["epochs_recorded"]).all()


@pytest.mark.parametrize("clock", [0, -1.0, float("nan"), float("inf")])
def test_an_epoch_must_cost_something(clock):
    with pytest.raises(SettingError, match="the cost of an epoch must be finite and larger than 0"):
        elapsed_times(motley(), clock)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda costs: costs[:, 1:], r"costly' must return one cost .* shape \(30, 8\), not \(30, 7\)"),
        (lambda costs: -costs, r"costs of 0 or more: \d+ are not, the first is -1.0 for .* 'config-0001'"),
        (lambda costs: costs * np.nan, r"the first is nan for configuration 'config-0000', epoch 1"),
    ],
)  # fmt: skip
def test_a_function_must_return_costs(change, message):
    def costly(corpus):
        return change(by_size(corpus))

    with pytest.raises(SettingError, match=message):
        simlab.simulate(motley(), Never(), clock=costly)


def test_curves_of_one_length_share_their_epochs():
    corpus = synthetic_corpus(5, 4)
    elapsed = elapsed_times(corpus, 0.5)
    assert elapsed.tolist() == [[0.0, 0.5, 1.0, 1.5, 2.0]] * 5
    assert elapsed.strides[0] == 0
