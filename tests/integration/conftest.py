"""An S3 over real HTTP (moto's server), and the handler with the reference model from it."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from phat.model.store import Pin, publish

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture(scope="session", autouse=True)
def endpoint() -> Iterator[str]:
    """The address of an S3; all AWS clients of this process go there."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
            patch.setenv(name, "us-east-1")
        for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        yield address
    server.stop()


@pytest.fixture(scope="session")
def s3(endpoint: str) -> "S3Client":
    """A client of that S3."""
    return boto3.client("s3")


@pytest.fixture
def bucket(s3: "S3Client") -> str:
    """A new versioned bucket."""
    return make_bucket(s3)


def make_bucket(s3: "S3Client") -> str:
    """Create a versioned bucket and return its name."""
    name = f"phat-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture(scope="session")
def pin(s3: "S3Client", artifact_bytes: bytes) -> Pin:
    """The published reference model."""
    return publish(artifact_bytes, make_bucket(s3)).pin


@pytest.fixture(scope="session")
def pinned(pin: Pin) -> dict[str, str]:
    """The variables by which the function finds that model."""
    names = {"MODEL_BUCKET": pin.bucket, "MODEL_KEY": pin.key, "MODEL_SHA256": pin.sha256}
    return names | {"MODEL_VERSION_ID": pin.version_id or ""}


@pytest.fixture(scope="session")
def served(pinned: dict[str, str]) -> Iterator[None]:
    """`handler.lambda_handler` serves the reference model."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in pinned.items():
            patch.setenv(name, value)
        import handler

        handler.serving.warm()
        yield
