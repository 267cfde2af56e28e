"""The report: self-contained, reproducible, and alive in a browser without a network."""

from __future__ import annotations

import re

import polars as pl
import pytest

from simlab.charts import Section, simulation_report, write_report
from simlab.charts.report import render_report


@pytest.fixture(scope="module")
def report(corpus, result, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    return write_report(path, "What early stopping saves", simulation_report(corpus, result))


def test_the_same_inputs_give_the_same_bytes(report, corpus, result, tmp_path):
    again = write_report(
        tmp_path / "again.html", "What early stopping saves", simulation_report(corpus, result)
    )
    assert again.read_bytes() == report.read_bytes()


def test_it_loads_nothing(report):
    html = report.read_text(encoding="utf-8")
    tags = re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", html.split("<script>")[0])
    assert not tags
    assert not re.search(r"<[^>]+\b(?:src|href)\s*=\s*[\"']?(?:https?:)?//", html)
    assert "default-src 'none'" in html


def test_it_tells_result_and_provenance(report, result):
    html = report.read_text(encoding="utf-8")
    assert result.preference() in html
    assert result.provenance["corpus_sha256"] in html
    assert f"{result.provenance['versions']['polars']}" in html
    assert html.count("<td>last-seen</td>") >= 6


def test_names_cannot_break_out_of_the_page():
    evil = "</script><script>alert(1)</script>"
    sections = [Section(heading=evil, text=evil, table=pl.DataFrame({evil: [evil]}), facts={evil: evil})]
    assert "<script>alert" not in render_report(evil, sections)


def test_a_report_without_charts_needs_no_script():
    assert "<script" not in render_report("Words", [Section(text="only")])


@pytest.fixture
def opened(page, report):
    """Return the page with all charts drawn, and what it asked the network for or complained about."""
    complaints = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request", lambda request: complaints.append(request.url) if request.url != report.as_uri() else None
    )
    page.set_viewport_size({"width": 1250, "height": 900})
    page.goto(report.as_uri())
    page.evaluate("document.drawn.then(() => null)")
    return page, complaints


@pytest.mark.browser
def test_it_lives_in_a_browser(opened):
    page, complaints = opened
    charts = page.locator(".chart svg.marks")
    assert charts.count() == 4
    assert all(
        box["width"] > 400 and box["height"] > 200 for box in (one.bounding_box() for one in charts.all())
    )
    _a_tooltip_appears(page, "chart-0", "point", "optimum recovered")
    _a_tooltip_appears(page, "chart-1", "point", "mean regret")
    _a_tooltip_appears(page, "chart-2", "circle", "configuration")
    _a_tooltip_appears(page, "chart-3", "circle", "epochs trained")
    _brushing_dots_filters_curves(page)
    assert not complaints


def _a_tooltip_appears(page, chart, mark, text):
    page.locator(f"#{chart} path[aria-roledescription='{mark}']").first.hover(force=True)
    page.wait_for_function(
        "text => document.querySelector('#vg-tooltip-element.visible')?.innerText.includes(text)",
        arg=text,
        timeout=5000,
    )
    page.mouse.move(0, 0)


def _brushing_dots_filters_curves(page):
    chart = page.locator("[id^=chart-]", has_text="Drag over dots")
    chart.scroll_into_view_if_needed()
    lines = chart.locator("path[aria-roledescription='line mark']")
    middle = chart.bounding_box()["x"] + 400
    boxes = [one.bounding_box() for one in chart.locator("path[aria-roledescription='circle']").all()]
    dots = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box["x"] < middle]
    assert lines.count() == 2 * len(dots)  # each curve once as recorded, once as trained
    right, top = max(dots)[0] + 4, min(y for _, y in dots) - 4
    left, bottom = right - 150, top + 150
    page.mouse.move(left, bottom)
    page.mouse.down()
    page.mouse.move(right, top, steps=5)
    page.mouse.up()
    inside = [dot for dot in dots if left < dot[0] < right and top < dot[1] < bottom]
    assert 0 < len(inside) < len(dots)
    page.wait_for_function(
        "([one, count]) => one.querySelectorAll(\"[aria-roledescription='line mark']\").length == count",
        arg=[chart.element_handle(), 2 * len(inside)],
        timeout=5000,
    )
