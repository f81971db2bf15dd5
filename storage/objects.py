"""Objects in S3: their addresses and keys, and what lists, writes and deletes them.

obstore takes a key as a path: one key that is none spoils a whole page of its listings, and slashes at the ends of a
key are dropped, so that another object is meant. So boto3 lists keys, as they are spelt, and `flaw` says which of them
obstore cannot reach.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import obstore
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import S3Store

from phat.model.reading import regional
from phat.model.store import client
from phat.storage.errors import EnginePanic, StoreUnavailable, panics_caught

if TYPE_CHECKING:
    from obstore.store import S3Config

S3 = "s3://"
_DELETE = "\x7f"


class Item(NamedTuple):
    """An object of a listing."""

    key: str
    size: int
    etag: str | None


def split_address(address: str) -> tuple[str, str]:
    """Bucket and key of an s3:// address."""
    bucket, _, key = address.removeprefix(S3).partition("/")
    return bucket, key


def flaw(key: str) -> str | None:
    """Why an object cannot be read or written under a key, None if it can."""
    if {"", ".", ".."} & {*key.removeprefix("/").split("/")}:
        return "between slashes its key has nothing, '.' or '..'; copy it to another key"
    if any(sign < " " or sign == _DELETE for sign in key):
        return "its key has a control character; copy it to another key"
    return None


def store(bucket: str, config: "S3Config | None" = None) -> S3Store:
    """A client of a bucket that follows AWS_ENDPOINT_URL and waits longer than the endpoint may."""
    allow_http = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    return S3Store(
        bucket, config={**regional(), **(config or {})}, client_options={"allow_http": allow_http, "timeout": "120s"}
    )


def rooted(bucket: str) -> str:
    """The endpoint right below which the bucket's keys are found that begin with a slash: it ends with that slash."""
    return f"{client().meta.endpoint_url}/{bucket}/"


def reach(name: str) -> tuple[S3Store, str]:
    """The client that reaches an object, and the path by which it does: the key, less a slash that it begins with."""
    bucket, key = split_address(name)
    if not key.startswith("/"):
        return store(bucket), key
    return store(bucket, {"endpoint": rooted(bucket), "virtual_hosted_style_request": True}), key[1:]


@contextmanager
def available(name: str) -> Iterator[None]:
    """What S3 does not do as it should is a StoreUnavailable that names the object; FileNotFoundError stays."""
    from botocore.exceptions import BotoCoreError, ClientError  # local files need not wait for it

    try:
        with panics_caught():
            yield
    except FileNotFoundError:
        raise
    except PreconditionError:
        raise StoreUnavailable(f"{name}: it has changed since it was found; start again") from None
    except (BaseError, BotoCoreError, ClientError, EnginePanic, OSError) as error:
        reason = str(error).partition("\n\nDebug source")[0]  # obstore repeats itself there
        raise StoreUnavailable(f"{name}: {reason}") from error


def listed(bucket: str, prefix: str) -> Iterator[Item]:
    """The objects whose keys begin with a prefix, in order; StoreUnavailable if S3 does not list them."""
    with available(f"{S3}{bucket}/{prefix}"):
        for page in client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from (Item(item["Key"], item["Size"], item["ETag"]) for item in page.get("Contents", ()))


def put(name: str, path: Path) -> None:
    """Put a file as an object; StoreUnavailable if S3 does not take it."""
    with available(name):
        obstore.put(*reach(name), path)


def delete(name: str) -> None:
    """Delete an object; StoreUnavailable if S3 does not."""
    with available(name):
        obstore.delete(*reach(name))
