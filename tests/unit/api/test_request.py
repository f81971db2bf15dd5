"""A proxy event seen as a request."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import MalformedBody, TooLarge
from api.event import proxy_event
from api.request import MAX_BODY, body, header, query


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_bodies_come_back(raw: bytes) -> None:
    """Any bytes survive the event, as text or in base64."""
    assert body(proxy_event("POST", "/predict", body=raw)) == raw


def test_no_body_is_empty() -> None:
    """A request without a body has an empty one."""
    assert body({"body": None}) == body({}) == body({"body": "", "isBase64Encoded": True}) == b""


@pytest.mark.parametrize("event", [{"body": "\ud800"}, {"body": "a", "isBase64Encoded": True}])
def test_body_that_cannot_be_decoded(event: dict[str, object]) -> None:
    """A lone surrogate, or what is not base64, is a malformed body."""
    with pytest.raises(MalformedBody, match="not valid"):
        body(event)


@pytest.mark.parametrize("encoded", [False, True])
def test_size_limit_is_exact(encoded: bool) -> None:
    """The limit is on the raw bytes, to the byte, in both forms."""

    def event(size: int) -> dict[str, object]:
        raw = b"x" * size
        return {"body": base64.b64encode(raw).decode() if encoded else raw.decode(), "isBase64Encoded": encoded}

    assert len(body(event(MAX_BODY))) == MAX_BODY
    with pytest.raises(TooLarge):
        body(event(MAX_BODY + 1))


def test_headers_in_any_case_and_number() -> None:
    """A header is found in any letter case, its values joined; single-valued events serve too."""
    event = {"multiValueHeaders": {"ACCEPT": ["a", "b"], "accept": ["c"]}, "headers": {"Accept": "c", "X-One": "1"}}
    assert header(event, "accept") == "a, b, c"
    assert header({"headers": {"Accept": "c"}, "multiValueHeaders": None}, "accept") == "c"
    assert header({"headers": None}, "accept") is None


def test_query_keeps_every_value() -> None:
    """A repeated parameter keeps all its values; one without a value has an empty one."""
    assert query({"multiValueQueryStringParameters": {"include": ["a", "b"]}}) == {"include": ["a", "b"]}
    assert query({"queryStringParameters": {"include": None}}) == {"include": [""]}
    assert query({}) == {}
