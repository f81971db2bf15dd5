"""What an answer weighs on its way out."""

import json

from hypothesis import given
from hypothesis import strategies as st

from api.answers import _escaped


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_escaped_length(text: str) -> None:
    """The length is that of the text as JSON in ASCII, control characters and all."""
    assert _escaped(text) == len(json.dumps(text))
