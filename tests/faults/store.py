"""A real S3 server (SeaweedFS) behind a proxy that injects faults in S3's own wire format (microburst)."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from benchmarks.runtime import free_port, wait_for
from phat.model.store import Pin, publish
from tests.gateway import ROOT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "phat-faults"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "faults",
    "AWS_SECRET_ACCESS_KEY": "faults-secret",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
Fault = dict[str, Any]
"""A rule of microburst's, without what it is about: the reading of an object."""


@dataclass(frozen=True)
class Store:
    """A running server; `address` is the proxy's, and the only one whose signatures it accepts."""

    port: int

    @property
    def address(self) -> str:
        """Where clients go."""
        return f"http://localhost:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its clients."""
        return CREDENTIALS | {"AWS_ENDPOINT_URL": self.address}

    def client(self) -> "S3Client":
        """A client that does not try twice."""
        return boto3.client("s3", endpoint_url=self.address, config=Config(retries={"total_max_attempts": 1}))

    def fail(self, *faults: Fault, operation: str = "GetObject") -> None:
        """From now on, have each request of an operation meet the first fault that is not used up."""
        self._control("POST", "rules", [{"service": "s3", "operation": operation} | fault for fault in faults])
        self._control("DELETE", "fired")

    def heal(self) -> None:
        """From now on, be well."""
        self._control("POST", "rules", [])

    def fired(self) -> int:
        """How many faults there were since they were asked for."""
        found: list[Any] = self._control("GET", "fired")
        return len(found)

    def met(self) -> bool:
        """Whether a request met a fault since they were asked for."""
        return self.fired() > 0

    def _control(self, method: str, what: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/_microburst/{what}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running(folder: Path) -> Iterator[Store]:
    """Run server and proxy until the block ends."""
    port, proxy = free_port(), free_port()
    command = weed(folder, port, f"http://localhost:{proxy}")
    with process(command, folder / "weed.log"):
        arguments = ["-m", "tests.faults.proxy", "-u", f"http://127.0.0.1:{port}", "-p", str(proxy)]
        with process([sys.executable, *arguments], folder / "proxy.log"):
            wait_for(port)
            wait_for(proxy)
            yield Store(proxy)
    for socket in Path("/tmp").glob("seaweedfs-*.sock"):  # it listens there too, whatever it is told
        if any(word.endswith(f".grpc={socket.stem.rpartition('-')[2]}") for word in command):
            socket.unlink()


def weed(folder: Path, port: int, address: str) -> list[str]:
    """The command that starts a SeaweedFS with one user, who signs for the address."""
    users = [{"name": "faults", "credentials": [_keys()], "actions": ["Admin", "Read", "Write", "List"]}]
    (folder / "users.json").write_text(json.dumps({"identities": users}))
    (folder / "data").mkdir()
    names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
    ports = {name: free_port() for name in (*names, "s3.port.grpc")} | {"s3.port": port}
    options = ports | {
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": folder / "users.json",
        "s3.externalUrl": address,
        "s3.localSocket": folder / "s3.sock",
        "filer.localSocket": folder / "filer.sock",
        "dir": folder / "data",
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "volume.preStopSeconds": 0,
    }
    program = Path(sys.executable).with_name("weed")
    return [
        str(program),
        f"-logdir={folder}",
        "server",
        "-s3",
        *(f"-{name}={value}" for name, value in options.items()),
    ]


def _keys() -> dict[str, str]:
    return {"accessKey": CREDENTIALS["AWS_ACCESS_KEY_ID"], "secretKey": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}


@contextmanager
def process(command: list[str], log: Path) -> Iterator[None]:
    """Run a program until the block ends."""
    with log.open("wb") as output:
        started = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        try:
            yield
        finally:
            started.kill()  # nothing of it is kept, and an orderly end takes it ten seconds
            started.wait()


def prepare(store: Store, artifact: bytes, seconds: float = 60) -> Pin:
    """Create the bucket, once the server can, and publish an artifact."""
    client, limit = store.client(), time.monotonic() + seconds
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            break
        except client.exceptions.ClientError:  # its parts have not found each other yet
            if time.monotonic() > limit:
                raise
            time.sleep(0.2)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return publish(artifact, BUCKET).pin
