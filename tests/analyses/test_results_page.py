"""The page of results holds what the analyses found, as they left it on disk."""

from __future__ import annotations

import polars as pl
import pytest

import simlab
from analyses import fig4, results_page
from analyses.__main__ import ANALYSES
from simlab.charts import Section
from simlab.policies import Never, Oracle, ThresholdRule
from simlab.predictors import LastSeenValue


@pytest.fixture
def report(tmp_path):
    """Return a folder with two results: a figure of a simulation, and a frame."""
    corpus = simlab.load("metaqnn-svhn-standin")
    rules = [ThresholdRule(predictor=LastSeenValue(), threshold=threshold) for threshold in (0.9, 0.99)]
    simlab.simulate(corpus, [Never(), Oracle(burn_in=100), *rules], orderings=2).write(
        tmp_path / "fig4-metaqnn-svhn.parquet"
    )
    ledger = [("A claim | of the paper", "3.4", "1.2 ± 0.1", "does not hold", "smaller")]
    columns = ["claim", "paper", "here", "verdict", "why"]
    frame = pl.DataFrame(ledger, schema=columns, orient="row")
    frame.write_parquet(tmp_path / "claims.parquet")
    return tmp_path


def test_page_holds_texts_tables_and_figures(report, tmp_path):
    page = results_page.write_page(report, tmp_path / "docs").read_text()
    assert page.index(fig4.FIGURES["fig4-metaqnn-svhn"].title) < page.index(ANALYSES["claims"].title)
    assert "## Figure 6" not in page
    figure = tmp_path / "docs" / "images" / "results" / "fig4-metaqnn-svhn.svg"
    assert f"images/results/{figure.name}" in page
    assert figure.read_text().startswith("<svg")
    assert "| A claim \\| of the paper | 3.4 | 1.2 ± 0.1 | does not hold | smaller |" in page


def test_long_tables_are_left_to_the_report(tmp_path):
    many = pl.DataFrame({"row": range(results_page.MOST_ROWS + 1)})
    section = Section(text="Words.", table=many)
    assert results_page.describe("table1", ANALYSES["table1"], [section], tmp_path) == ["Words."]
