"""The status table: every way to ask wrongly, the status it gets, and what the caller is told."""

import json
from typing import Any

import pytest

from tests.gateway import Answer, Pairs, call, event, invoke

pytestmark = pytest.mark.usefixtures("served")

RECORD = {"x12": 1, "x5": "sunday"}


def problem(answer: Answer, status: int) -> dict[str, Any]:
    """The problem an answer holds, after a look at its form."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.body
    found: dict[str, Any] = answer.json()
    assert found.keys() - {"errors", "total"} == {"type", "title", "status", "detail"}
    assert found["status"] == status
    assert found["type"].startswith("urn:phat:problem:")
    assert answer.headers["x-request-id"]
    assert len(answer.headers["x-model-version"]) == 12
    return found


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b'{"x12": 1', "cannot be read at line 1, column 10"),
        (b'{"x12": 1}\n{"x12": 2}', "cannot be read at line 2, column 1"),
        (b'{"x12": NaN}', "NaN at line 1, column 9 is not JSON; send null for a missing value"),
        (b'[{"x12": -Infinity}]', "-Infinity at line 1, column 11 is not JSON"),
        (b'{"x12": 1e400}', "cannot be read"),
        (b'"x12"', "neither an object (one record) nor an array"),
        (b"null", "neither an object"),
        (b'{"x12": "\xff"}', "not UTF-8 at byte 10"),
        (b'\xef\xbb\xbf{"x12": 1}', "byte-order mark"),
        (b'{"x12": "\\ud800"}', "cannot be read"),
        (b"[" * 2000 + b"]" * 2000, "cannot be read"),
    ],
)
def test_malformed_json(body: bytes, detail: str) -> None:
    """What is not JSON is a 400 that says where."""
    assert detail in problem(call("POST", "/predict", body), 400)["detail"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is empty"),
        (b"\n \n", "the body is empty"),
        (b"\xef\xbb\xbf", "no header"),
        (b"x12,x5\n1\n", "CSV row 1 has 1 cells, the header has 2"),
        (b"x12,x5\n1,sunday\n\n1,sunday,3\n", "CSV row 2 has 3 cells, the header has 2"),
        (b"x12,x5, x12\n1,sunday,2\n", "names one column twice, in columns 1 and 3"),
        (b'x12,x5\n"1,sunday\n', "the CSV is broken in row 1"),
        (b'x12,x5\n1,"sun"day\n', "the CSV is broken in row 1"),
        (b'"x12\n', "the CSV is broken in the header"),
        (b"x12\n\xe9\n", "the CSV is not UTF-8 at byte 5"),
    ],
)
def test_malformed_csv(body: bytes, detail: str) -> None:
    """What is not CSV with a header and full rows is a 400 that says where."""
    assert detail in problem(call("POST", "/predict", body, "text/csv"), 400)["detail"]


@pytest.mark.parametrize(
    "query",
    [
        [("include", "everything")],
        [("include", "")],
        [("include", "none,imputed")],
        [("include", "none"), ("include", "variables")],
        [("include", "Variables")],
    ],
)
def test_unknown_part(query: Pairs) -> None:
    """An `include` that is not known is a 400 that lists what is."""
    detail = problem(call("POST", "/predict", RECORD, query=query), 400)["detail"]
    assert "variables" in detail
    assert "imputed" in detail
    assert "none" in detail


def test_unknown_query_parameter() -> None:
    """A misspelt parameter is refused rather than ignored."""
    assert "allowed is include" in problem(call("POST", "/predict", RECORD, query=[("inclde", "none")]), 400)["detail"]


@pytest.mark.parametrize("path", ["/", "/predictions", "/predict/1", "/Predict", "/%00", "//predict"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_unknown_path(path: str, method: str) -> None:
    """A path that is not there is a 404 whatever the method."""
    answer = call(method, path, RECORD)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/predict", "POST, OPTIONS"),
        ("HEAD", "/predict", "POST, OPTIONS"),
        ("PUT", "/predict", "POST, OPTIONS"),
        ("DELETE", "/predict/", "POST, OPTIONS"),
        ("POST", "/model", "GET, HEAD, OPTIONS"),
        ("PATCH", "/health", "GET, HEAD, OPTIONS"),
        ("BREW", "/health", "GET, HEAD, OPTIONS"),
    ],
)
def test_wrong_method(method: str, path: str, allow: str) -> None:
    """A method that a path lacks is a 405 that names those it has."""
    answer = call(method, path, RECORD)
    assert (answer.status, answer.headers["allow"]) == (405, allow)
    if method != "HEAD":
        assert allow in problem(answer, 405)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("POST", "/predict", "text/html"),
        ("POST", "/predict", "application/json;q=0, text/csv;q=0"),
        ("GET", "/model", "text/csv"),
        ("GET", "/health", "image/*"),
    ],
)
def test_not_acceptable(method: str, path: str, accept: str) -> None:
    """Who accepts none of our forms gets a 406 that names them."""
    assert "application/json" in problem(call(method, path, RECORD, headers=[("Accept", accept)]), 406)["detail"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "text/csv; charset=latin-1",
        "application/json; charset=utf-16",
        "json",
        ";",
    ],
)
def test_unsupported_media_type(content_type: str) -> None:
    """A body in a form that is not read here is a 415 that names those that are."""
    detail = problem(call("POST", "/predict", RECORD, content_type), 415)["detail"]
    assert "application/json" in detail
    assert "text/csv" in detail


@pytest.mark.parametrize("encoding", ["gzip", "identity", ""])
def test_content_encoding(encoding: str) -> None:
    """Any Content-Encoding is a 415."""
    answer = call("POST", "/predict", RECORD, headers=[("Content-Encoding", encoding)])
    assert "Content-Encoding" in problem(answer, 415)["detail"]


def test_bad_records_are_named() -> None:
    """The event with bad records gets a 422 that names row, field, code, what was got and what was expected."""
    found = problem(invoke(event("predict_bad_records")), 422)
    expected = "one of friday, monday, saturday, sunday, thursday, tuesday, wednesday"
    assert found["errors"] == [
        {"row": 2, "field": "x12", "code": "not_a_number", "detail": "got '12,34', expected a number"},
        {"row": 2, "field": "x5", "code": "unknown_level", "detail": f"got 'funday', expected {expected}"},
    ]
    assert (found["total"], found["detail"]) == (2, "2 errors in 1 record; nothing was scored")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("abc", "not_a_number"),
        ("(-5)", "not_a_number"),
        ("-(5)", "not_a_number"),
        ("($5)%", "not_a_number"),
        ("1234,567", "not_a_number"),
        ("$1,2,3", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x1F", "not_a_number"),
        ("1e400", "out_of_range"),
        ("inf", "not_a_number"),
        ("\u0663", "not_a_number"),
        ("--5", "not_a_number"),
        ("(5", "not_a_number"),
        (True, "wrong_type"),
        ([], "wrong_type"),
        ({}, "wrong_type"),
        (10**400, None),
    ],
)
def test_bad_numbers(value: object, code: str | None) -> None:
    """Every kind of bad number of the table is a 422 that names row and field, alone and as CSV too."""
    answer = call("POST", "/predict", [RECORD, RECORD | {"x44": value}])
    if code is None:  # orjson reads no integer beyond the floats' range
        problem(answer, 400)
        return
    [error] = problem(answer, 422)["errors"]
    assert (error["row"], error["field"], error["code"]) == (2, "x44", code)
    if isinstance(value, str):
        body = f'x12,x44\n1,1\n1,"{value}"\n'.encode()
        assert problem(call("POST", "/predict", body, "text/csv"), 422)["errors"] == [error]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("x5", "funday", "unknown_level"),
        ("x5", 1, "unknown_level"),
        ("x5", True, "wrong_type"),
        ("x5", 1.5, "wrong_type"),
        ("x31", ["asia"], "wrong_type"),
        ("x12", 1.7e308, "out_of_range"),
        ("id", 1.5, "wrong_type"),
        ("id", {}, "wrong_type"),
    ],
)
def test_bad_values(field: str, value: object, code: str) -> None:
    """Bad levels, bad ids, and numbers that the model's arithmetic cannot hold are 422s that name the field."""
    other = {"x44": 1e308, "x53": -1e308} if code == "out_of_range" else {}
    errors = problem(call("POST", "/predict", RECORD | other | {field: value}), 422)["errors"]
    assert {error["code"] for error in errors} == {code}
    assert errors[0]["row"] == 1
    assert field in {error["field"] for error in errors} or code == "out_of_range"


@pytest.mark.parametrize("record", [{}, {"id": 1, "x99": 1}, 1, "x12", None, [], [RECORD]])
def test_what_is_no_record(record: object) -> None:
    """An item that is no object, or has none of the model's fields, is an error of its row."""
    [error] = problem(call("POST", "/predict", [RECORD, record]), 422)["errors"]
    assert (error["row"], error["field"]) == (2, None)
    assert error["code"] == ("no_known_field" if isinstance(record, dict) else "not_an_object")


def test_three_bad_of_a_thousand() -> None:
    """In a batch of 1,000 exactly the three bad records are named."""
    records: list[dict[str, object]] = [dict(RECORD) for _ in range(1000)]
    records[0]["x5"] = "funday"
    records[499]["x44"] = "12,34"
    records[999]["x12"] = True
    found = problem(call("POST", "/predict", records), 422)
    assert [(e["row"], e["field"]) for e in found["errors"]] == [(1, "x5"), (500, "x44"), (1000, "x12")]
    assert found["total"] == 3


def test_many_errors_are_counted() -> None:
    """Of many errors the first 100 are listed and all are counted."""
    found = problem(call("POST", "/predict", [RECORD | {"x12": "?", "x44": "?"}] * 80), 422)
    assert (len(found["errors"]), found["total"]) == (100, 160)
    assert found["detail"] == "160 errors in 80 records; the first 100 are listed; nothing was scored"


def test_a_quoted_value_is_short_and_escaped() -> None:
    """A caller's own value is quoted up to 40 escaped characters."""
    [error] = problem(call("POST", "/predict", RECORD | {"x12": "\n\u20ac" + "x" * 100}), 422)["errors"]
    assert error["detail"] == "got '\\n\\u20ac" + "x" * 32 + "'..., expected a number"


def test_our_own_error_tells_nothing(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A bug is a 500 that tells no more than that, whatever the exception says."""
    import handler

    def fail(*_: object) -> None:
        raise RuntimeError("secret of a customer in /var/task/x.py")

    monkeypatch.setattr(handler, "score", fail)
    answer = call("POST", "/predict", RECORD)
    found = problem(answer, 500)
    assert "secret" not in answer.body
    assert "RuntimeError" not in json.dumps(found)
