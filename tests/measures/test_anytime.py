"""The incumbent as a step function, against a loop that walks through the events one by one."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simlab
from simlab.errors import UnknownNameError
from simlab.measures import incumbent_at, incumbent_steps, mean_incumbent, t_interval
from simlab.policies import Never
from simlab.schedulers import AsynchronousHalving, Halving, InOrder, make_brackets
from tests.synthetic import synthetic_corpus

STRATEGIES = [
    InOrder(Never()),
    Halving(name="hyperband", brackets=make_brackets(9), runs=2),
    Halving(name="retrain", brackets=make_brackets(9), cost="retrain", overlap=True),
    AsynchronousHalving(name="asha", max_epochs=9),
]


def walk(result, corpus, *, seen):
    """Yield, for every run and ordering, what had been spent after each event, and the incumbent then."""
    better = max if corpus.metric.direction == "maximize" else min
    values = {(row["config_id"], row["epoch"]): row["value"] for row in corpus.curves_frame().to_dicts()}
    final = dict(zip(corpus.config_ids.tolist(), corpus.final_values.tolist(), strict=True))
    for (run, ordering), events in result.events.group_by("run", "ordering", maintain_order=True):
        epochs, compute, incumbent, since, points = 0, 0.0, None, {}, []
        for event in events.to_dicts():
            new = None
            if event["event"] == "epoch ended":
                epochs += 1
                compute += event["time"] - since[event["worker"]]
                new = values[event["config_id"], event["epoch"]] if seen else None
            elif event["event"] == "completed" and not seen:
                new = final[event["config_id"]]
            since[event["worker"]] = event["time"]
            known = [one for one in (incumbent, new) if one is not None]
            incumbent = better(known) if known else None
            points.append({"epochs": epochs, "compute": compute, "time": event["time"], "value": incumbent})
        yield run, ordering, points


def at(points, spent, x):
    """Return the incumbent after the last event at which no more than x had been spent."""
    return [None, *(point["value"] for point in points if point[spent] <= x + 1e-9)][-1]


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(3, 12),
    workers=st.integers(1, 4),
    seed=st.integers(0, 100),
    direction=st.sampled_from(["maximize", "minimize"]),
    spent=st.sampled_from(["epochs", "compute", "time"]),
    seen=st.booleans(),
    clock=st.sampled_from(["seconds", "epochs"]),
)
def test_every_step_is_that_of_a_loop_over_the_events(*, n, workers, seed, direction, spent, seen, clock):
    corpus = synthetic_corpus(n, 9, seed, direction=direction, diverged=1, ragged=True)
    result = simlab.simulate(corpus, STRATEGIES, orderings=2, workers=workers, seed=seed, clock=clock)
    curves = corpus.curves_frame() if seen else None
    steps = incumbent_steps(result.events, result.trials, result.metric, curves)
    for run, ordering, points in walk(result, corpus, seen=seen):
        own = steps.filter(run=run, ordering=ordering)
        ends = own.select("epochs", "compute", "time").row(-1)
        assert ends == pytest.approx((points[-1]["epochs"], points[-1]["compute"], points[-1]["time"]))
        grid = sorted({0.0, 1e9, *(point[spent] + 2e-9 for point in points)})
        found = incumbent_at(own, grid, spent)["value"].to_list()
        assert found == [at(points, spent, x) for x in grid]


def test_what_is_spent_is_what_the_summary_says():
    corpus = synthetic_corpus(20, 9)
    result = simlab.simulate(corpus, STRATEGIES, orderings=2, workers=3)
    ends = incumbent_steps(result.events, result.trials, result.metric).group_by("run", "ordering").last()
    told = result.per_ordering.join(ends, on=["run", "ordering"])
    assert told["epochs"].to_list() == told["epochs_spent"].to_list()
    assert told["compute"].to_numpy() == pytest.approx(told["seconds_spent"].to_numpy())
    assert told["time"].to_numpy() == pytest.approx(told["makespan"].to_numpy())


def test_a_completed_run_ends_at_the_best_final_value():
    corpus = synthetic_corpus(20, 5)
    result = simlab.simulate(corpus, Never(), orderings=3)
    steps = incumbent_steps(result.events, result.trials, result.metric)
    assert incumbent_at(steps, [1e6])["value"].to_list() == [corpus.best_value] * 3
    assert incumbent_at(steps, [4])["value"].to_list() == [None] * 3  # nothing has completed yet


def frame(values):
    return pl.DataFrame({"run": 0, "ordering": range(len(values)), "epochs": 1.0, "value": values})


def test_the_mean_is_over_all_orderings_or_it_is_none():
    mean = mean_incumbent(frame([0.2, 0.4, 0.9]), level=0.9)
    expected = t_interval(np.array([0.2, 0.4, 0.9]), 0.9)
    assert mean.row(0) == pytest.approx((0, 1.0, expected.mean, expected.low, expected.high))
    assert mean_incumbent(frame([0.2, None, 0.9])).is_empty()


def test_one_ordering_has_no_interval():
    (row,) = mean_incumbent(frame([0.2])).rows(named=True)
    assert row["mean"] == 0.2
    assert all(row[bound] is None or math.isnan(row[bound]) for bound in ("low", "high"))


def test_an_unknown_unit_is_an_error():
    with pytest.raises(UnknownNameError, match="did you mean 'epochs'"):
        incumbent_at(frame([0.1]), [1], "epoch")
