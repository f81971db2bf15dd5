"""How a caller's own value is quoted."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from preprocessing.errors import MAX_QUOTE, quote


@settings(deadline=None)
@given(st.text())
@example("x" * 39)
@example("x" * 40)
@example("x" * 41)
def test_text_is_escaped_and_cut(text: str) -> None:
    """Quoted text is printable ASCII, at most 40 characters between quotes, and marked where it was cut."""
    found = quote(text)
    assert found.isascii()
    assert found.isprintable()
    inner, cut = (found[1:-4], True) if found.endswith("'...") else (found[1:-1], False)
    assert len(inner) <= MAX_QUOTE == 40
    assert cut == (len(ascii(text)) - 2 > MAX_QUOTE)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("abc", "'abc'"),
        ("\n\x00é\ud800", r"'\n\x00\xe9\ud800'"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (-(2**127), str(-(2**127))),
        (2**200, "an integer too large to show"),
        (1.5, "1.5"),
        ({}, "an object"),
        ([], "an array"),
        ((), "an array"),
        (b"", "a value of type bytes"),
    ],
)
def test_values_have_their_json_names(value: object, shown: str) -> None:
    """Values are shown as JSON calls them; what could be long is described."""
    assert quote(value) == shown
    assert len(shown) <= MAX_QUOTE + 5
