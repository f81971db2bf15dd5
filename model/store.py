"""Where models are kept: load one pinned artifact from S3, publish one under an immutable key.

Loading is on the cold-start path and reads with obstore; publishing uses boto3. Both follow `AWS_ENDPOINT_URL`.
"""

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from phat.model.artifact import checksum, version
from phat.model.errors import ArtifactError, ModelError, ModelRefused
from phat.model.model import Model
from phat.model.pin import Pin
from phat.model.reading import Reading
from phat.model.validation import KEY, check_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Listed", "Pin", "Published", "client", "listing", "load", "publish"]

PREFIX = "models"


def load(pin: Pin, begun: Reading | None = None) -> Model:
    """Read the pinned object, verify its checksum, then parse it and score its golden records.

    A read of the same pin that was begun before is waited for instead. Raises StoreFailure when the store does not
    give the object, ModelRefused when it is not what was pinned. The whole takes at most about eight seconds,
    whatever the store does.
    """
    reading = begun if begun is not None and begun.pin == pin else Reading(pin)
    data = reading.data()
    digest = checksum(data)
    if digest != pin.sha256:
        detail = f"{pin.key}: checksum {digest}, expected {pin.sha256}"
        raise ModelRefused("the model's checksum is not the expected one", detail)
    try:
        model = Model.from_bytes(data)
        check_key(pin.key, model.artifact.name, model.version)
    except ArtifactError as error:
        raise ModelRefused("the model file was refused", f"{pin.key}: {error}") from error
    return model


class Published(NamedTuple):
    """A published artifact: how to pin it, and whether this call wrote it or found it there."""

    pin: Pin
    version: str
    created: bool


def publish(data: bytes, bucket: str) -> Published:
    """Write an artifact to `models/NAME/VERSION/model.json`, after checking it as a reader would.

    The same bytes again succeed; ModelError if other bytes stand under the key, ArtifactError if the artifact is
    refused. The write is conditional, so of two writers at once one creates the object and the other finds it.
    """
    model = Model.from_bytes(data)
    key = f"{PREFIX}/{model.artifact.name}/{model.version}/model.json"
    s3 = client()
    version_id = _create(s3, bucket, key, data)
    created = version_id is not None
    if version_id is None:
        version_id = _existing(s3, bucket, key, data)
    return Published(Pin(bucket, key, model.sha256, version_id or None), version(model.sha256), created)


class Listed(NamedTuple):
    """A published artifact as a bucket lists it."""

    name: str
    version: str
    size: int
    modified: datetime


def listing(bucket: str) -> list[Listed]:
    """The published artifacts of a bucket, the newest first; other objects are passed over."""
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{PREFIX}/")
    items = [item for page in pages for item in page.get("Contents", [])]
    entries = [
        Listed(key["name"], key["version"], item["Size"], item["LastModified"])
        for item in items
        if (key := KEY.fullmatch(item["Key"]))
    ]
    return sorted(entries, key=lambda item: item.modified, reverse=True)


def client() -> "S3Client":
    """A client of S3 for whoever can wait for boto3."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)
    return boto3.client("s3", config=config)


def _create(s3: "S3Client", bucket: str, key: str, data: bytes) -> str | None:
    """Write the object unless one is there: its version id ("" in an unversioned bucket), None if one is."""
    from botocore.exceptions import ClientError

    try:
        answer = s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=data,
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",
            IfNoneMatch="*",
        )
    except ClientError as error:
        # 412: it is there; 409: another writer is at it and S3 asks to look again
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412):
            return None
        raise
    return answer.get("VersionId", "")


def _existing(s3: "S3Client", bucket: str, key: str, data: bytes) -> str:
    answer = s3.get_object(Bucket=bucket, Key=key)
    if answer["Body"].read() != data:
        raise ModelError(f"s3://{bucket}/{key} holds other bytes; a published model is never replaced")
    return answer.get("VersionId", "")
