"""Reading the pinned file from S3: what a cold start waits for longest, and therefore begins with.

It knows nothing of what is read, so that a thread can read while the rest is imported. obstore reads; it follows
`AWS_ENDPOINT_URL`.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from phat.model.errors import ModelUnavailable, StoreFailure, is_panic
from phat.model.pin import MAX_BYTES, Pin

if TYPE_CHECKING:
    from obstore.store import S3Config

_CONNECT_TIMEOUT = "1s"
_TIMEOUT = "3s"
_RETRY_FOR = timedelta(seconds=4)
_STALE = ("<Code>ExpiredToken<", "<Code>InvalidToken<", "<Code>TokenRefreshRequired<")
"""What S3 says, with status 400, of credentials whose time is over; obstore has no exception for it."""


class Reading:
    """The read of a pinned object, in a thread of its own that starts at once; it ends in at most about eight seconds.

    StoreFailure if there can be no client of the store.
    """

    def __init__(self, pin: Pin) -> None:
        self.pin = pin
        self._data = b""
        self._error: BaseException | None = None
        with _failures(pin):
            self._store = _store(pin.bucket)
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)
        self._thread.start()

    def data(self) -> bytes:
        """The object, once it has been read, whatever it holds; StoreFailure if the store does not give it."""
        self._thread.join()
        with _failures(self.pin):
            if self._error is not None:
                raise self._error
        return self._data

    def _run(self) -> None:
        try:
            self._data = self._get()
        except BaseException as error:  # whoever waits for the data gets it, whatever it is
            self._error = error

    def _get(self) -> bytes:
        pin = self.pin
        result = obstore.get(self._store, pin.key, options={"version": pin.version_id} if pin.version_id else {})
        if result.meta["size"] > MAX_BYTES:
            raise ValueError(f"the object has {result.meta['size']} bytes, expected at most {MAX_BYTES}")
        return bytes(result.bytes())


def begin(environment: Mapping[str, str]) -> Reading | None:
    """Begin to read what the environment names; None if that cannot begin, which whoever loads the model reports."""
    try:
        return Reading(Pin.from_environment(environment))
    except ModelUnavailable:
        return None


@contextmanager
def _failures(pin: Pin) -> Iterator[None]:
    """Raise what the store does as StoreFailure."""
    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        raise StoreFailure("the model was not found in its store", _text(pin, error)) from error
    except (BaseError, OSError, ValueError) as error:
        denied = isinstance(error, PermissionDeniedError | UnauthenticatedError) or any(
            code in str(error) for code in _STALE
        )
        public = "the model's store refused access" if denied else "the model's store did not answer as it should"
        raise StoreFailure(public, _text(pin, error)) from error
    except BaseException as error:
        if not is_panic(error):
            raise
        raise StoreFailure("the model's store did not answer as it should", _text(pin, error)) from error


def regional() -> "S3Config":
    """What a client must be told of its region: obstore knows the host of S3 outside China only.

    Source: Amazon Web Services in China, "Endpoints and ARNs".
    """
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    if not region.startswith("cn-") or os.environ.get("AWS_ENDPOINT_URL"):
        return {}
    return {"endpoint": f"https://s3.{region}.amazonaws.com.cn"}


def _store(bucket: str) -> S3Store:
    allow_http = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    return S3Store(
        bucket,
        config=regional(),
        client_options={"allow_http": allow_http, "connect_timeout": _CONNECT_TIMEOUT, "timeout": _TIMEOUT},
        retry_config={"max_retries": 2, "retry_timeout": _RETRY_FOR},
    )


def _text(pin: Pin, error: BaseException) -> str:
    reason = str(error).partition("\n\nDebug source")[0]  # obstore repeats itself there
    return f"s3://{pin.bucket}/{pin.key}: {type(error).__name__}: {reason}"
