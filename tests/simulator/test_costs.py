"""The simulated clock: what training costs after each epoch."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.simulator import elapsed_times
from tests.simulator.toys import motley


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
