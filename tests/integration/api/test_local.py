"""`python -m phat.server.local`, which `make run` starts: as a user at a laptop meets it."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway import call
from tests.local import Server, own_port, running, start


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The program with the reference model."""
    with running() as started:
        yield started


def test_shows_one_answer_and_the_address(server: Server) -> None:
    """At the start it prints the answer to the two example records, and where it serves."""
    assert "0.7224644184562925" in server.printed
    assert "0.08938371087386138" in server.printed
    assert f"Open http://127.0.0.1:{server.port}/ in a browser" in server.printed


def test_a_line_a_stage_and_a_short_table(server: Server) -> None:
    """Each stage is named as it begins, the answer is a table of a line a record, and nothing else is printed."""
    lines = server.printed.splitlines()
    stages = [line for line in lines if line.endswith(" ...")]
    assert [stage.split()[0] for stage in stages] == ["starting", "publishing", "starting", "asking"]
    assert [line.split()[:3] for line in lines[len(stages) + 1 : -3]] == [
        ["record", "business_outcome", "phat"], ["1", "event", "0.7224644184562925"], ["2", "not", "event"],
    ]  # fmt: skip
    assert len(lines) == 11


def test_logs_and_metrics_as_on_lambda() -> None:
    """The function's own log line and metrics of each request are printed."""
    with running() as server:
        server.ask("POST", "/predict", b'{"x12": 1}')
        server.process.send_signal(signal.SIGINT)
        records = [json.loads(line) for line in server.rest().splitlines() if line.startswith('{"')]
    assert any(record.get("message") == "request" for record in records)
    assert any("_aws" in record for record in records)


@pytest.mark.usefixtures("served")
def test_answers_as_the_handler(server: Server) -> None:
    """Over HTTP the answer is the handler's own: status, headers and body."""
    body = b'{"x12": "$5", "id": "\xc3\xa9"}'
    response, received = server.ask("POST", "/predict?include=imputed&include=variables", body)
    expected = call("POST", "/predict", body, query=[("include", "imputed"), ("include", "variables")])
    assert (response.status, received.decode()) == (200, expected.body)
    assert response.headers["X-Model-Version"] == expected.headers["x-model-version"]
    assert response.headers["Content-Type"] == "application/json"
    assert int(response.headers["Content-Length"]) == len(received)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/predict", b"\xff\xfe", 400),
        ("POST", "/predict", b'{"x12": "?"}', 422),
        ("POST", "/predict", b" " * (4 * 1024 * 1024 + 1), 413),
        ("POST", "/predict", b" " * (11 * 1024 * 1024), 413),
        ("GET", "/nothing%20here?%ff", b"", 404),
        ("GET", "/predict", b"", 405),
        ("GET", "/health", b"", 200),
    ],
)
def test_statuses(server: Server, method: str, path: str, body: bytes, status: int) -> None:
    """Bad requests over HTTP get the problem they get on Lambda."""
    response, received = server.ask(method, path, body)
    assert response.status == status
    assert response.headers["X-Request-Id"]
    assert (response.headers["X-Content-Type-Options"], response.headers["Cache-Control"]) == ("nosniff", "no-store")
    if status != 200:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert json.loads(received)["status"] == status


def test_head_and_options(server: Server) -> None:
    """HEAD and OPTIONS are answered without a body."""
    response, received = server.ask("HEAD", "/model")
    assert (response.status, received) == (200, b"")
    response, received = server.ask("OPTIONS", "/predict")
    assert (response.status, response.headers["Allow"], received) == (204, "POST, OPTIONS", b"")


def test_ctrl_c_ends_everything() -> None:
    """Ctrl-C ends the server and its S3 without a traceback, and the port is free again."""
    with running() as server:
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(timeout=30) == 0
        assert "Traceback" not in server.rest()
        with pytest.raises(ProcessLookupError):
            os.killpg(server.process.pid, 0)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", server.port))


def failure(**variables: str) -> str:
    """What it prints when it cannot start: after the stages until then one line, and a failure."""
    done = start(**variables)
    printed, _ = done.communicate(timeout=60)
    assert done.returncode == 1
    [line] = [line for line in printed.splitlines() if not line.endswith(" ...")]
    assert line.startswith("phat: ")
    return line


def test_taken_port() -> None:
    """A taken port is told in one line that says how to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} cannot be used (Address already in use); choose another" in failure(PORT=str(port))


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "\u0661"])
def test_bad_port(port: str) -> None:
    """A PORT that is no port is told in one line."""
    assert "expected a number from 1 to 65535" in failure(PORT=port)


def test_missing_and_broken_model(tmp_path: Path) -> None:
    """A MODEL that is not there, or is no model, is told in one line."""
    broken = tmp_path / "model.json"
    broken.write_text("{}")
    assert f"no model file at {tmp_path}/none.json" in failure(MODEL=str(tmp_path / "none.json"), PORT=str(own_port()))
    assert "the model is refused: format version None" in failure(MODEL=str(broken), PORT=str(own_port()))


def test_serves_another_model(tmp_path: Path, artifact_bytes: bytes) -> None:
    """MODEL names the artifact to serve; its golden records are what is shown."""
    other = tmp_path / "other.json"
    plain = json.loads(artifact_bytes)
    plain["name"] = "other"
    other.write_text(json.dumps(plain))
    with running(MODEL=str(other)) as server:
        assert "Serving model other " in server.printed
