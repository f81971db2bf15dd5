"""Events as gateways send them, and as they do not: each is answered, in the form that its gateway reads."""

import io
import json
from contextlib import redirect_stdout
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from phat.api.proxy_event import proxy_event
from phat.server.asgi import LocalContext
from tests.gateway import STATUS, Answer, event, invoke, problem

pytestmark = pytest.mark.usefixtures("served")

RECORD = b'{"x12": "3709.93", "x5": "sunday"}'
PHAT = 0.24808584668674394

odd = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=6)  # lone surrogates and control characters among them
    | st.sampled_from(["\r\nX-Evil: 1", "\x1b[2J", "true", "gzip", "text/csv", "2.0", "1", {}, [], [None], {"a": {}}])
)
nested = st.recursive(
    odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
contexts = st.none() | st.just(object()) | odd.map(lambda value: SimpleNamespace(aws_request_id=value))


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """An event of events/ of which up to three members, at any depth, are another value, absent or new."""
    made = event(draw(st.sampled_from(sorted(STATUS))))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = made
        name = draw(st.sampled_from(sorted(place)))
        while isinstance(place[name], dict) and place[name] and draw(st.booleans()):
            place = place[name]
            name = draw(st.sampled_from(sorted(place)))
        match draw(st.sampled_from(["replace", "list", "delete", "add"])):
            case "replace":
                place[name] = draw(nested)
            case "list":
                place[name] = [place[name]]
            case "delete" if len(place) > 1:
                del place[name]
            case _:
                place[draw(st.text(max_size=5))] = draw(nested)
    return made


def serve(payload: object, context: object) -> Answer:
    """The answer to an event, after a look at its form and at that of the log."""
    import handler

    log = io.StringIO()
    with redirect_stdout(log):
        answer = handler.lambda_handler(deepcopy(payload), context)
    assert all(isinstance(json.loads(line), dict) for line in log.getvalue().splitlines())
    json.dumps(answer, allow_nan=False).encode()
    answer["body"].encode()
    several = answer.get("multiValueHeaders") or {name: [value] for name, value in answer["headers"].items()}
    first = isinstance(payload, dict) and isinstance(payload.get("httpMethod"), str)
    assert ("multiValueHeaders" in answer) or not first
    assert len({"multiValueHeaders", "headers"} & answer.keys()) == 1
    for name, values in several.items():
        assert isinstance(values, list)
        assert all(value.isascii() and value.isprintable() for value in (name, *values))
    found = Answer.of(answer)
    assert type(found.status) is int
    assert found.headers["x-request-id"]
    return found


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated() | nested, contexts)
@example(None, None)
@example([], object())
@example(event("predict", multiValueHeaders={"Content-Type": None}), None)
@example(event("predict", stageVariables={"corsOrigins": 5, "captureShare": [], "pages": {}}), None)
@example(event("predict", stageVariables={"captureShare": "1", "captureLeaveOut": None}), None)
@example(proxy_event("GET", "/docs") | {"requestContext": {"path": "\ud800/docs"}}, None)
@example(event("predict_http_api", requestContext={"http": {"method": "POST"}, "stage": {}}), None)
def test_any_event(payload: object, context: object) -> None:
    """Whatever the event and the context are, the answer is one that a gateway takes, and no error of ours."""
    answer = serve(payload, context)
    assert answer.status in {200, 204, 400, 404, 405, 406, 413, 415, 422}, answer.body
    if answer.status >= 400 and answer.body:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status


@pytest.mark.parametrize("name", ["predict_http_api", "predict_function_url"])
def test_payload_2_answers_with_single_headers(name: str) -> None:
    """An event of payload 2.0 is scored like one of a REST API; its answer's headers have one value each."""
    import handler

    answer = handler.lambda_handler(event(name), LocalContext())
    assert answer.keys() == {"statusCode", "body", "isBase64Encoded", "headers"}
    assert str(PHAT) in answer["body"]
    assert answer["headers"]["X-Request-Id"] == event(name)["requestContext"]["requestId"]
    refused = handler.lambda_handler(event(name, body=""), LocalContext())
    assert refused["headers"]["Content-Type"] == "application/problem+json"


def test_payload_1_answers_with_lists_of_headers() -> None:
    """A REST event's answer has each header as a list, as such a gateway reads it."""
    import handler

    answer = handler.lambda_handler(event("predict"), LocalContext())
    assert answer.keys() == {"statusCode", "body", "isBase64Encoded", "multiValueHeaders"}


@pytest.mark.parametrize(
    "changes",
    [
        {"requestContext": None},
        {"requestContext": "odd"},
        {"stageVariables": ["odd"]},
        {"stageVariables": {"corsOrigins": ["*"], "captureShare": 0.5}},
        {"pathParameters": "predict"},
        {"pathParameters": {}},
        {"isBase64Encoded": "false"},
        {"multiValueHeaders": {"Content-Type": "application/json", "Accept": None, "X-Odd": {"a": 1}}},
        {"multiValueHeaders": None, "headers": {"Content-Type": ["application/json"], "Accept": None}},
        {"multiValueQueryStringParameters": {}, "queryStringParameters": []},
    ],
)
def test_odd_members_that_cannot_matter(changes: dict[str, object]) -> None:
    """What may be wrong without another meaning for the request does not stop it."""
    answer = serve(proxy_event("POST", "/predict", body=RECORD) | changes, None)
    assert (answer.status, answer.json()["predictions"][0]["phat"]) == (200, PHAT)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (None, "got null, expected an event of API Gateway"),
        ("POST /predict", "got 'POST /predict', expected an event"),
        ({"source": "aws.events"}, "got an event without a method"),
        (event("predict", multiValueHeaders=["a"]), "the event's headers: got an array, expected an object"),
        (event("predict", isBase64Encoded="yes"), "isBase64Encoded: got 'yes', expected true or false"),
    ],
)
def test_events_that_are_refused(payload: object, reason: str) -> None:
    """What is no event of a gateway, or could mean anything, is a 400 in words."""
    found = problem(serve(payload, LocalContext()), 400)
    assert reason in found["detail"]
    assert found["type"] == "urn:phat:problem:malformed-event"


def test_a_body_that_is_an_object() -> None:
    """A body that is an object, as test consoles and scripts send it, is a 400 that says so."""
    detail = problem(invoke(event("predict", body={"x12": 1})), 400)["detail"]
    assert detail == "the event's body: got an object, expected text"


def test_a_body_that_the_gateway_unpacked() -> None:
    """API Gateway unpacks a gzip body and leaves its header: the body is scored as it is."""
    sent = proxy_event("POST", "/predict", [("Content-Encoding", "gzip")], body=RECORD)
    assert invoke(sent).json()["predictions"][0]["phat"] == PHAT


@pytest.mark.parametrize("chosen", ["a\r\nX-Evil: 1", "a\nb", "\u00e9", "\ud800", "", None, 7, ["a"], "x" * 5000])
def test_an_id_that_no_header_can_carry(chosen: object) -> None:
    """Where the gateway's id cannot be in a header, as a caller may choose it, Lambda's own stands for it."""
    sent = proxy_event("POST", "/predict", body=RECORD)
    sent["requestContext"]["requestId"] = chosen
    answer = serve(sent, SimpleNamespace(aws_request_id="lambda-1", function_version="7"))
    assert answer.headers["x-request-id"] == "lambda-1"


@pytest.mark.parametrize("context", [None, object(), SimpleNamespace(aws_request_id=None, function_version=object())])
def test_a_context_without_its_attributes(context: object) -> None:
    """A test console's context, which has nothing, is enough: the request still has an id of its own."""
    sent = proxy_event("POST", "/predict", body=RECORD)
    sent["requestContext"]["requestId"] = None
    ids = {serve(sent, context).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2


def test_when_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the log cannot be written, the caller gets a problem in a form that both gateways take."""
    import handler

    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stdout", closed)
    answer = handler.lambda_handler(event("predict"), LocalContext())
    assert answer["statusCode"] == json.loads(answer["body"])["status"] == 500
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert answer["multiValueHeaders"].keys() == answer["headers"].keys()


def test_captures_are_sampled_by_lambdas_own_id() -> None:
    """Which records are captured hangs on the invocation; the line names the gateway's id, which finds the log's."""
    variables = {"captureShare": "0.5", "captureLeaveOut": "-", "captureHash": "-", "captureHashKeyName": "-"}

    def captured(chosen: str, invocation: str) -> tuple[list[int], str]:
        records = [{"id": row, "x12": 1} for row in range(50)]
        sent = proxy_event("POST", "/predict", body=json.dumps(records).encode()) | {"stageVariables": variables}
        sent["requestContext"]["requestId"] = chosen
        log = io.StringIO()
        with redirect_stdout(log):
            invoke(sent, SimpleNamespace(aws_request_id=invocation, function_version="7"))
        [line] = [json.loads(line) for line in log.getvalue().splitlines() if line.startswith('{"capture"')]
        return [record["id"] for record in line["records"]], line["capture"]["request_id"]

    (first, name), (again, other), (elsewhere, _) = (
        captured(*ids) for ids in (("a", "lambda-1"), ("b", "lambda-1"), ("a", "another"))
    )
    assert first == again != elsewhere
    assert (name, other) == ("a", "b")
