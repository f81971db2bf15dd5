"""A real container of the function's image: Docker, its base image, an S3 that containers reach, the pinned model."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import boto3
import pytest
from moto.server import ThreadedMotoServer

from model.store import Pin, publish
from tests.e2e.engine import NoDocker, docker_engine, host_address
from tests.e2e.function import REFERENCE, Function, running
from tests.e2e.shell import ROOT, run
from tests.e2e.standin import build_standin

HERE = Path(__file__).parent
BUCKET = "phat-e2e"
REGION = "us-east-1"
BASE_IMAGE = "PHAT_E2E_BASE_IMAGE"
"""Names a base image to build on, Lambda's own where it can be pulled; unset: the stand-in."""

missing: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is an e2e test."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that nothing was proven when there is no Docker."""
    for reason in missing:
        terminalreporter.section("NOTHING WAS TRIED IN A CONTAINER", sep="!", red=True, bold=True)
        terminalreporter.line(reason)


def give_up(reason: str) -> NoReturn:
    """Skip for want of Docker; in CI, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    missing.append(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def environment() -> Iterator[pytest.MonkeyPatch]:
    """The environment of the tests, put back at the end; every command that is run inherits it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAM_CLI_TELEMETRY", "0")
        yield patch


@pytest.fixture(scope="session")
def docker(environment: pytest.MonkeyPatch) -> Iterator[None]:
    """A Docker engine that `docker` and `sam` talk to."""
    with ExitStack() as stack:
        try:
            host = stack.enter_context(docker_engine())
        except NoDocker as reason:
            give_up(str(reason))
        if host:
            environment.setenv("DOCKER_HOST", host)
        yield


@pytest.fixture(scope="session")
def base_image(docker: None) -> str:
    """The name of the image to build on."""
    return os.environ.get(BASE_IMAGE) or build_standin()


@pytest.fixture(scope="session")
def image(base_image: str) -> str:
    """The function's image; on the stand-in it is built without network."""
    name = "phat-e2e/function"
    network = "default" if BASE_IMAGE in os.environ else "none"
    argument = f"BASE_IMAGE={base_image}"
    run("docker", "build", f"--network={network}", "--build-arg", argument, "--tag", name, ROOT)
    return name


@pytest.fixture(scope="session")
def endpoint(docker: None, environment: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an S3 (moto's server) for this process and for containers."""
    server = ThreadedMotoServer(ip_address=host_address(), port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    for name, value in credentials(address).items():
        environment.setenv(name, value)
    yield address
    server.stop()


def credentials(address: str) -> dict[str, str]:
    """The environment by which AWS's clients go to the emulator."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {"AWS_ENDPOINT_URL": address, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION} | dict.fromkeys(
        names, "test"
    )


@pytest.fixture(scope="session")
def bucket(endpoint: str) -> str:
    """A versioned bucket."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return BUCKET


@pytest.fixture(scope="session")
def pin(bucket: str) -> Pin:
    """The published reference model."""
    return publish(REFERENCE.read_bytes(), bucket).pin


@pytest.fixture(scope="session")
def settings(endpoint: str, pin: Pin) -> dict[str, str]:
    """The function's environment, as the template sets it."""
    return credentials(endpoint) | {
        "MODEL_BUCKET": pin.bucket,
        "MODEL_KEY": pin.key,
        "MODEL_SHA256": pin.sha256,
        "MODEL_VERSION_ID": pin.version_id or "",
        "POWERTOOLS_SERVICE_NAME": "phat",
        "POWERTOOLS_METRICS_NAMESPACE": "phat",
    }


@pytest.fixture(scope="module")
def function(image: str, settings: dict[str, str]) -> Iterator[Function]:
    """The function with the reference model."""
    with running(image, settings) as started:
        yield started
