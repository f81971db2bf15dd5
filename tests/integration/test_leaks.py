"""Nothing that a caller sends is in a log or a metric, and nothing of one request is in another's answer."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from phat.api.proxy_event import proxy_event
from tests.gateway import Answer
from tests.integration.process import serve_fresh
from tests.local import Server, running

MARK = "zqmark"
"""What every planted value holds."""

LONG = f"{MARK}-" + "v" * 60
HEADERS = [
    ("Authorization", f"AWS4-HMAC-SHA256 Credential={MARK}-key/20261125, Signature={MARK}-signature"),
    ("X-Api-Key", f"{MARK}-api-key"),
    ("X-Amz-Security-Token", f"{MARK}-token"),
    ("Cookie", f"session={MARK}-cookie"),
    ("User-Agent", f"{MARK}-agent"),
    ("X-Forwarded-For", f"{MARK}-address"),
    ("Referer", f"https://{MARK}-referer.example"),
    ("Origin", f"https://{MARK}-origin.example"),
]
FIELDS = ["x12", "x44", "x53", "x56", "x58", "x62", "x63", "x91", "x5", "x31", "x81", "x82", "id", "other"]
MARKED = {name: f"{MARK}-{name}" for name in FIELDS}
TEXT = "application/json"

Sent = tuple[str, str, list[tuple[str, str]], list[tuple[str, str]], bytes]


def request(
    body: bytes, kind: str = TEXT, path: str = "/predict", query: tuple[tuple[str, str], ...] = (), method: str = "POST"
) -> Sent:
    """A request with every header marked."""
    return method, path, [*HEADERS, ("Content-Type", kind)], list(query), body


def coded(sent: Sent, coding: str) -> Sent:
    """The same request with a Content-Encoding."""
    method, path, headers, query, body = sent
    return method, path, [*headers, ("Content-Encoding", coding)], query, body


def as_json(record: object) -> bytes:
    """A body."""
    return json.dumps(record).encode()


REQUESTS: dict[str, Sent] = {
    "good record": request(as_json({"x12": 1, "id": f"{MARK}-id", "other": f"{MARK}-other"})),
    "bad values": request(as_json([MARKED])),
    "long bad values": request(as_json(dict.fromkeys(FIELDS, LONG))),
    "unknown keys": request(as_json({f"{MARK}-key": 1})),
    "nested": request(as_json({"x12": {f"{MARK}-key": [MARK]}, "id": [MARK]})),
    "no record": request(as_json(MARK)),
    "envelope": request(as_json({"instances": [MARKED], MARK: 1}), path="/invocations"),
    "split": request(as_json({"dataframe_split": {"columns": [MARK, MARK], "data": []}}), path="/invocations"),
    "broken JSON": request(b'{"' + MARK.encode()),
    "no UTF-8": request(b'{"' + MARK.encode() + b"\xff"),
    "bad cells": request(f"x12,x5\n{MARK}-a,{MARK}-b\n".encode(), "text/csv"),
    "doubled header": request(f"{MARK},{MARK}\n1,2\n".encode(), "text/csv"),
    "ragged": request(f"{MARK},x12\n1,{MARK},2\n".encode(), "text/csv"),
    "content type": request(b"{}", f"application/{MARK}"),
    "content coding": coded(request(as_json({"x12": 1})), MARK),
    "broken gzip": coded(request(b"\x1f\x8b" + MARK.encode()), "gzip"),
    "lines": request(f"{{}}\n{{{MARK}".encode(), "application/x-ndjson"),
    "query": request(as_json({"x12": 1}), query=((f"{MARK}-key", f"{MARK}-value"),)),
    "include": request(as_json({"x12": 1}), query=(("include", f"{MARK}-part"), ("level", f"{MARK}-level"))),
    "path": request(b"", path=f"/{MARK}-path"),
    "method": request(b"", method=MARK.upper()),
}
QUOTED = {"bad values", "long bad values", "bad cells", "content type", "content coding", "doubled header", "query"}
"""Requests whose problem quotes what the caller sent, up to 40 characters of each value."""


def assert_clean(name: str, status: int, body: str) -> None:
    """A problem shows nothing marked but short quotes of values."""
    assert LONG not in body
    assert "Traceback" not in body
    assert ".py" not in body
    if status == 200 or name in QUOTED:
        return
    assert MARK not in body.lower(), body


def test_nothing_sent_is_written(pinned: dict[str, str]) -> None:
    """Values, keys, headers, queries, paths and signatures are in no line written, debug lines included."""
    events = [proxy_event(*sent) for sent in REQUESTS.values()]
    for event in events:
        event["requestContext"]["identity"] |= {"apiKey": f"{MARK}-key", "sourceIp": f"{MARK}-ip", "userArn": MARK}
    done = serve_fresh(events, pinned | {"POWERTOOLS_LOG_LEVEL": "DEBUG", "AWS_SESSION_TOKEN": ""})
    written = json.dumps(done.lines).lower()
    assert len(done.logs) >= len(events)
    assert MARK not in written
    assert "test" not in {str(value) for line in done.lines for value in line.values()}  # the credentials
    for name, payload in zip(REQUESTS, done.answers, strict=True):
        answer = Answer.of(payload)
        assert_clean(name, answer.status, answer.body)
        shown = {key: value for key, value in answer.headers.items() if key != "access-control-allow-origin"}
        assert MARK not in json.dumps(shown).lower()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The local server; at its end, all it printed is searched."""
    with running() as started:
        yield started
    assert MARK not in started.rest().lower()


@pytest.mark.parametrize("name", [name for name in REQUESTS if name != "method"])
def test_over_http(server: Server, name: str) -> None:
    """Over HTTP too, answers show nothing marked but short quotes, no server's name, and what scanners look for."""
    method, path, headers, query, body = REQUESTS[name]
    target = path + ("?" + "&".join("=".join(pair) for pair in query) if query else "")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, target, body, dict(headers))
    response = connection.getresponse()
    assert_clean(name, response.status, response.read().decode())
    connection.close()
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Server"] is None
    assert response.headers["X-Powered-By"] is None


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_have_a_policy(server: Server, path: str) -> None:
    """Pages carry a content security policy that begins with nothing allowed, and may not be framed."""
    response, _ = server.ask("GET", path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy or "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_answers_are_not_mixed_up(server: Server) -> None:
    """Of many requests at once, good and bad, each gets its own answer and nothing of another's."""

    def ask(number: int) -> tuple[int, int, Any, str]:
        own = f"{MARK}-{number:04}-"
        record = {"x12": number, "id": own} if number % 3 else {"x12": own}
        response, body = server.ask("POST", "/predict", as_json(record))
        return number, response.status, json.loads(body), response.headers["X-Request-Id"]

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(400)))
    assert len({request_id for *_, request_id in answers}) == len(answers)
    for number, status, found, _ in answers:
        own = f"{MARK}-{number:04}-"
        assert status == (200 if number % 3 else 422)
        assert json.dumps(found).count(MARK) == json.dumps(found).count(own) == 1
        if status == 200:
            [single] = found["predictions"]
            assert single["variables"]["x12"] == pytest.approx(_scaled(number), abs=1e-12)


def _scaled(number: int) -> float:
    """What the reference model makes of a value of x12."""
    from tests.stress.artifacts import reference

    _, model, _ = reference()
    found = model.predictor.predict_one({"x12": number})
    return found.values[model.predictor.columns.index("x12")]
