"""Hostile requests over HTTP, malformed ones among them."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.hostile import HOSTILE
from tests.local import Server, running


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The local server; it lives on after all of it."""
    with running() as started:
        yield started
        response, _ = started.ask("GET", "/health")
        assert response.status == 200


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_body(server: Server, name: str) -> None:
    """Each hostile body gets over HTTP the status it gets from the function."""
    sent = HOSTILE[name]
    path = "/predict" + "".join(f"?{key}={value}" for key, value in sent.query)
    headers = {"Content_Type": sent.content_type} | {key.replace("-", "_"): value for key, value in sent.headers}
    response, body = server.ask("POST", path, sent.make(), **headers)
    assert response.status == sent.status
    if sent.status != 200:
        assert json.loads(body)["status"] == sent.status


def raw(server: Server, text: bytes, *, closed: bool = False) -> bytes:
    """What the server answers to bytes on a socket, until it closes it, resets it or waits for more.

    `closed` is whether it must close it; else it may wait for more, for as long as a test waits.
    """
    found = b""
    ends = () if closed else (OSError,)
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=60 if closed else 2) as connection,
        suppress(*ends),
    ):
        connection.sendall(text)
        while part := connection.recv(65536):
            found += part
    return found


BODY = b'Content-Length: 10\r\nConnection: close\r\n\r\n{"x12": 1}'


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /predict HTTP/1.1\r\nHost: x\r\n", 200),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Type: application/json\r\n", 415),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\nAccept: image/png\r\n", 200),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nAccept: \xff\xfe\r\n", 406),
        (b"POST /predict?include=none&include=none HTTP/1.1\r\nHost: x\r\n", 200),
        (b"POST /predict?%zz HTTP/1.1\r\nHost: x\r\n", 400),
        (b"POST /predict?include=%ff HTTP/1.1\r\nHost: x\r\n", 400),
        (b"POST /predict?&&&=&= HTTP/1.1\r\nHost: x\r\n", 400),
        (b"POST /predict?include=none;level=0.9 HTTP/1.1\r\nHost: x\r\n", 400),
        (b"POST /%2e%2e/predict HTTP/1.1\r\nHost: x\r\n", 404),
        (b"POST //predict HTTP/1.1\r\nHost: x\r\n", 404),
        (b"POST /predict%00 HTTP/1.1\r\nHost: x\r\n", 404),
    ],
)
def test_raw_requests(server: Server, head: bytes, status: int) -> None:
    """Headers doubled, queries repeated and malformed, odd paths: each gets its status and no 500."""
    answer = raw(server, head + BODY, closed=True)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:300]


SMUGGLED = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: Chunked\r\ncontent-length: 0\r\n\r\n0\r\n\r\n",
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n0\r\n\r\n",
    ],
)
def test_a_request_with_two_ends(server: Server, framing: bytes) -> None:
    """A request that says its length in two ways is a 400, and the connection is closed: what follows is not read."""
    answer = raw(server, b"POST /predict HTTP/1.1\r\nHost: x\r\n" + framing + SMUGGLED, closed=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer
    assert b"both Content-Length and Transfer-Encoding" in answer


def test_chunked_and_pipelined_requests(server: Server) -> None:
    """A body in chunks alone is read, and so is the request after it on the same connection."""
    first = b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\na\r\n" + b'{"x12": 1}\r\n0\r\n\r\n'
    answer = raw(server, first + SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), closed=True)
    assert answer.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize(
    "text",
    [
        b"\0" * 100,
        b"POST /predict HTTP/1.1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 10\r\n\r\n0123456789",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /predict HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
)
def test_broken_http(server: Server, text: bytes) -> None:
    """What is no HTTP, or breaks off, is refused or left without an answer; it is never a 500."""
    assert not raw(server, text).startswith(b"HTTP/1.1 5")
