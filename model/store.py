"""Where models are kept: read one pinned artifact from S3, publish one under an immutable key.

Reading is on the cold-start path and uses obstore; publishing uses boto3. Both follow `AWS_ENDPOINT_URL`.
"""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from model.artifact import MAX_BYTES, checksum, version
from model.checks import KEY, check_key
from model.errors import ArtifactError, ModelError, ModelRefused, NotConfigured, StoreFailure
from model.loaded import Model

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "models"
_DIGITS, _HEXADECIMAL = 64, frozenset("0123456789abcdef")
_CONNECT_TIMEOUT = "1s"
_TIMEOUT = "3s"
_RETRY_FOR = timedelta(seconds=4)
_STALE = ("<Code>ExpiredToken<", "<Code>InvalidToken<", "<Code>TokenRefreshRequired<")
"""What S3 says, with status 400, of credentials whose time is over; obstore has no exception for it."""


class Pin(NamedTuple):
    """Which object is the model: bucket, key, checksum and, where given, the object's version."""

    bucket: str
    key: str
    sha256: str
    version_id: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Pin":
        """Read MODEL_BUCKET, MODEL_KEY, MODEL_SHA256 and MODEL_VERSION_ID; NotConfigured if they do not name one."""
        names = ("MODEL_BUCKET", "MODEL_KEY", "MODEL_SHA256")
        bucket, key, sha256 = (environment.get(name, "") for name in names)
        missing = [name for name in names if not environment.get(name)]
        if missing:
            raise NotConfigured("no model configured", f"not set: {', '.join(missing)}")
        if len(sha256) != _DIGITS or not _HEXADECIMAL.issuperset(sha256):
            detail = f"MODEL_SHA256: got {sha256[:80]!r}, expected 64 lower-case hexadecimal digits"
            raise NotConfigured("the model is configured wrongly", detail)
        return cls(bucket, key, sha256, environment.get("MODEL_VERSION_ID") or None)


def load(pin: Pin) -> Model:
    """Read the pinned object, verify its checksum, then parse it and score its golden records.

    Raises StoreFailure when the store does not give it, ModelRefused when it is not what was pinned. The whole
    takes at most about eight seconds, whatever the store does.
    """
    data = _read(pin)
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


def _read(pin: Pin) -> bytes:
    try:
        return _get(pin)
    except (FileNotFoundError, NotFoundError) as error:
        raise StoreFailure("the model was not found in its store", _text(pin, error)) from error
    except (BaseError, OSError, ValueError) as error:
        denied = isinstance(error, PermissionDeniedError | UnauthenticatedError) or any(
            code in str(error) for code in _STALE
        )
        public = "the model's store refused access" if denied else "the model's store did not answer as it should"
        raise StoreFailure(public, _text(pin, error)) from error


def _get(pin: Pin) -> bytes:
    result = obstore.get(_store(pin.bucket), pin.key, options={"version": pin.version_id} if pin.version_id else {})
    if result.meta["size"] > MAX_BYTES:
        raise ValueError(f"the object has {result.meta['size']} bytes, expected at most {MAX_BYTES}")
    return bytes(result.bytes())


def _store(bucket: str) -> S3Store:
    allow_http = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    return S3Store(
        bucket,
        client_options={"allow_http": allow_http, "connect_timeout": _CONNECT_TIMEOUT, "timeout": _TIMEOUT},
        retry_config={"max_retries": 2, "retry_timeout": _RETRY_FOR},
    )


def _text(pin: Pin, error: Exception) -> str:
    reason = str(error).partition("\n\nDebug source")[0]  # obstore repeats itself there
    return f"s3://{pin.bucket}/{pin.key}: {type(error).__name__}: {reason}"


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
    found = [
        Listed(key["name"], key["version"], item["Size"], item["LastModified"])
        for item in items
        if (key := KEY.fullmatch(item["Key"]))
    ]
    return sorted(found, key=lambda item: item.modified, reverse=True)


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
