"""`python -m phat.server.local`, which `make run` starts, as a process to talk to."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

from benchmarks.runtime import PORTS, free_port
from tests.gateway import ROOT


@dataclass
class Server:
    """A running server, and what it printed until it was up."""

    process: "subprocess.Popen[str]"
    port: int
    printed: str
    log: "Future[str]"

    def rest(self) -> str:
        """What it printed from then until its end."""
        return self.log.result(timeout=30)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request over HTTP."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent)
        with closing(connection):
            response = connection.getresponse()
            return response, response.read()


def own_port() -> int:
    """A free port from this pytest worker's share, so that no other worker takes it first."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = (PORTS[1] - PORTS[0]) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return free_port((PORTS[0] + worker * size, PORTS[0] + (worker + 1) * size))


def start(**variables: str) -> "subprocess.Popen[str]":
    """Start the program as make does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MODEL"))}
    return subprocess.Popen(
        [sys.executable, "-m", "phat.server.local"], cwd=ROOT, env=environment | variables,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


@contextmanager
def running(**variables: str) -> Iterator[Server]:
    """The program once it serves."""
    port = own_port()
    process = start(PORT=str(port), **variables)
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Serving model"):
                break
        with ThreadPoolExecutor(max_workers=1) as reader:  # or its log would fill the pipe
            try:
                yield Server(process, port, "".join(lines), reader.submit(process.stdout.read))
            finally:
                process.send_signal(signal.SIGINT)
    finally:
        process.kill()
        process.communicate(timeout=30)
