"""The frames that charts draw, against figures worked out by hand."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest

import simlab
from simlab.charts.learning_curves import curves_frame, run_to_show, stopped_curves_frame
from simlab.charts.speedup_against_threshold import NOT_RECOVERED, RECOVERED, bounds_frame, threshold_frame
from simlab.charts.speedup_and_recovery import off_scale, overview_frame, regret_frame
from simlab.charts.summary_table import summary_caption, summary_cells, summary_table
from simlab.charts.texts import run_labels
from simlab.charts.trials_and_curves import trials_frame
from simlab.errors import SettingError
from simlab.policies import Decision, Never, Policy
from simlab.schedulers import Halving, InOrder, make_brackets
from tests.synthetic import synthetic_corpus


class TwoEpochs(Policy):
    name = "two-epochs"

    def decide(self, view):
        return Decision(stop=view.epoch >= 2, reason="two epochs")


def test_figure_4_shows_mean_speedup_interval_and_recovery(tiny):
    # Orderings of run 1 cost 4 + 1 and 4 + 2 of 8 epochs: speedups 8/5 and 8/6; t(0.975, 1) = 12.7062.
    plain, top = threshold_frame(tiny).rows(named=True)
    assert (plain["line"], plain["threshold"]) == ("srm, plain", 0.9)
    assert plain["speedup"] == pytest.approx((8 / 5 + 8 / 6) / 2)
    assert plain["speedup_high"] - plain["speedup"] == pytest.approx(12.7062 * (8 / 5 - 8 / 6) / 2, rel=1e-5)
    assert plain["recovery_text"] == "1/2 [1, 99]"
    assert plain["recovered"] == NOT_RECOVERED  # half is not more than half
    assert (top["line"], top["speedup"], top["recovered"]) == ("srm, top-5", 1.0, RECOVERED)


def test_figure_4_needs_a_threshold(corpus):
    with pytest.raises(SettingError, match="speedup_and_recovery"):
        threshold_frame(simlab.simulate(corpus, Never(), orderings=1))


def test_one_ordering_has_no_interval(corpus):
    frame = overview_frame(simlab.simulate(corpus, Never(), orderings=1))
    assert frame.select("speedup_low", "speedup_high").row(0) == (None, None)


def test_only_bounds_with_the_burn_in_of_the_rules_are_drawn(result):
    bounds = bounds_frame(result)
    ceilings = {run.burn_in: run.ceiling for run in result.summaries}
    oracle = next(run for run in result.summaries if run.policy == "oracle" and run.burn_in == 10)
    assert bounds["speedup"].to_list() == [ceilings[10], oracle.speedup.mean]
    assert bounds["above"].to_list() == [True, False]


def test_the_overview_is_sorted_by_speedup_and_marks_the_preferred_setting(tiny):
    frame = overview_frame(tiny)
    assert frame["setting"].to_list() == ["srm 0.9", "never", "srm 0.99, top-5"]
    assert frame["kind"].to_list() == ["candidate", "bound", "preferred"]
    assert frame["recovery"].to_list() == [0.5, 1.0, 1.0]
    assert frame["regret"].to_list() == pytest.approx([0.1, 0.0, 0.0])


def test_a_bound_beyond_every_ceiling_is_off_the_scale(result):
    frame = overview_frame(result)
    assert frame.filter(off_scale(frame))["setting"].to_list() == ["oracle, burn-in 0"]


def test_regret_is_told_per_ordering(tiny):
    frame = regret_frame(tiny).filter(pl.col("setting") == "srm 0.9")
    assert frame["regret"].to_list() == pytest.approx([0.0, 0.2])


def test_every_run_has_a_name_of_its_own(result):
    labels = run_labels(result.summaries)
    assert len(set(labels)) == len(result.summaries)
    assert labels[:4] == ["never", "oracle, burn-in 0", "oracle, burn-in 10", "last-seen 0.5"]


def test_the_table_tells_the_figures_of_the_summary(tiny):
    cells = summary_cells(tiny).rows(named=True)
    assert cells[2]["speedup"] == "1.00 ± 0.00"
    assert [row["epochs"] for row in cells] == ["8", "6", "8"]
    assert cells[1]["within SE"] == "-"
    assert "1.60 with a burn-in of 1" in summary_caption(tiny)
    assert "8 epochs" in summary_caption(tiny)


def test_the_table_fits_into_100_columns(result):
    from rich.console import Console

    console = Console(width=100, record=True, file=io.StringIO())
    console.print(summary_table(result))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 100
    assert sum("last-seen" in line for line in lines) == 6  # one line each: nothing wraps


def test_curves_without_an_epoch_are_left_out_and_the_best_comes_first():
    corpus = synthetic_corpus(20, 5, failed=6)
    frame = curves_frame(corpus)
    assert frame.height == np.count_nonzero(corpus.lengths) < 20
    assert frame["final_value"][0] == corpus.best_value
    lengths = dict(zip(corpus.config_ids.tolist(), corpus.lengths.tolist(), strict=True))
    assert frame["values"].list.len().to_list() == [lengths[one] for one in frame["config_id"]]


def test_a_sample_spans_all_final_values(corpus):
    everything, sample = curves_frame(corpus), curves_frame(corpus, limit=10)
    assert sample.height == 10
    assert sample["config_id"][0] == everything["config_id"][0]
    assert sample["config_id"][-1] == everything["config_id"][-1]


def test_lower_is_better_for_a_loss():
    corpus = synthetic_corpus(20, 5, direction="minimize")
    assert curves_frame(corpus)["final_value"][0] == corpus.final_values.min()


def test_stops_are_where_the_run_stopped():
    corpus = synthetic_corpus(12, 5)
    result = simlab.simulate(corpus, [Never(), TwoEpochs()], orderings=2)
    frame = stopped_curves_frame(corpus, result, run=1, ordering=1)
    assert frame["outcome"].unique().to_list() == ["stopped"]
    assert frame["trained"].unique().to_list() == [2]
    assert frame["last_value"].to_list() == [values[1] for values in frame["values"]]


def test_the_preferred_run_is_shown(tiny):
    assert run_to_show(tiny) == 2


def test_dots_stay_near_the_epoch_they_stand_for(corpus, result):
    frame = trials_frame(corpus, result, run=3, ordering=0)
    assert (frame["dot"] - frame["trained"]).abs().max() < 0.5
    assert frame["final_value"].null_count() == 0


@pytest.mark.parametrize(
    ("run", "ordering", "message"), [(99, 0, "run must lie between 0 and 8"), (0, 3, "ordering")]
)
def test_a_run_or_ordering_that_is_not_there_is_an_error(corpus, result, run, ordering, message):
    with pytest.raises(SettingError, match=message):
        stopped_curves_frame(corpus, result, run=run, ordering=ordering)


def test_a_result_of_another_corpus_is_an_error(result):
    with pytest.raises(SettingError, match="another corpus"):
        stopped_curves_frame(synthetic_corpus(5, 3), result, run=0, ordering=0)


def test_the_caption_tells_apart_schedulers_that_start_more_or_fewer():
    brackets = make_brackets(9, 3)
    fifo, hyperband = InOrder(Never()), Halving(name="hyperband", brackets=brackets)
    both = simlab.simulate(synthetic_corpus(60, 9), [fifo, hyperband], orderings=1)
    started = sum(bracket.rungs[0].configs for bracket in brackets)
    expected = f"everything that was started takes {9 * started} to 540, by scheduler, epochs"
    assert expected in summary_caption(both)
    alone = simlab.simulate(synthetic_corpus(60, 9), fifo, orderings=1)
    assert "everything that was started takes 540 epochs" in summary_caption(alone)
