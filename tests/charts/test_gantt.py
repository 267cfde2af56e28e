"""The Gantt chart: every busy moment of every worker is in exactly one bar."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simlab
from simlab.charts import gantt as module
from simlab.charts.gantt import gantt, jobs_frame
from simlab.errors import SettingError
from simlab.policies import Never
from simlab.schedulers import AsynchronousHalving, Halving, InOrder, make_brackets
from tests.synthetic import synthetic_corpus

STRATEGIES = [
    InOrder(Never()),
    Halving(name="hyperband", brackets=make_brackets(9)),
    AsynchronousHalving(name="asha", max_epochs=9, cost="retrain"),
]


@settings(max_examples=15, deadline=None)
@given(n=st.integers(2, 15), workers=st.integers(1, 5), seed=st.integers(0, 50))
def test_jobs_fill_the_time_that_was_trained(n, workers, seed):
    corpus = synthetic_corpus(n, 9, seed, diverged=1)
    result = simlab.simulate(corpus, STRATEGIES, orderings=2, workers=workers, seed=seed)
    jobs = jobs_frame(result.events)
    keys = ["run", "ordering"]
    busy = jobs.group_by(keys).agg(busy=(pl.col("end") - pl.col("start")).sum())
    told = result.per_ordering.join(busy, on=keys)
    assert told["busy"].to_numpy() == pytest.approx(told["seconds_spent"].to_numpy())
    ends = jobs.sort("start").select(*keys, "worker", "start", "end")
    before = ends.with_columns(before=pl.col("end").shift(1).over(*keys, "worker"))
    assert before.filter(pl.col("before") > pl.col("start") + 1e-9).is_empty()  # one job at a time
    assert jobs["outcome"].null_count() == 0


def test_what_runs_on_at_the_end_is_cut_off():
    corpus = synthetic_corpus(6, 9)
    result = simlab.simulate(corpus, Never(), orderings=1, workers=2, clock="epochs")
    jobs = jobs_frame(result.events, until=12.0)
    assert jobs.select("start", "end", "outcome").rows() == [
        (0.0, 9.0, "completed"),
        (0.0, 9.0, "completed"),
        (9.0, 12.0, "still running"),
        (9.0, 12.0, "still running"),
    ]


def test_one_panel_for_each_run():
    result = simlab.simulate(synthetic_corpus(20, 9), STRATEGIES, orderings=1, workers=3)
    chart = gantt(
        jobs_frame(result.events), ["a", "b", "c"], "seconds", "Three workers", "one ordering"
    ).to_dict()
    assert [panel["title"]["text"] for panel in chart["vconcat"]] == ["a", "b", "c"]
    assert chart["vconcat"][-1]["encoding"]["x"]["title"] == "Simulated time (seconds)"


def test_too_many_bars_are_an_error(monkeypatch):
    monkeypatch.setattr(module, "MAX_JOBS", 3)
    result = simlab.simulate(synthetic_corpus(6, 9), Never(), orderings=1)
    with pytest.raises(SettingError, match="cut time off"):
        gantt(jobs_frame(result.events), ["never"], "seconds", "Too many")
