"""What a caller asks, in one form for all gateways."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple

from phat.api.errors import MalformedBody, MalformedEvent, RequestError, TooLarge
from phat.preprocessing.errors import quote

MAX_BODY = 4 * 1024 * 1024
"""Largest raw body in bytes; in base64 it still fits Lambda's 6 MB."""

_ENCODED = {True: True, "true": True, False: False, "false": False, "": False, None: False}
"""Whether a body is in base64, by what an event says of it."""


class Request(NamedTuple):
    """What a caller asks.

    `path` is below stage and domain mapping, without a slash at its end; `address` is the whole path. `headers` are
    those that are read (see `phat.api.gateway_event`) and were sent, the values of one joined by commas as RFC 9110 5.3
    allows; `query` has all values of each parameter. `stage` holds the stage's variables. `id` is the gateway's name
    for the request, empty if it has none that a header can carry. `version` is that of the payload, which the answer
    must have too. `refusal` is what is wrong with an event that cannot be read; its path is empty.
    """

    method: str
    path: str
    address: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    stage: Mapping[str, Any]
    id: str
    sent: object = None
    encoded: object = False
    version: str = "1.0"
    refusal: RequestError | None = None

    def header(self, name: str) -> str | None:
        """The value of a header by its name in lower case, None without it."""
        return self.headers.get(name)

    def body(self) -> bytes:
        """The raw body; TooLarge beyond `MAX_BODY`, MalformedBody if it is not what base64 or UTF-8 can carry."""
        text, encoded = self.sent, _is_encoded(self.encoded)
        if text is None:
            return b""
        if not isinstance(text, str):
            raise MalformedBody(f"the event's body: got {quote(text)}, expected text")
        _check_size(len(text) * 3 // 4 - 2 if encoded else len(text))
        try:
            raw = base64.b64decode(text, validate=True) if encoded else text.encode()
        except (binascii.Error, ValueError):  # UnicodeEncodeError is a ValueError
            form = "base64" if encoded else "UTF-8"
            raise MalformedBody(f"the body is not valid {form}") from None
        _check_size(len(raw))
        return raw


def _is_encoded(value: object) -> bool:
    try:
        return _ENCODED[value]
    except (KeyError, TypeError):  # another value, or one that has no hash
        raise MalformedEvent(f"the event's isBase64Encoded: got {quote(value)}, expected true or false") from None


def _check_size(size: int) -> None:
    if size > MAX_BODY:
        raise TooLarge(f"the body is larger than {MAX_BODY} bytes; send the records in several requests")
