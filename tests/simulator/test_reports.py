"""What trials have reported, in order, against columns that are sorted anew; nothing of others is held."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.policies import ascending
from simlab.policies.percentile import shown as reduce
from simlab.simulator.reports import Reports


def column(scores, epoch, shown, first):
    """Return what each configuration shows, in one pass of NumPy over the matrix."""
    if shown == "current":
        return scores[:, epoch - 1]
    return scores[:, :epoch].max(axis=1) if shown == "best" else scores[:, first - 1 : epoch].mean(axis=1)


@settings(max_examples=60)
@given(data=st.data(), seed=st.integers(0, 99))
def test_it_is_what_sorting_anew_gives(data, seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(12, 6)).round(1)
    scores[rng.random(12) < 0.3, 4:] = np.nan  # shorter curves
    reports, reached, completed = Reports(scores), [[] for _ in range(6)], []
    for config in rng.permutation(12).tolist():
        last = data.draw(st.integers(1, 4 if np.isnan(scores[config, 5]) else 6))
        for epoch in range(1, last + 1):
            reports.add(config, epoch)
            reached[epoch - 1].append(config)
        if data.draw(st.booleans()):
            reports.complete(config)
            completed.append(config)
        epoch, shown = data.draw(st.integers(1, 6)), data.draw(st.sampled_from(["current", "best", "mean"]))
        first, only = data.draw(st.integers(1, epoch)), data.draw(st.booleans())
        of_all = column(scores, epoch, shown, first)
        expected = of_all[completed if only else reached[epoch - 1]]
        found = list(reports.ascending(epoch, shown, first, completed=only))
        assert found == np.sort(expected[~np.isnan(expected)]).tolist()
        assert reports.shown(config, epoch, shown, first) == pytest.approx(of_all[config], rel=0, nan_ok=True)


@pytest.mark.parametrize("epochs", [1, 2, 7, 8, 9, 60, 127, 128, 129, 500])
def test_one_by_one_is_the_whole_column_to_the_last_bit(epochs):
    scores = np.random.default_rng(epochs).normal(size=(40, epochs + 3))
    for shown in ("current", "best", "mean"):
        whole = column(scores, epochs, shown, 1)
        single = [reduce(row[:epochs], shown) for row in scores]
        assert np.array(single).tobytes() == np.ascontiguousarray(whole).tobytes()


def test_it_holds_what_was_reported_and_nothing_of_others():
    reports = Reports(np.random.default_rng(0).random((100_000, 5)))
    for config in (7, 99_999):
        reports.add(config, 1)
    for shown in ("current", "best", "mean"):
        assert len(reports.ascending(1, shown)) == 2
        assert len(reports.ascending(3, shown)) == 0
    held = [value for name, value in vars(reports).items() if name != "_scores"]
    assert all(len(one) < 10 for one in held if hasattr(one, "__len__"))
    assert [len(one) for one in reports._reached] == [2, 0, 0, 0, 0]


def test_many_scores_are_ranked_as_few_are(monkeypatch):
    scores = np.random.default_rng(0).random((60, 1)).round(2)
    monkeypatch.setattr(ascending, "LONG", 20)
    reports, kinds = Reports(scores), []
    for config in range(60):
        reports.add(config, 1)
        ranked = reports.ascending(1, "current")
        kinds.append(type(ranked).__name__)
        expected = np.sort(scores[: config + 1, 0])
        assert list(ranked) == expected.tolist()
        for bound in (scores[config, 0], 0.505):
            assert ranked.bisect_left(bound) == np.searchsorted(expected, bound, "left")
            assert ranked.bisect_right(bound) == np.searchsorted(expected, bound, "right")
    assert kinds == ["Ascending"] * 20 + ["SortedList"] * 40
