"""A function under Lambda's own runtime client and emulator, on the host: start it, call it, look at its process."""

import contextlib
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]
PORTS = (20_000, 32_000)
PATH = "/2015-03-31/functions/function/invocations"


@dataclass
class Runtime:
    """A running emulator; the first call starts the function's process."""

    port: int
    process: "subprocess.Popen[bytes]"

    def call(self, payload: bytes) -> tuple[float, bytes]:
        """Send an event: seconds until its answer has been read, and the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        start = time.perf_counter()
        connection.request("POST", PATH, payload)
        answer = connection.getresponse().read()
        seconds = time.perf_counter() - start
        connection.close()
        return seconds, answer

    def peak_memory(self) -> float:
        """Megabytes that the function's process had resident at most."""
        [pid] = children(self.process.pid)
        status = Path(f"/proc/{pid}/status").read_text()
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return int(kilobytes) / 1024


def children(pid: int) -> list[int]:
    """Direct children of a process, of all its threads."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def make_task(folder: Path, python: Path) -> Path:
    """The folder that Lambda would run: the function and the contenders, with byte code as in the image."""
    task = folder / "task"
    for name in ("api", "model", "preprocessing", "benchmarks"):
        skipped = shutil.ignore_patterns("__pycache__", "training", "reference", "results*")
        shutil.copytree(ROOT / name, task / name, ignore=skipped)
    for name in ("handler.py", "phat/__init__.py"):
        (task / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, task / name)
    compiler = [str(python), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(task)]
    subprocess.run(compiler, check=True)
    return task


@contextmanager
def runtime(
    task: Path, python: Path, handler: str, environment: Mapping[str, str], output: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[Runtime]:
    """Run the emulator around a handler in its folder until the block ends; what it and the function write goes to
    `output`.
    """
    port, inner = free_port(), free_port()
    addresses = [
        f"--runtime-interface-emulator-address=127.0.0.1:{port}",
        f"--runtime-api-address=127.0.0.1:{inner}",
    ]
    command = [str(emulator()), *addresses, str(python), "-m", "awslambdaric", handler]
    variables = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "AWS_LAMBDA_FUNCTION_TIMEOUT": "60"}
    process = subprocess.Popen(command, cwd=task, env=variables | dict(environment), stdout=output, stderr=output)
    try:
        wait_for(port)
        yield Runtime(port, process)
    finally:
        for child in children(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, 9)
        process.kill()
        process.wait()


def python(role: str) -> Path:
    """The interpreter of one of the benchmark's environments."""
    return ROOT / f".venv-{role}" / "bin" / "python"


def emulator() -> Path:
    """Lambda's Runtime Interface Emulator, which the SAM command line carries."""
    name = {"x86_64": "aws-lambda-rie-x86_64", "aarch64": "aws-lambda-rie-arm64"}[os.uname().machine]
    return next(ROOT.glob(f".venv-deploy/lib/python*/site-packages/samcli/local/rapid/{name}"))


def free_port(ports: tuple[int, int] = PORTS) -> int:
    """A port that nobody listens on now, none of those that Linux gives to clients: who asks there too early for a
    server to come could be given the same port, and so be answered by himself.
    """
    while True:
        port = random.randrange(*ports)  # noqa: S311  # no secret
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(port: int, seconds: float = 60) -> None:
    """Return when somebody listens on the port; TimeoutError after a while."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.002)
    raise TimeoutError(f"nobody listens on port {port} after {seconds:g} s")


def answer_body(answer: bytes) -> Any:
    """The body of a proxy answer, read as JSON; ValueError with the answer if it is not a 200."""
    payload = json.loads(answer)
    if payload.get("statusCode") != 200:
        raise ValueError(f"got {answer[:500]!r}, expected status 200")
    return json.loads(payload["body"])
