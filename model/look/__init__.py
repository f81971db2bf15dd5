"""The look that the page, the card, the API reference and the reports share: one stylesheet, one module of charts."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the base of the reports is: report.html."""


@cache
def stylesheet() -> str:
    """The stylesheet; it holds for what is inside an element of the class `look`."""
    return _text("look.css")


@cache
def chart_script() -> str:
    """The functions that draw charts, as JavaScript."""
    return _text("charts.js")


@cache
def report_script() -> str:
    """What draws a report's charts, as JavaScript after those functions."""
    return _text("report.js")


def _text(name: str) -> str:
    return (FOLDER / name).read_text()
