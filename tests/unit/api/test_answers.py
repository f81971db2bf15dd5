"""What an answer weighs on its way out."""

import json

from hypothesis import given
from hypothesis import strategies as st

from api.answers import MAX_ANSWER, _escaped, _fits_surely, plain


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_escaped_length(text: str) -> None:
    """The length is that of the text as JSON in ASCII, control characters and all."""
    assert _escaped(text) == len(json.dumps(text))


@given(st.lists(st.one_of(st.none(), st.integers(-9, 9), st.text(max_size=12)), min_size=1, max_size=30))
def test_what_surely_fits_is_never_heavier(ids: list[str | int | None]) -> None:
    """The quick estimate is an upper bound, whatever the ids are: padded to the limit by it, the answer still fits."""
    item = {"business_outcome": "not event", "phat": 0.5, "variables": {"x12": 1.0, "x31_asia": 0.0}}
    items = [item if id_ is None else {"id": id_} | item for id_ in ids]
    text = plain({"model": "segmentation", "version": "da96e3e5bef5", "predictions": items})
    room = MAX_ANSWER - len(text) - len(ids) * (2 * 2 + 14) - 100
    padded = text + " " * room
    if _fits_surely(padded, len(ids), 2):
        assert len(json.dumps(padded)) <= MAX_ANSWER
