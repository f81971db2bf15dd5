"""How a caller's own value is quoted."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phat.preprocessing.errors import MAX_QUOTE, quote


@settings(deadline=None)
@given(st.text())
@example("x" * 39)
@example("x" * 40)
@example("x" * 41)
def test_text_is_escaped_and_cut(text: str) -> None:
    """Quoted text prints on one line, at most 40 characters between quotes, and is marked where it was cut."""
    found = quote(text)
    assert found.isprintable()
    inner, cut = (found[1:-4], True) if found.endswith("'...") else (found[1:-1], False)
    assert len(inner) <= MAX_QUOTE == 40
    escaped = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    assert cut == (len(escaped) > MAX_QUOTE)
    assert escaped.startswith(inner)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("abc", "'abc'"),
        ("\n\x00\ud800", r"'\n\x00\ud800'"),
        ("Straße, Zürich, 東京, 🎉", "'Straße, Zürich, 東京, 🎉'"),
        ("\u202eabc\u2028\u200b\x7f", r"'\u202eabc\u2028\u200b\x7f'"),
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
