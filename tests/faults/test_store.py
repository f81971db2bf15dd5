"""Faults of S3 at the cold start and at the retry by the first request: bounded time, 503, and right answers after."""

import re
from dataclasses import dataclass

import pytest

from phat.model.store import Pin, load
from tests.faults.conftest import Start
from tests.faults.function import Function, times
from tests.faults.store import Fault, Store
from tests.gateway import Answer, event

PHAT = 0.7224644184562925
LIMIT = 8
"""Seconds that a load of the model may take, whatever the store does."""

FAILED = "the model's store did not answer as it should"
DENIED = "the model's store refused access"
WRONG = "the model's checksum is not the expected one"
MISSING = "the model was not found in its store"


@dataclass(frozen=True)
class Case:
    """Faults in a row (the last goes on), what the log says of them, and what the caller is told."""

    faults: list[Fault]
    reason: str
    public: str = FAILED


def error(code: str, status: int) -> Fault:
    """An error in S3's own form."""
    return {"error": {"code": code, "status": status}}


def answer(**changes: object) -> Fault:
    """An answer that was changed on its way."""
    return {"response": changes}


def length(value: int) -> Fault:
    """An answer that announces another length."""
    return answer(set_headers={"Content-Length": str(value)})


CASES = {
    "throttled": Case([error("SlowDown", 503)], r"after 2 retries.*503 Service Unavailable"),
    "internal error": Case([error("InternalError", 500)], r"after 2 retries.*500 Internal Server Error"),
    "10 s latency": Case([{"latency": 10_000}], r"after 1 retries"),
    "held, then 504": Case([{"timeout_ms": 500}], r"504"),
    "reset before the answer": Case([{"reset": True}], r"after 2 retries"),
    "reset in mid-body": Case([answer(abort_frac=0.5)], r"body error"),
    "cut stream": Case([answer(truncate_frac=0.5, set_headers={"Content-Length": "44025"})], r"body error"),
    "slow stream": Case([answer(bandwidth_kbps=4)], r"body error"),
    "length too short": Case([length(100)], r"checksum [0-9a-f]{64}, expected", WRONG),
    "length too long": Case([length(1_000_000)], r"body error|after \d retries"),
    "length beyond all models": Case([length(10**12)], r"1000000000000 bytes, expected at most"),
    "no length": Case([answer(strip_headers=["Content-Length"])], r"Content-Length Header missing"),
    "changed bytes": Case([answer(corrupt_bytes=16)], r"checksum [0-9a-f]{64}, expected", WRONG),
    "expired credentials": Case([error("ExpiredToken", 400)], r"ExpiredToken", DENIED),
    "unknown key": Case([error("InvalidAccessKeyId", 403)], r"InvalidAccessKeyId", DENIED),
    "clock off": Case([error("RequestTimeTooSkewed", 403)], r"RequestTimeTooSkewed", DENIED),
    "object gone": Case([error("NoSuchKey", 404)], r"NoSuchKey", MISSING),
    "late in every way": Case(
        [
            {"latency": 2_000, "times": 1} | error("SlowDown", 503),
            {"latency": 1_700, "times": 1} | answer(abort_frac=0.3),
            answer(bandwidth_kbps=4),
        ],
        r"body error",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_fault_at_cold_start_and_retry(store: Store, start: Start, case: Case) -> None:
    """A fault is a 503 in bounded time, one log line and one count for each load; the same process serves after it."""
    store.fail(*case.faults)
    with start() as function:
        refusal = function.invoke(event("predict"))
        assert store.fired() >= 2
        assert_refused(function, refusal, case)
        process = function.pid
        store.heal()
        assert_served(function)
        assert function.pid == process
        assert (function.total("ModelLoadFailure"), len(function.failures())) == (2, 2)


def assert_refused(function: Function, refusal: Answer, case: Case) -> None:
    """The load at the cold start and that of the request failed in time, and were told once each."""
    assert (refusal.status, refusal.json()["detail"]) == (503, case.public)
    assert not re.search(r"s3:|phat-faults|127\.0\.0\.1|Error", refusal.body)
    cold, retry = function.failures()
    assert "request_id" not in cold
    assert retry["request_id"] == refusal.headers["x-request-id"]
    for line in (cold, retry):
        assert re.search(case.reason, line["reason"]), line["reason"]
    first, second = times([cold, retry])
    assert first - function.started < LIMIT + 1  # the start of emulator, Python and imports
    assert second - first < LIMIT
    assert function.total("ModelLoadFailure") == 2


def assert_served(function: Function) -> None:
    """The next request is answered right, with the model that was then loaded."""
    found = function.invoke(event("predict"))
    assert found.status == 200, found.body
    assert found.json()["predictions"][0]["phat"] == PHAT
    assert sum("ModelLoadTime" in line for line in function.lines()) == 1


def test_fault_of_the_cold_start_alone(store: Store, start: Start) -> None:
    """Who asks first gets a right answer when S3 is well by then; the failed load is told and counted all the same."""
    store.fail({"times": 3} | error("SlowDown", 503))
    with start() as function:
        assert_served(function)
        assert store.fired() == 3
        assert (function.total("ModelLoadFailure"), len(function.failures())) == (1, 1)


@pytest.mark.parametrize(
    "fault", [error("SlowDown", 503), error("InternalError", 500), {"reset": True}, answer(abort_bytes=20_000)]
)
def test_single_fault_is_bridged(store: Store, pin: Pin, fault: Fault) -> None:
    """One bad answer, even one cut in the middle, does not fail a load."""
    store.fail({"times": 1} | fault)
    assert load(pin).sha256 == pin.sha256
    assert store.fired() == 1


def test_slow_store_is_waited_for(store: Store, pin: Pin) -> None:
    """A store that is slow, but comes to its end in three seconds, is not given up."""
    store.fail({"latency": 1_000} | answer(bandwidth_kbps=40))
    assert load(pin).sha256 == pin.sha256


def test_wrong_signature_is_refused(start: Start) -> None:
    """A server that checks signatures refuses a wrong secret; the caller is told no more than that."""
    with start({"AWS_SECRET_ACCESS_KEY": "another-secret"}) as function:
        refusal = function.invoke(event("predict"))
        assert_refused(function, refusal, Case([], "SignatureDoesNotMatch", DENIED))
        assert "another-secret" not in function.output.read_text()
