"""Real containers of the function's image with an S3 that they reach, and a deployed stack.

PHAT_E2E_BASE_IMAGE names a base image to build on, Lambda's own where it can be pulled; unset: the stand-in.
PHAT_E2E_STACK names a stack to deploy with the AWS credentials of the environment, and to delete at the end; it must
not be there yet. Unset: an emulated AWS.
"""

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from phat.model.store import Pin, publish
from tests.e2e.cloud import SAM, Cloud, no_containers_left, transformed
from tests.e2e.emulator import KEY, emulator
from tests.e2e.engine import NoDocker, docker_engine, host_address
from tests.e2e.function import REFERENCE, Function, running
from tests.e2e.resources import BATCH_TEMPLATE, MONITORING_TEMPLATE, TEMPLATE, Resources
from tests.e2e.shell import ROOT, run
from tests.e2e.stack import Stack
from tests.e2e.standin import build_standin

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HERE = Path(__file__).parent
BUCKET = "phat-e2e"
REGION = "us-east-1"
BASE_IMAGE = "PHAT_E2E_BASE_IMAGE"
STACK = "PHAT_E2E_STACK"

missing: list[str] = []
Build = Callable[[str], Path]


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
def endpoint(docker: None) -> Iterator[str]:
    """The address of an S3 (moto's server) for containers."""
    server = ThreadedMotoServer(ip_address=host_address(), port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="session")
def s3(endpoint: str) -> "S3Client":
    """A client of that S3."""
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=KEY
    )


def credentials(address: str) -> dict[str, str]:
    """The environment by which AWS's clients go to the emulator."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    places = {"AWS_ENDPOINT_URL": address, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    return places | dict.fromkeys(names, KEY)


@pytest.fixture(scope="session")
def pin(endpoint: str, s3: "S3Client") -> Pin:
    """The reference model, published to a versioned bucket."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in credentials(endpoint).items():
            patch.setenv(name, value)
        return publish(REFERENCE.read_bytes(), BUCKET).pin


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


@pytest.fixture(scope="session")
def build(base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """`sam build` of a section of samconfig.toml: the template that it leaves, with the image that it built."""

    def make(environment: str) -> Path:
        folder = tmp_path_factory.mktemp("sam")
        where = ("--config-env", environment, "--build-dir", folder)
        run(SAM, "build", *where, "--parameter-overrides", f"BaseImage={base_image}")
        return folder / "template.yaml"

    return make


@pytest.fixture(scope="session")
def built(build: Build) -> Path:
    """The built template of the endpoint."""
    return build("default")


@pytest.fixture(scope="session")
def cloud(docker: None, environment: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Where to deploy: the emulator, started for it, or AWS."""
    if STACK in os.environ:
        yield Cloud(None)
        return
    with no_containers_left(), emulator() as address:
        for name, value in credentials(address).items():
            environment.setenv(name, value)
        yield Cloud(address)


@pytest.fixture(scope="session")
def stack(built: Path, cloud: Cloud) -> Iterator[Stack]:
    """The stack as the first `sam deploy` leaves it: without a model."""
    yield from deployed(Stack(os.environ.get(STACK, "phat-e2e"), built, cloud, fixed=cloud.parameters))


def deployed(stack: Stack) -> Iterator[Stack]:
    """A new stack, deleted at the end, if no test did."""
    if exists(stack):
        pytest.fail(f"the stack {stack.name} is there already; name one that these tests may make and delete")
    stack.deploy()
    yield stack
    if exists(stack):
        stack.delete()


@pytest.fixture(scope="session")
def companion(build: Build) -> Callable[[Stack, str], Stack]:
    """A stack of files or of monitoring for an endpoint's: by its section of samconfig.toml, not deployed."""

    def make(endpoint: Stack, environment: str) -> Stack:
        name = f"{endpoint.name}-{environment}"
        template = build(environment)
        return Stack(name, template, endpoint.cloud, environment, environment, {"Endpoint": endpoint.name})

    return make


def exists(stack: Stack) -> bool:
    """Whether the stack is there."""
    try:
        return bool(stack.outputs)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return False


@dataclass(frozen=True)
class Published:
    """A model in the stack's bucket: its file, and the parameters that `phat publish` printed for it."""

    file: Path
    parameters: dict[str, str]


def publish_to(stack: Stack, file: Path) -> Published:
    """Publish a model as its data scientist does, and read the command that is printed."""
    command = (sys.executable, "-m", "phat.cli", "publish", file, "--bucket", stack.outputs["ModelBucket"])
    [line] = [line for line in run(*command).splitlines() if line.startswith("sam deploy --parameter-overrides ")]
    words = shlex.split(line)[3:]
    return Published(file, {name: value.strip('"') for name, _, value in (word.partition("=") for word in words)})


@pytest.fixture(scope="session")
def reference(stack: Stack) -> Published:
    """The reference model, deployed by the command that publishing it printed."""
    published = publish_to(stack, REFERENCE)
    stack.deploy(**published.parameters)
    return published


@pytest.fixture(scope="session")
def served(stack: Stack, reference: Published) -> Stack:
    """The stack serving the reference model."""
    if stack.cloud.emulator:
        # The emulator speaks plain HTTP, which the bucket's policy denies; a test of that comes before.
        boto3.client("s3").delete_bucket_policy(Bucket=stack.outputs["ModelBucket"])
    return stack


@pytest.fixture(scope="session")
def second(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Another model of the same name, fitted on other records."""
    folder = tmp_path_factory.mktemp("second")
    raw_records, file = folder / "records.csv", folder / "model.json"
    model = (sys.executable, "-m", "phat.cli")
    run(*model, "simulate", "--rows", "4000", "--seed", "7", "-o", raw_records)
    run(*model, "fit", raw_records, "--target", "y", "--name", "segmentation", "-o", file)
    return publish_to(stack, file)


@pytest.fixture(scope="session")
def resources() -> Resources:
    """The resources of the endpoint's transformed template, by name."""
    return transformed(TEMPLATE)


@pytest.fixture(scope="session")
def batch_resources() -> Resources:
    """The same of the batch template."""
    return transformed(BATCH_TEMPLATE)


@pytest.fixture(scope="session")
def monitoring_resources() -> Resources:
    """The same of the monitoring template."""
    return transformed(MONITORING_TEMPLATE)
