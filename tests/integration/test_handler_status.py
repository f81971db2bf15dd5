"""The status table: every way to ask wrongly, the status it gets, and what the caller is told."""

import gzip
import json
import re

import pytest

from tests.gateway import Pairs, call, problem

pytestmark = pytest.mark.usefixtures("served")

RECORD = {"x12": 1, "x5": "sunday"}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b'{"x12": 1', "cannot be read at line 1, column 10"),
        (b'{"x12": 1}\n{"x12": 2}', "cannot be read at line 2, column 1"),
        (b'{"x12": NaN}', "NaN at line 1, column 9 is not JSON; send null for a missing value"),
        (b'[{"x12": -Infinity}]', "-Infinity at line 1, column 11 is not JSON"),
        (b'{"x12": 1e400, "x5": "\\ud800"}', "cannot be read"),
        (b'"x12"', "neither an object (one record) nor an array"),
        (b"null", "neither an object"),
        (b'{"x12": "\xff"}', "not UTF-8 at byte 10"),
        (b'\xef\xbb\xbf{"x12": 1', "cannot be read at line 1, column 10"),
        (b'{"x12": "\\ud800"}', "cannot be read"),
        (b"[" * 2000 + b"]" * 2000, "cannot be read"),
    ],
)
def test_malformed_json(body: bytes, detail: str) -> None:
    """What is not JSON is a 400 that says where."""
    assert detail in problem(call("POST", "/predict", body), 400)["detail"]


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_columns_in_place_of_records(path: str) -> None:
    """A frame as pandas writes it by default is one error that names the cure."""
    body = {"x12": {"0": 1, "1": 2}, "x5": {"0": "sunday", "1": "monday"}}
    [error] = problem(call("POST", path, body), 422)["errors"]
    assert (
        'expected one record or an array of records, as pandas writes them by to_json(orient="records")'
        in (error["detail"])
    )


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is empty"),
        (b"\n \n", "the body is empty"),
        (b"\xef\xbb\xbf", "no header"),
        (b"x12,x5\n1\n", "CSV row 1 (line 2) has 1 cells, the header has 2"),
        (b"x12,x5\n1,sunday\n\n1,sunday,3\n", "CSV row 2 (line 4) has 3 cells, the header has 2"),
        (b"x12,x5, x12\n1,sunday,2\n", "names column 'x12' twice, in columns 1 and 3"),
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


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("inclde", "'inclde'"),
        ("include[]", "'include[]'"),
        ("", "''"),
        ("a\x1b[2J", "'a\\x1b[2J'"),
        ("x" * 41, f"'{'x' * 40}'..."),
    ],
)
def test_unknown_query_parameter(name: str, quoted: str) -> None:
    """A misspelt parameter is refused by its name rather than ignored."""
    detail = problem(call("POST", "/predict", RECORD, query=[("level", "0.9"), (name, "none")]), 400)["detail"]
    assert detail == f"unknown query parameter {quoted}; allowed are include and level"


@pytest.mark.parametrize(
    "query",
    [
        *(
            [("include", "interval"), ("level", text)]
            for text in ("95", "0", "1", "0.0", "nan", "", "-0.5", "0,9", "\u0660.\u0669")
        ),
        [("include", "interval"), ("level", "0.9999999999999999999")],
        [("include", "interval"), ("level", "0.9"), ("level", "0.8")],
    ],
)
def test_unknown_level(query: Pairs) -> None:
    """A level that is no single decimal between 0 and 1 is a 400 that says what it takes."""
    detail = problem(call("POST", "/predict", RECORD, query=query), 400)["detail"]
    assert "between 0 and 1" in detail


@pytest.mark.parametrize("path", ["/predictions", "/predict/1", "/Predict", "/%00", "//predict"])
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
        "application/xml",
        "application/x-www-form-urlencoded",
        "text/csv; charset=latin-1",
        "application/json; charset=utf-16",
        "json",
        ";",
    ],
)
def test_unsupported_media_type(content_type: str) -> None:
    """A body in a form that is not read here is a 415 that quotes what was sent and names the forms that are read."""
    detail = problem(call("POST", "/predict", RECORD, content_type), 415)["detail"]
    assert f"got Content-Type '{content_type}', expected application/json, application/x-ndjson or text/csv" in detail


@pytest.mark.parametrize("content_type", ["text/plain", None])
def test_table_without_a_type(content_type: str | None) -> None:
    """A CSV that does not say what it is is a 415: the JSON that it would be taken for it is not."""
    detail = problem(call("POST", "/predict", b"x12,x5\n1,sunday\n", content_type), 415)["detail"]
    assert "Content-Type" in detail
    assert "text/csv" in detail


@pytest.mark.parametrize("coding", ["br", "gzip, gzip"])
def test_unsupported_coding(coding: str) -> None:
    """A Content-Encoding that is not read here is a 415 that quotes it."""
    answer = call("POST", "/predict", RECORD, headers=[("Content-Encoding", coding)])
    assert f"got Content-Encoding '{coding}', expected gzip or identity" in problem(answer, 415)["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (gzip.compress(b" " * (4 * 1024 * 1024 + 1), mtime=0), 413),
        (gzip.compress(b'{"x12": 1}', mtime=0)[:-3], 400),
        (b"\x1f\x8b\x08 and more", 400),
    ],
)
def test_bad_gzip(body: bytes, status: int) -> None:
    """A body that unpacks to more than a body may have is a 413, one that does not unpack a 400."""
    detail = problem(call("POST", "/predict", body, headers=[("Content-Encoding", "gzip")]), status)["detail"]
    assert re.match("the (gzip|unpacked) body is ", detail)


def test_our_own_error_tells_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A bug is a 500 that tells no more than that, whatever the exception says; the log has its type and place."""

    def fail(*_: object) -> None:
        raise RuntimeError("secret of a record in /var/task/x.py")

    monkeypatch.setattr("phat.api.endpoints.score_records", fail)
    answer = call("POST", "/predict", RECORD)
    found = problem(answer, 500)
    assert "secret" not in answer.body
    assert ".py" not in answer.body
    assert "RuntimeError" not in json.dumps(found)
    printed = capsys.readouterr().out
    assert "secret" not in printed
    [line] = [line for line in map(json.loads, printed.splitlines()) if line["message"] == "unforeseen error"]
    assert (line["error"], line["request_id"]) == ("RuntimeError", answer.headers["x-request-id"])
    assert line["frames"][-1].startswith("tests/integration/test_handler_status.py:")
