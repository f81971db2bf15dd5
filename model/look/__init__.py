"""The look that the page, the card, the API reference and the reports share: one stylesheet, one module of charts."""

from functools import cache
from pathlib import Path


@cache
def stylesheet() -> str:
    """The stylesheet; it holds for what is inside an element of the class `look`."""
    return _text("look.css")


@cache
def chart_script() -> str:
    """The functions that draw charts, as JavaScript."""
    return _text("charts.js")


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text()
