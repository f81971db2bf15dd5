"""The function's image, run as Lambda runs it and called through the Runtime Interface Emulator."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.shell import ROOT, run
from tests.e2e.waiting import wait_until
from tests.gateway import Answer

REFERENCE = ROOT / "model" / "reference" / "segmentation.json"
INVOKE = "/2015-03-31/functions/function/invocations"
# As on Lambda: a user of its own, nothing to write but /tmp, no rights.
AS_LAMBDA = ("--user=1000:1000", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")


@dataclass(frozen=True)
class Function:
    """A running container of the image."""

    container: str
    address: str

    def invoke(self, payload: Mapping[str, Any]) -> Answer:
        """Call the function with an event and read its answer."""
        request = urllib.request.Request(f"http://{self.address}{INVOKE}", json.dumps(payload).encode())
        with urllib.request.urlopen(request, timeout=60) as response:
            return Answer.of(json.load(response))

    def logs(self) -> list[str]:
        """The lines the container wrote to its standard output."""
        return run("docker", "logs", self.container).splitlines()

    def records(self) -> list[dict[str, Any]]:
        """The JSON lines among them."""
        return [json.loads(line) for line in self.logs() if line.startswith("{")]


@contextmanager
def running(image: str, environment: Mapping[str, str]) -> Iterator[Function]:
    """Start a container of the image, and remove it afterwards."""
    variables = [f"--env={name}={value}" for name, value in environment.items()]
    container = run("docker", "run", "--detach", "--publish=127.0.0.1::8080", *AS_LAMBDA, *variables, image).strip()
    try:
        address = run("docker", "port", container, "8080/tcp").split()[0]
        wait_until(lambda: listens(address), f"{image} to listen")
        yield Function(container, address)
    finally:
        run("docker", "rm", "--force", container)


def listens(address: str) -> bool:
    """Whether the emulator answers HTTP, whatever it says."""
    try:
        urllib.request.urlopen(f"http://{address}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def run_in(image: str, script: Path, *options: str) -> Any:
    """Run a Python script in a container of the image and return the JSON it prints."""
    command = ("docker", "run", "--rm", "--interactive", *AS_LAMBDA, "--entrypoint=python3", image, *options, "-")
    return json.loads(run(*command, stdin=script.read_text()))
