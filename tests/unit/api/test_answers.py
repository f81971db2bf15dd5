"""What an answer weighs on its way out."""

import json

from hypothesis import given
from hypothesis import strategies as st

from api.answers import _escaped, _longest_escaped, plain
from api.negotiate import CSV, JSON


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_escaped_length(text: str) -> None:
    """The length is that of the text as JSON in ASCII, control characters and all."""
    assert _escaped(text) == len(json.dumps(text))


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_bound_of_escaped_length(text: str) -> None:
    """The quick bound is never below the length: what it lets pass can be sent."""
    written = plain({"id": text})
    assert _escaped(written) <= _longest_escaped(written, JSON)
    assert _escaped(text) <= _longest_escaped(text, CSV)
