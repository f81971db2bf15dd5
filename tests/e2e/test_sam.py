"""The SAM command line builds the image, invokes it and serves it, as a user would."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.runtime import free_port
from tests.e2e.cloud import SAM
from tests.e2e.engine import end
from tests.e2e.shell import ROOT, run
from tests.e2e.waiting import wait_until
from tests.gateway import STATUS, Answer, event

CONFIG = ("--config-file", ROOT / "samconfig.toml")


@pytest.fixture(scope="module")
def template(built: Path, endpoint: str) -> Path:
    """The built template with the emulated S3's address: sam hands over only variables that the template names."""
    add = rf"\1AWS_ENDPOINT_URL: {endpoint}\n\g<0>"
    text, count = re.subn(r"^( +)MODEL_BUCKET:", add, built.read_text(), flags=re.MULTILINE)
    assert count == 2
    changed = built.with_name("local.yaml")
    changed.write_text(text)
    return changed


@pytest.fixture(scope="module")
def variables(template: Path, settings: dict[str, str]) -> Path:
    """The file of variables that sam hands over: the model's, as the deployment's parameters would set them."""
    file = template.with_name("variables.json")
    file.write_text(json.dumps({"Parameters": {k: v for k, v in settings.items() if k.startswith("MODEL_")}}))
    return file


def keys(settings: dict[str, str]) -> dict[str, str]:
    """The credentials that sam hands over from its own environment, and the address, which it prefers from there."""
    return {name: value for name, value in settings.items() if name.startswith("AWS_")}


@pytest.mark.parametrize("name", STATUS)
def test_local_invoke(template: Path, variables: Path, settings: dict[str, str], name: str) -> None:
    """`sam local invoke -e events/NAME.json` prints the right answer to each event."""
    file = ROOT / "events" / f"{name}.json"
    options = ("--template", template, "--event", file, "--env-vars", variables)
    printed = run(SAM, "local", "invoke", *CONFIG, "Function", *options, env=keys(settings))
    [line] = [line for line in printed.splitlines() if line.startswith('{"statusCode"')]
    answer = Answer.of(json.loads(line))
    assert answer.status == STATUS[name]
    assert answer.headers["x-request-id"] == event(name)["requestContext"]["requestId"]
    if name == "predict":
        assert answer.json()["predictions"][0]["phat"] == 0.7224644184562925


@pytest.fixture(scope="module")
def api(template: Path, variables: Path, settings: dict[str, str]) -> Iterator[str]:
    """`sam local start-api`, until the tests are done."""
    port = free_port()
    options = ("--template", template, "--env-vars", variables, "--port", port)
    command = [str(word) for word in (SAM, "local", "start-api", *CONFIG, *options)]
    process = subprocess.Popen(
        command, env=os.environ | keys(settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: ask(f"http://127.0.0.1:{port}", "/health")[0] == 200, "sam local start-api", 90)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def ask(address: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of an answer over HTTP; 0 when there is none."""
    request = urllib.request.Request(address + path, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()
    except OSError:
        return 0, b""


def test_start_api_scores(api: str) -> None:
    """`sam local start-api` answers predictions over HTTP."""
    status, body = ask(api, "/predict?include=none", event("predict")["body"].encode())
    assert (status, json.loads(body)["predictions"][0]["phat"]) == (200, 0.7224644184562925)


@pytest.mark.parametrize(
    ("path", "body", "status"), [("/model", None, 200), ("/predict", b"{", 400), ("/no", None, 404)]
)
def test_start_api_routes(api: str, path: str, body: bytes | None, status: int) -> None:
    """Every path reaches the function, the unknown ones too."""
    assert ask(api, path, body)[0] == status
