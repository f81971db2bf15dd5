"""How much one request may hold, and its answer."""

import json
import re

import pytest

from tests.gateway import Answer, call

pytestmark = pytest.mark.usefixtures("served")

MAX_BODY = 4 * 1024 * 1024
LAMBDA = 6 * 1024 * 1024


def size(answer: Answer) -> int:
    """Bytes of the answer's body as the runtime writes it to Lambda."""
    return len(json.dumps(answer.body))


def test_ten_thousand_records() -> None:
    """10,000 records are scored, as JSON and as CSV."""
    query = [("include", "none")]
    assert len(call("POST", "/predict", [{"x12": 1}] * 10_000, query=query).json()["predictions"]) == 10_000
    body = b"x12,x5\n" + b"1,sunday\n" * 10_000
    assert len(call("POST", "/predict", body, "text/csv", query).json()["predictions"]) == 10_000


def test_one_record_more() -> None:
    """10,001 records are a 413 that says how many are allowed, as JSON and as CSV."""
    for answer in (
        call("POST", "/predict", [{"x12": 1}] * 10_001),
        call("POST", "/predict", b"x12\n" + b"1\n" * 10_001, "text/csv"),
    ):
        assert answer.status == 413
        assert "at most 10000 in one request" in answer.json()["detail"]


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 413)])
def test_largest_body(extra: int, status: int) -> None:
    """A body of 4 MB is read, one byte more is a 413."""
    body = b'{"x12": 1}'
    answer = call("POST", "/predict", body + b" " * (MAX_BODY - len(body) + extra))
    assert answer.status == status


@pytest.mark.parametrize(("extra", "status"), [(0, 400), (1, 413)])
def test_largest_body_in_base64(extra: int, status: int) -> None:
    """The limit counts raw bytes: what arrives in base64 has the same."""
    assert call("POST", "/predict", b"\xff" + b" " * (MAX_BODY - 1 + extra)).status == status


def test_bytes_are_counted_not_characters() -> None:
    """A body within 4 million characters but beyond 4 MB is refused."""
    assert call("POST", "/predict", b'{"x12": "' + "é".encode() * (MAX_BODY // 2) + b'"}').status == 413


@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_answer_that_lambda_could_not_send(accept: str) -> None:
    """An answer beyond Lambda's 6 MB is a 413 that says how many records fit: that many do, one more does not."""
    record = json.dumps({"x12": 1, "id": "\u20ac\n" * 70}, ensure_ascii=False).encode()
    headers = [("Accept", accept)]

    def ask(count: int) -> Answer:
        return call("POST", "/predict", b"[" + b",".join([record] * count) + b"]", headers=headers)

    refused = ask(10_000)
    assert refused.status == 413
    assert "include=none makes answers small" in refused.json()["detail"]
    [fits] = map(int, re.findall(r"(\d+) of these records fit", refused.json()["detail"]))
    most = ask(fits)
    assert most.status == 200
    assert 0.9 * LAMBDA < size(most) < LAMBDA
    assert ask(fits + 1).status == 413


def test_two_thousand_full_answers_fit() -> None:
    """A batch of 2,000 real answers with all variables can be sent."""
    answer = call("POST", "/predict", [{"x12": "3709.93", "x44": 0.1234567890123}] * 2000)
    assert answer.status == 200
    assert size(answer) < LAMBDA
