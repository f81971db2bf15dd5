"""The function killed at any point: the next request gets a new process and a right answer."""

import json
import os
import resource
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.waiting import wait_until
from tests.faults.conftest import Start
from tests.faults.function import Function
from tests.faults.store import Store
from tests.faults.test_store import PHAT
from tests.gateway import Answer, event

Invocation = dict[str, Any]


def large(records: int = 5_000) -> Invocation:
    """An event with a large batch, which takes a moment."""
    [record] = json.loads(event("predict_batch")["body"])[:1]
    return event(
        "predict_batch",
        body=json.dumps([record] * records),
        queryStringParameters={"include": "none"},
        multiValueQueryStringParameters={"include": ["none"]},
    )


def assert_right(function: Function) -> None:
    """The function answers as it should."""
    found = function.invoke(event("predict"))
    assert found.status == 200, found.body
    assert found.json()["predictions"][0]["phat"] == PHAT


def killed(function: Function, invocation: Invocation, ready: Callable[[], None]) -> bytes:
    """Kill the process while it is at an event, and return what the emulator says to that."""
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(function.raw, invocation)
        ready()
        os.kill(function.pid, signal.SIGKILL)
        return asked.result(timeout=60)


def assert_crashed(said: bytes) -> None:
    """The invocation failed as a whole: nothing of an answer came out."""
    assert b"statusCode" not in said
    assert b"predictions" not in said


def test_killed_while_it_loads(store: Store, start: Start) -> None:
    """A process that is killed during its load leaves nothing behind: the next one loads and answers."""
    store.fail({"latency": 10_000})
    with start() as function:
        assert_crashed(killed(function, event("predict"), lambda: wait_until(store.met, "the load to begin")))
        store.heal()
        assert_right(function)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("part", [0.02, 0.25, 0.5, 0.75])
def test_killed_in_a_request(start: Start, part: float) -> None:
    """A process that is killed during a request answers nothing of it, and the next one answers right."""
    for _ in range(10):  # where this process is held up, the answer is out before the signal
        with start() as function:
            assert_right(function)
            before = function.pid
            whole = min(cost_of(function, large()) for _ in range(3))
            said = killed(function, large(), partial(wait_until_used, before, used(before) + part * whole))
            assert_whole_or_refused(said, 5_000)
            if b"statusCode" not in said:
                assert_right(function)
                assert function.pid != before
                return
    pytest.fail("the process was never killed before its answer")


def cost_of(function: Function, invocation: Invocation) -> float:
    """Seconds of processor time that the process spends on an event."""
    before = used(function.pid)
    assert_whole_or_refused(function.raw(invocation), 5_000)
    return used(function.pid) - before


def used(pid: int) -> float:
    """Seconds of processor time that the main thread of a process has had."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def wait_until_used(pid: int, seconds: float) -> None:
    """Return when a process has had so much processor time in its life."""
    limit = time.monotonic() + 60
    while used(pid) < seconds:
        assert time.monotonic() < limit, f"the process had {used(pid):g} s in a minute, expected {seconds:g} s"


def test_killed_by_its_time_limit(store: Store, start: Start) -> None:
    """A function that runs out of time during its load is ended, and the next one serves."""
    store.fail({"latency": 10_000})
    with start({"AWS_LAMBDA_FUNCTION_TIMEOUT": "2"}) as function:
        assert_crashed(function.raw(event("predict")))
        store.heal()
        assert_right(function)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("spare", [0, 4, 16, 64])
def test_out_of_memory(start: Start, spare: int) -> None:
    """Where memory ends during a request, it is refused or the process dies; the next request is answered right."""
    with start() as function:
        assert_right(function)
        pid = function.pid
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
        resource.prlimit(pid, resource.RLIMIT_AS, (pages * resource.getpagesize() + spare * 2**20,) * 2)
        said = function.raw(large(9_000))
        assert_whole_or_refused(said, 9_000)
        assert_right(function)


def assert_whole_or_refused(said: bytes, records: int) -> None:
    """All is answered right, or the caller got a problem, or the invocation failed as a whole."""
    if b"statusCode" not in said:
        assert_crashed(said)
        return
    found = Answer.of(json.loads(said))
    if found.status == 200:
        assert [row["phat"] for row in found.json()["predictions"]] == [PHAT] * records
    else:
        assert (found.status, found.headers["content-type"]) == (500, "application/problem+json")
