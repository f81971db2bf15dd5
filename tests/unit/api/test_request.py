"""A gateway's event seen as a request."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.api.errors import MalformedBody, MalformedEvent, TooLarge
from phat.api.gateway_event import read_event
from phat.api.proxy_event import proxy_event
from phat.api.request import MAX_BODY, Request
from tests.gateway import event


def rest(**changes: Any) -> Request:
    """The request of a REST event with some members changed."""
    return read_event(event("predict", **changes))


def second(name: str = "predict_http_api", **changes: Any) -> Request:
    """The request of an event of payload 2.0 with some members changed."""
    return read_event(event(name, **changes))


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_bodies_come_back(raw: bytes) -> None:
    """Any bytes survive the event, as text or in base64."""
    assert read_event(proxy_event("POST", "/predict", body=raw)).body() == raw


def test_no_body_is_empty() -> None:
    """A request without a body has an empty one."""
    assert rest(body=None).body() == rest(body="").body() == b""
    assert rest(body="", isBase64Encoded=True).body() == b""


@pytest.mark.parametrize("encoded", [True, "true", 1])
def test_base64_is_said_in_several_ways(encoded: object) -> None:
    """A flag that is true, or says so in a text, means base64."""
    assert rest(body="e30=", isBase64Encoded=encoded).body() == b"{}"


@pytest.mark.parametrize("encoded", [False, "false", "", None, 0])
def test_plain_text_is_said_in_several_ways(encoded: object) -> None:
    """A flag that is false, says so in a text, or is not there means plain text, even where it reads as base64."""
    assert rest(body="e30=", isBase64Encoded=encoded).body() == b"e30="


@pytest.mark.parametrize("encoded", ["yes", [True], {}, 2])
def test_a_flag_that_says_neither(encoded: object) -> None:
    """A flag that is neither is refused, as the body could be read in two ways."""
    with pytest.raises(MalformedEvent, match=r"isBase64Encoded: got .*, expected true or false"):
        rest(isBase64Encoded=encoded).body()


@pytest.mark.parametrize("changes", [{"body": "\ud800"}, {"body": "a", "isBase64Encoded": True}])
def test_body_that_cannot_be_decoded(changes: dict[str, object]) -> None:
    """A lone surrogate, or what is not base64, is a malformed body."""
    with pytest.raises(MalformedBody, match="not valid"):
        rest(**changes).body()


@pytest.mark.parametrize(
    ("body", "got"), [({"x12": 1}, "an object"), ({}, "an object"), ([], "an array"), (0, "0"), (False, "false")]
)
def test_body_that_is_no_text(body: object, got: str) -> None:
    """A body that is an object, as test consoles and scripts send it, is refused by what it is."""
    with pytest.raises(MalformedBody, match=f"got {got}, expected text"):
        rest(body=body).body()


@pytest.mark.parametrize("encoded", [False, True])
def test_size_limit_is_exact(encoded: bool) -> None:
    """The limit is on the raw bytes, to the byte, in both forms."""

    def sized(size: int) -> Request:
        raw = b"x" * size
        return rest(body=base64.b64encode(raw).decode() if encoded else raw.decode(), isBase64Encoded=encoded)

    assert len(sized(MAX_BODY).body()) == MAX_BODY
    with pytest.raises(TooLarge):
        sized(MAX_BODY + 1).body()


@pytest.mark.parametrize(
    ("multi", "single", "accept"),
    [
        ({"ACCEPT": ["a", "b"], "accept": ["c"]}, {"Accept": "c"}, "a, b, c"),
        (None, {"Accept": "c"}, "c"),
        (None, {"Accept": ["a", "b"]}, "a, b"),
        ({"accept": "text/csv"}, None, "text/csv"),
        ({"accept": None}, None, ""),
        ({"accept": []}, None, ""),
        ({"accept": ["a", None]}, None, "a, "),
        (None, {"accept": 5}, "5"),
        ({"accept": [True, 0.5]}, None, "true, 0.5"),
        (None, None, None),
        ([], 0, None),
    ],
)
def test_headers(multi: object, single: object, accept: str | None) -> None:
    """A header is found in any letter case, its values joined; odd values are read where they can mean one thing."""
    assert rest(multiValueHeaders=multi, headers=single).headers.get("accept") == accept


@pytest.mark.parametrize(
    ("multi", "single", "query"),
    [
        ({"include": ["a", "b"]}, {"include": "b"}, {"include": ["a", "b"]}),
        (None, {"include": "a"}, {"include": ["a"]}),
        (None, {"include": None}, {"include": [""]}),
        ({"include": None}, None, {"include": [""]}),
        ({"include": []}, None, {"include": [""]}),
        ({"level": [0.9]}, None, {"level": ["0.9"]}),
        (None, None, {}),
    ],
)
def test_query(multi: object, single: object, query: dict[str, list[str]]) -> None:
    """A repeated parameter keeps all its values; one without a value has an empty one."""
    assert rest(multiValueQueryStringParameters=multi, queryStringParameters=single).query == query


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"multiValueHeaders": ["a"]}, "the event's headers: got an array, expected an object"),
        ({"multiValueHeaders": None, "headers": "a"}, "the event's headers: got 'a', expected an object"),
        ({"multiValueHeaders": {"accept": {}}}, "the event's 'accept': got an object, expected text"),
        ({"multiValueHeaders": {"accept": [["a"]]}}, "the event's 'accept': got an array, expected text"),
        ({"queryStringParameters": [1]}, "the event's query: got an array, expected an object"),
        ({"multiValueQueryStringParameters": {"level": [{}]}}, "the event's 'level': got an object, expected text"),
        ({"httpMethod": None}, "without a method"),
        ({"httpMethod": ["GET"]}, "without a method"),
    ],
)
def test_what_could_mean_anything_is_refused(changes: dict[str, object], reason: str) -> None:
    """Headers and parameters that cannot be read are refused by name, not ignored."""
    refused = rest(**changes)
    assert isinstance(refused.refusal, MalformedEvent)
    assert reason in str(refused.refusal)
    assert refused.path == ""


@pytest.mark.parametrize("value", [None, 5, "x", [], ["x"], True])
@pytest.mark.parametrize("name", ["requestContext", "stageVariables", "pathParameters"])
def test_members_of_another_type(name: str, value: object) -> None:
    """What says where the request came from may be anything: it counts as not there, and the request is read."""
    request = rest(**{name: value})
    assert (request.refusal, request.path, request.method) == (None, "/predict", "POST")
    assert request.body().startswith(b"{")


@pytest.mark.parametrize("odd", [None, 5, "", "x", [], [1], {}, {"version": "2.0"}, {"source": "aws.events"}])
def test_no_event(odd: object) -> None:
    """What is no event of a gateway is refused by what would be one."""
    assert "expected an event of API Gateway (REST or HTTP API) or of a Function URL" in str(read_event(odd).refusal)


@pytest.mark.parametrize(
    "text", ["a\r\nX-Evil: 1", "a\nb", "\x1b[0m", "\u00e9", "\ud800", "", "x" * 129, 5, None, ["a"]]
)
def test_ids_that_no_header_can_carry(text: object) -> None:
    """A gateway's id that cannot be in a header is as none: a caller can choose it."""
    context = event("predict")["requestContext"]
    assert rest(requestContext=context | {"requestId": text}).id == ""
    assert rest(requestContext=context | {"requestId": "Ukq8ojO8oAMEJvA="}).id == "Ukq8ojO8oAMEJvA="


def test_payload_2() -> None:
    """An event of payload 2.0 gives the same request: method, path below the stage, joined headers and parameters."""
    request = second()
    assert (request.method, request.path, request.address) == ("POST", "/predict", "/v1/predict")
    assert (request.version, request.id, request.refusal) == ("2.0", "Ukq8ojO8oAMEJvA=", None)
    assert request.headers == {"accept": "*/*", "content-type": "application/json"}
    assert request.query == {"include": ["imputed,interval"], "level": ["0.9"]}
    assert request.body() == b'{"x12": "3709.93", "x5": "sunday"}'
    assert second("predict_function_url").body() == b"x12,x5\n3709.93,sunday\n"


@pytest.mark.parametrize(
    ("raw", "stage", "route", "parameters", "path"),
    [
        ("/v1/predict", "v1", "$default", None, "/predict"),
        ("/v1", "v1", "$default", None, "/"),
        ("/v1/", "v1", "$default", None, "/"),
        ("/predict/", "$default", "$default", None, "/predict"),
        ("/v1/predict", "$default", "$default", None, "/v1/predict"),
        ("/v12/predict", "v1", "$default", None, "/v12/predict"),
        ("/scores/predict", "v1", "ANY /{proxy+}", {"proxy": "predict"}, "/predict"),
        ("/v1/predict", "v1", "POST /predict", None, "/predict"),
        ("/v1", "v1", "GET /", None, "/"),
        (None, "v1", None, None, "/"),
        ("/predict", None, 5, [], "/predict"),
    ],
)
def test_payload_2_paths(raw: object, stage: object, route: object, parameters: object, path: str) -> None:
    """The stage's name at the start of a path is no part of it, nor is the mapping of a custom domain."""
    context = event("predict_http_api")["requestContext"] | {"stage": stage}
    assert second(rawPath=raw, routeKey=route, pathParameters=parameters, requestContext=context).path == path


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        ("include=imputed&include=interval&level=0.9", {"include": ["imputed", "interval"], "level": ["0.9"]}),
        ("include=&x=%5B%5D", {"include": [""], "x": ["[]"]}),
        ("", {}),
        (None, {}),
        (5, {}),
    ],
)
def test_payload_2_raw_query(raw: object, query: dict[str, list[str]]) -> None:
    """Where the parameters are not given one by one, the raw query is read."""
    assert second(queryStringParameters=None, rawQueryString=raw).query == query
