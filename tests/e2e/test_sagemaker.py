"""The image's other target: a container as SageMaker hosts it."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.shell import ROOT, run
from tests.e2e.waiting import wait_until

EXAMPLES = json.loads((ROOT / "model" / "reference" / "examples.json").read_text())


@pytest.fixture(scope="module")
def container(base_image: str, image: str, settings: dict[str, str]) -> Iterator[str]:
    """The container's id, started as SageMaker does: `docker run IMAGE serve`; it finds its model as on Lambda."""
    name, argument = "phat-e2e/sagemaker", f"BASE_IMAGE={base_image}"
    options = ("--build-arg", argument, "--target", "sagemaker", "--tag", name)
    run("docker", "build", "--network=none", *options, ROOT)
    variables = [f"--env={key}={value}" for key, value in settings.items()]
    started = run("docker", "run", "--detach", "--publish=127.0.0.1::8080", *variables, name, "serve").strip()
    yield started
    run("docker", "rm", "--force", started)


@pytest.fixture(scope="module")
def address(container: str) -> str:
    """Where it answers; SageMaker waits until GET /ping is a 200."""
    found = "http://" + run("docker", "port", container, "8080/tcp").split()[0]
    wait_until(lambda: ask(f"{found}/ping") == 200, "GET /ping of the container")
    return found


def ask(url: str) -> int:
    """The status of a GET; 0 without an answer."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # SageMaker's own limit for a ping
            status: int = answer.status
            return status
    except OSError:
        return 0


def test_runs_as_a_user_without_rights(container: str, address: str) -> None:
    """No process of it is root's, and its user may change nothing of the code."""
    status = run("docker", "exec", container, "sh", "-c", "cat /proc/[0-9]*/status")
    users = set(re.findall(r"^Uid:\t(\d+)", status, re.MULTILINE))
    assert users == {"1000"}
    writable = ("find", "/var/task", "-writable", "-print", "-quit")
    assert run("docker", "exec", container, *writable) == ""


def test_has_byte_code(container: str, address: str) -> None:
    """Its user can write no byte code, so each module of ours and of the requirements comes with some."""
    script = "import glob; print(sum('/__pycache__/' in n for n in glob.glob('/var/task/**/*.pyc', recursive=True)))"
    assert int(run("docker", "exec", container, "python3", "-c", script)) > 100


@pytest.mark.parametrize("wrap", [None, "instances"])
def test_invocations_score(address: str, wrap: str | None) -> None:
    """POST /invocations answers records, in an envelope or not, as the function does."""
    records = [example["record"] for example in EXAMPLES]
    body = json.dumps({wrap: records} if wrap else records).encode()
    request = urllib.request.Request(f"{address}/invocations?include=none", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found = json.load(answer)["predictions"]
    assert [prediction["phat"] for prediction in found] == [example["phat"] for example in EXAMPLES]


def test_stops_when_it_is_told(container: str, address: str) -> None:
    """SIGTERM ends it in order within SageMaker's 30 seconds; this is the last test of the container."""
    start = time.monotonic()
    run("docker", "stop", "--time=30", container)
    assert time.monotonic() - start < 20
    assert run("docker", "inspect", "--format={{.State.ExitCode}}", container).strip() == "0"
