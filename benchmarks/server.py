"""A rival, or phat's own laptop server, over HTTP: start it, send records, end it."""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.runtime import free_port

Records = list[dict[str, Any]]


@dataclass(frozen=True)
class Server:
    """How a server is started and asked; `{port}` in its command and environment stands for the port."""

    command: list[str]
    folder: Path
    path: str = "/predict"
    environment: Mapping[str, str] = field(default_factory=dict)
    wrap: str | None = None
    """The member of the body that holds the records; None if the body is the array itself."""

    def body(self, records: Records) -> bytes:
        """The request's body."""
        return json.dumps({self.wrap: records} if self.wrap else records).encode()


@dataclass
class Running:
    """A started server."""

    server: Server
    port: int
    started: float
    process: "subprocess.Popen[bytes]"

    def ask(self, body: bytes) -> tuple[float, bytes]:
        """Seconds of one request on a connection of its own, and the answer; OSError until it listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        start = time.perf_counter()
        connection.request("POST", self.server.path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        seconds = time.perf_counter() - start
        connection.close()
        if response.status != 200:
            raise OSError(f"status {response.status}: {answer[:300]!r}")
        return seconds, answer

    def first_answer(self, body: bytes, limit: float = 120) -> float:
        """Seconds from the start of the process until its first answer."""
        while time.perf_counter() - self.started < limit and self.process.poll() is None:
            try:
                self.ask(body)
            except OSError:
                time.sleep(0.01)
            else:
                return time.perf_counter() - self.started
        ended = self.process.poll()
        why = f"did not answer in {limit:g} s" if ended is None else f"ended with status {ended}"
        raise RuntimeError(f"{self.server.command[:3]} {why}")


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """Run a server, in a process group of its own, until the block ends."""
    port = free_port()
    command = [word.format(port=port) for word in server.command]
    variables = {name: value.format(port=port) for name, value in server.environment.items()}
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=server.folder,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield Running(server, port, started, process)
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def phat_of(answer: bytes) -> list[float]:
    """`phat` of each record of an answer, whatever it is wrapped in."""
    answers = json.loads(answer)
    if isinstance(answers, dict):
        answers = answers.get("predictions", answers.get("predict", answers))
    return [row["phat"] for row in answers]
