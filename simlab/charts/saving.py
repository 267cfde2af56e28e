"""Charts as files: HTML that opens without a network, SVG, PNG."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Final

from simlab.charts.report import AnyChart, Section, write_report
from simlab.errors import SettingError

SUFFIXES: Final = (".html", ".svg", ".png")
_PIXELS_PER_INCH: Final = 144


def check_suffix(path: str | Path) -> None:
    """Raise SettingError where a file's name does not end in .html, .svg or .png.

    Examples
    --------
    >>> check_suffix("chart.gif")
    Traceback (most recent call last):
    ...
    simlab.errors.SettingError: chart.gif: no name of a chart; it must end in .html, .svg or .png
    """
    if Path(path).suffix.lower() not in SUFFIXES:
        raise SettingError(f"{path}: no name of a chart; it must end in .html, .svg or .png")


def save_chart(chart: AnyChart, path: str | Path, *, title: str) -> Path:
    """Write one chart, in the format that the file's name asks for; needs neither a browser nor a network.

    Parameters
    ----------
    chart : altair chart
    path : path
        Ends in ``.html``, ``.svg`` or ``.png``; its folder is created if needed.
    title : str
        Title of the HTML page.

    Raises
    ------
    SettingError
        For another suffix.
    """
    check_suffix(path)
    path = Path(path)
    if path.suffix.lower() == ".html":
        return write_report(path, title, [Section(chart=chart)])
    path.parent.mkdir(parents=True, exist_ok=True)
    chart.save(str(path), ppi=_PIXELS_PER_INCH)
    return path


def svg_text(chart: AnyChart) -> str:
    """Return a chart as SVG: the same text every time on one machine.

    Parameters
    ----------
    chart : altair chart
    """
    text = StringIO()
    chart.save(text, format="svg")
    return text.getvalue()
