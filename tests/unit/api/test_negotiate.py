"""What the caller wants back."""

import pytest

from phat.api.errors import BadQuery, NotAcceptable
from phat.api.kinds import PARTS
from phat.api.negotiate import CSV, JSON, choose_form, choose_parts


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("  ", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("application/json;q=0.1, text/*;q=0.2", CSV),
        ("*/*;q=0.9, application/json;q=0.1", CSV),
        ("application/*, text/csv;q=0.9", JSON),
        ("application/json;q=0, */*", CSV),
        ("text/csv;q=0.5, text/csv;q=0.1, application/json;q=0.3", CSV),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("text/csv;q=x, application/json;q=0.1", JSON),
        ("text/csv; header=present ;q=1", CSV),
    ],
)
def test_form(accept: str | None, form: str) -> None:
    """The greatest weight wins, a specific range before a wild one, the first form among equals."""
    assert choose_form(accept, (JSON, CSV)) == form


@pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", "application/json;q=0", "image/*", "json", "*"])
def test_no_form(accept: str) -> None:
    """Who accepts none of the forms is told which there are."""
    with pytest.raises(NotAcceptable, match="answers in application/json"):
        choose_form(accept, (JSON,))


def test_parts_are_those_named() -> None:
    """Parts come from all values, without blanks and doubles; none stands alone; without any, variables."""
    assert choose_parts({}, PARTS).parts == {"variables"}
    assert choose_parts({"include": ["imputed, variables", "imputed"]}, PARTS).parts == {"imputed", "variables"}
    assert choose_parts({"include": ["none", "none"]}, PARTS).parts == frozenset()


@pytest.mark.parametrize(("text", "level"), [("0.9", 0.9), (".5", 0.5), (" 0.999 ", 0.999)])
def test_level(text: str, level: float) -> None:
    """The level is a decimal between 0 and 1; without it the interval has 95 %."""
    assert choose_parts({"include": ["interval"], "level": [text]}, PARTS).level == level
    assert choose_parts({"include": ["interval"]}, PARTS).level == 0.95


@pytest.mark.parametrize("value", ["", "all", "none,variables", "variables;imputed"])
def test_unknown_parts(value: str) -> None:
    """What is not allowed is refused with what is."""
    with pytest.raises(
        BadQuery, match=r"variables, imputed, interval, prediction_interval, contributions .* or none alone"
    ):
        choose_parts({"include": [value]}, PARTS)
