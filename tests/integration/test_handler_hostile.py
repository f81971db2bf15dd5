"""No input makes a 500, and every answer is in a form the caller can read."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from phat.api.proxy_event import proxy_event
from tests.gateway import Answer, Pairs, call, invoke
from tests.hostile import HOSTILE
from tests.stress.replay import kept
from tests.stress.targets import TARGETS

pytestmark = pytest.mark.usefixtures("served")

EXPECTED = {200, 400, 404, 405, 406, 413, 415, 422}
FIELDS = ["x12", "x44", "x53", "x56", "x58", "x62", "x91", "x5", "x31", "x81", "id", "X12", " x5", "x5_sunday", "ID "]

loose = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
plain = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
near_numbers = st.text("0123456789.,$%()+-eE _\u00a0\u0663\x00nai", max_size=12)
records = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), plain | near_numbers, max_size=8)
media_types = st.sampled_from(["application/json", "text/csv", "text/csv; charset=utf-8"])


def assert_readable(answer: Answer) -> None:
    """The answer has an expected status, its id, and a body of the type it names."""
    assert answer.status in EXPECTED, answer.body
    assert answer.headers["x-request-id"]
    if answer.headers["content-type"].startswith("text/csv"):
        lengths = {len(row) for row in csv.reader(io.StringIO(answer.body))}
        assert len(lengths) == 1
    else:
        found = json.loads(answer.body, parse_constant=pytest.fail)
        assert ("predictions" in found) == (answer.status == 200)


@loose
@given(st.binary(max_size=200), st.none() | media_types | st.text(max_size=20))
@example(b"\x00" * 100, "text/csv")
@example(b'{"x12": 1' + b"0" * 400 + b"}", None)
@example(b"x12\r1\r2", "text/csv")
def test_any_bytes(body: bytes, content_type: str | None) -> None:
    """Any bytes under any content type get an answer."""
    assert_readable(call("POST", "/predict", body, content_type))


@loose
@given(st.lists(records | plain, max_size=4) | records | plain)
@example([{"x12": "1" * 10_000 + "e-9990"}])
@example([{"x12": 1e308, "x44": 1e308, "x53": -1e308}])
@example([{"x12": "9" * 5000}])
@example([{"x5": "\ud800"}])
def test_any_json(body: Any) -> None:
    """Any JSON value, and any value in any field, get an answer."""
    assert_readable(call("POST", "/predict", body, query=[("include", "variables,imputed")]))


@loose
@given(st.lists(st.lists(near_numbers | st.text(max_size=5), min_size=2, max_size=2), max_size=4))
def test_any_csv(rows: list[list[str]]) -> None:
    """Any table gets an answer, in CSV too."""
    text = io.StringIO()
    csv.writer(text).writerows([["x12", "x5"], *rows])
    body = text.getvalue().encode(errors="replace")
    assert_readable(call("POST", "/predict", body, "text/csv", headers=[("Accept", "text/csv")]))


names = st.sampled_from(["include", "level"]) | st.text(max_size=5)


@loose
@given(st.lists(st.tuples(names, st.text(max_size=12)), max_size=3))
def test_any_query(query: Pairs) -> None:
    """Any query gets an answer."""
    assert_readable(call("POST", "/predict", {"x12": 1}, query=query))


@loose
@given(st.text("applicationjsontextcsv/*;,q=.0123456789 -", max_size=40) | st.text(max_size=10))
@example("application/json;q=nan")
@example("application/json;q=")
@example("*/*;q=0.0")
def test_any_accept(accept: str) -> None:
    """Any Accept header gets an answer."""
    assert_readable(call("POST", "/predict", {"x12": 1}, headers=[("Accept", accept)]))


@loose
@given(st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"]) | st.text(max_size=5), st.text(max_size=10))
def test_any_method_and_path(method: str, path: str) -> None:
    """Any method on any path gets an answer."""
    answer = call(method, f"/{path}")
    if not answer.headers.get("content-type", "").startswith("text/html"):  # the form, at the root
        assert_readable(answer)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_body(name: str) -> None:
    """Each hostile body gets the status it should."""
    sent = HOSTILE[name]
    answer = call("POST", "/predict", sent.make(), sent.content_type, sent.query, sent.headers)
    assert_readable(answer)
    assert answer.status == sent.status


@pytest.mark.parametrize(("target", "path"), list(kept()), ids=lambda value: getattr(value, "name", value))
def test_kept_corpus(target: str, path: Path) -> None:
    """What the fuzzer kept, its findings among it, keeps every promise."""
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("text", ["=", "====", "e30", "e30=e", "e30\n", "e30==", "\u00e9", "e30 =", "-_==", "A" * 5])
def test_wrong_base64(text: str) -> None:
    """A body that says it is base64 and is not is a 400."""
    sent = proxy_event("POST", "/predict") | {"body": text, "isBase64Encoded": True}
    assert invoke(sent).status == 400


VALUES = ["", " ", ",", "\u00e9", "x" * 8000, "a, b", ";;;", "q=1", "=", '"', "\t", "text/csv, text/csv", "*/*"]
NAMES = [
    "Content-Type",
    "Accept",
    "Content-Encoding",
    "Content-Length",
    "Origin",
    "Host",
    "X-Forwarded-Proto",
    "Cookie",
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", NAMES)
def test_odd_headers(name: str, value: str) -> None:
    """Each header empty, odd, very long, or doubled, in any case, is answered."""
    for headers in ([(name, value)], [(name, value), (name.lower(), value)], [(name, value), (name, "")]):
        assert_readable(call("POST", "/predict", {"x12": 1}, headers=headers))


@pytest.mark.parametrize("name", ["Content-Type", "Accept"])
def test_null_headers(name: str) -> None:
    """Headers without a value, as hand-made events have them, are answered."""
    sent = proxy_event("POST", "/predict", (), (), b'{"x12": 1}')
    for changed in ({"multiValueHeaders": None, "headers": {name: None}}, {"multiValueHeaders": {name: [None, None]}}):
        assert_readable(invoke(sent | changed))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ([("include", "none"), ("include", "none")], 200),
        ([("include", "none"), ("include", "interval")], 400),
        ([("include", "")], 400),
        ([("include", "interval,")], 400),
        ([("include", ",".join(["interval"] * 2000))], 200),
        ([("level", "0.9"), ("level", "0.9")], 400),
        ([("level", "1e-9")], 200),
        ([("level", "0." + "9" * 41)], 400),
        ([("level", "0." + "9" * 40)], 400),
        ([("level", "NaN")], 400),
        ([("level", "\u0661")], 400),
        ([("level", "")], 400),
        ([("Include", "none")], 400),
        ([("include[]", "none")], 400),
        ([("", "")], 400),
        ([("__proto__", "x")], 400),
        ([("x" * 8000, "y" * 8000)], 400),
    ],
)
def test_odd_queries(query: Pairs, status: int) -> None:
    """Repeated and malformed queries are understood or a 400."""
    answer = call("POST", "/predict", {"x12": 1}, query=query)
    assert_readable(answer)
    assert answer.status == status


@pytest.mark.parametrize("missing", ["headers", "multiValueHeaders", "queryStringParameters", "requestContext", "body"])
def test_event_with_a_part_missing(missing: str) -> None:
    """Events as hand-made tests send them, with parts left out or null, are answered too."""
    asked = proxy_event("POST", "/predict", [("Content-Type", "application/json")], (), b'{"x12": 1}')
    for changed in ({**asked, missing: None}, {key: value for key, value in asked.items() if key != missing}):
        assert invoke(changed).status in (200, 400)
