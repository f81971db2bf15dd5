"""Load by wrk: the laptop's HTTP server, and the function's image in a container under Lambda's emulator.

Requests of mixed sizes; each first answer is compared with the model's own, each later one with the first, to the byte.
Needs root, and Debian's packages wrk and docker.io. PHAT_LOAD_SECONDS shortens it.
"""

import json
import os
import re
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from benchmarks.runtime import children
from phat.api.proxy_event import proxy_event
from phat.model.model import Model
from phat.training.simulate import simulate
from tests.e2e.conftest import credentials
from tests.e2e.engine import docker_engine, host_address
from tests.e2e.function import INVOKE, REFERENCE, running
from tests.e2e.shell import ROOT, run
from tests.e2e.standin import build_standin
from tests.local import running as running_server
from tests.stress.environments import Row, need

SECONDS = int(os.environ.get("PHAT_LOAD_SECONDS", "600"))
SIZES = [1] * 180 + [10] * 15 + [100] * 4 + [2000]
FEW = 10_000
"""Requests after which memory is looked at for the first time; the second is at the end."""
GROWTH = 1.05
IMAGE = "phat-load/function"
BUCKET = "load"

Record = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request, and how its answer shows its predictions."""

    path: str
    body: str
    records: list[Record]


COUNTS = ("requests", "microseconds", "wrong", "failed", "lost")


@dataclass(frozen=True)
class Tally:
    """What wrk counted, by the names of COUNTS, and latencies in microseconds: p50, p99, p99.9."""

    counts: dict[str, int]
    latencies: tuple[int, ...]

    @property
    def bad(self) -> int:
        """Requests without their right answer."""
        return self.counts["wrong"] + self.counts["failed"] + self.counts["lost"]


def main() -> Iterator[Row]:
    """Four fifths of the time on the server, one fifth on the container."""
    with running_server() as server:
        target = Target("make run's server", f"http://127.0.0.1:{server.port}", server.process.pid, over_http(), 8)
        yield from target.rows(SECONDS * 4 // 5)
    with container() as (address, pid):
        yield from Target("the container", f"http://{address}", pid, as_events(), 1).rows(SECONDS // 5)


@dataclass(frozen=True)
class Target:
    """What is loaded: its address, its process, its requests, and how many connections ask at a time."""

    name: str
    address: str
    pid: int
    asked: Sequence[Asked]
    connections: int

    def rows(self, seconds: int) -> Iterator[Row]:
        """Load it: until FEW requests, then the rest of the time; AssertionError for whatever is not as promised."""
        with TemporaryDirectory() as folder:
            file = Path(folder) / "requests.lua"
            file.write_text(written(self.asked, [self.first_answer(each) for each in self.asked]))
            runs = [self.wrk(file, 5)]
            while sum(run.counts["requests"] for run in runs) < FEW:
                runs.append(self.wrk(file, 2))
            first = sum(run.counts["requests"] for run in runs)
            memory, files = self.memory(), self.files()
            whole = self.wrk(file, seconds)
        requests, microseconds = whole.counts["requests"], whole.counts["microseconds"]
        grown = self.memory() / memory
        yield self.name, f"{requests:,} requests in {microseconds / 1e6:.0f} s"
        yield "requests per second", f"{requests / microseconds * 1e6:,.0f}"
        yield "p50, p99, p99.9", ", ".join(f"{each / 1000:.1f} ms" for each in whole.latencies)
        yield "wrong answers, 5xx, lost", ", ".join(str(whole.counts[name]) for name in COUNTS[2:])
        yield f"memory after {first + requests:,} / after {first:,}", f"{grown:.3f}"
        yield "file descriptors before, after", f"{files}, {self.files()}"
        assert not any(run.bad for run in (*runs, whole)), "there are answers that are wrong, failed or lost"
        assert grown <= GROWTH, f"memory grew by {grown:.3f}"
        assert self.files() <= files, "file descriptors were left open"

    def first_answer(self, asked: Asked) -> str:
        """The answer before the load; AssertionError if its `phat` are not the model's own."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + asked.path, asked.body.encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text: str = answer.read().decode()
        found = json.loads(text)
        found = json.loads(found["body"]) if "body" in found else found
        expected = MODEL.predictor.predict(asked.records)
        assert [each["phat"] for each in found["predictions"]] == [each.answer for each in expected]
        return text

    def wrk(self, file: Path, seconds: int) -> Tally:
        """Run wrk for some seconds; it leaves its last requests alone, and the emulator must be done with them."""
        time.sleep(2)
        script = Path(__file__).with_name("load.lua")
        options = ("-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout=30s", "-s", script)
        printed = run(need("wrk"), *options, self.address, "--", file)
        [found] = re.findall(r"^RESULT (.*)$", printed, re.MULTILINE)
        numbers = [int(number) for number in found.split()]
        return Tally(dict(zip(COUNTS, numbers, strict=False)), tuple(numbers[len(COUNTS) :]))

    def memory(self) -> int:
        """Kilobytes resident."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0])

    def files(self) -> int:
        """Open files that are no connections of clients."""
        links = Path(f"/proc/{self.pid}/fd").iterdir()
        return sum(not os.readlink(link).startswith("socket:") for link in links)


MODEL = Model.from_bytes(REFERENCE.read_bytes())


def batches() -> Iterator[list[Record]]:
    """Simulated records in batches of SIZES; the first of each is named after its place."""
    names = [field.name for field in MODEL.artifact.schema.fields]
    chunks = simulate(sum(SIZES), 5)
    rows = (row for chunk in chunks for row in zip(*(chunk[name] for name in names), strict=True))
    for place, size in enumerate(SIZES, 1):
        batch = [dict(zip(names, next(rows), strict=True)) for _ in range(size)]
        yield [{"id": f"L{place}"} | batch[0], *batch[1:]]


def over_http() -> list[Asked]:
    """The requests as clients send them."""
    return [Asked("/predict", json.dumps(batch), batch) for batch in batches()]


def as_events() -> list[Asked]:
    """The requests as the gateway hands them to the function."""
    headers = [("Content-Type", "application/json")]
    return [
        Asked(INVOKE, json.dumps(proxy_event("POST", "/predict", headers, (), json.dumps(batch).encode())), batch)
        for batch in batches()
    ]


def written(asked: Sequence[Asked], answers: Sequence[str]) -> str:
    """The requests and their answers as Lua."""
    rows = (
        f"{{path={lua(each.path)},body={lua(each.body)},answer={lua(answer)}}}"
        for each, answer in zip(asked, answers, strict=True)
    )
    return "REQUESTS={" + ",\n".join(rows) + "}\n"


def lua(text: str) -> str:
    """A text as Lua's long string, which reads everything as it is."""
    assert "]==]" not in text
    return f"[==[{text}]==]"


@contextmanager
def container() -> Iterator[tuple[str, int]]:
    """The function's image in a container with the reference model: its address, and its process."""
    with pytest.MonkeyPatch.context() as patch, docker_engine() as host:
        if host:
            patch.setenv("DOCKER_HOST", host)
        run("docker", "build", "--network=none", "--build-arg", f"BASE_IMAGE={build_standin()}", "--tag", IMAGE, ROOT)
        server = ThreadedMotoServer(ip_address=host_address(), port=0, verbose=False)
        server.start()
        try:
            with running(IMAGE, published(server, patch)) as function:
                emulator = int(run("docker", "inspect", "--format={{.State.Pid}}", function.container))
                function.invoke(proxy_event("GET", "/health"))  # which starts the function's process
                [pid] = children(emulator)
                yield function.address, pid
        finally:
            server.stop()


def published(server: ThreadedMotoServer, patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Publish the reference model to this S3; the function's environment."""
    import boto3

    from phat.model.store import publish

    settings = credentials("http://{}:{}".format(*server.get_host_and_port()))
    for name, value in settings.items():
        patch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    pin = publish(REFERENCE.read_bytes(), BUCKET).pin
    return settings | {"MODEL_BUCKET": pin.bucket, "MODEL_KEY": pin.key, "MODEL_SHA256": pin.sha256}


if __name__ == "__main__":
    for what, figure in main():
        print(f"| {what} | {figure} |", flush=True)
