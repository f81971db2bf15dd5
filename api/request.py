"""A REST proxy event seen as a request: header and query look-ups, and the raw body within its limit."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from api.errors import MalformedBody, TooLarge

MAX_BODY = 4 * 1024 * 1024
"""Largest raw body in bytes; in base64 it still fits Lambda's 6 MB."""

Event = Mapping[str, Any]


def path(event: Event) -> str:
    """The path below stage and domain mapping, without a slash at its end.

    API Gateway puts a mapping of a custom domain before `path`, but never into the resource and its parameters.
    """
    resource = str(event.get("resource") or "")
    parameters = event.get("pathParameters") or {}
    if resource != "/" and not parameters:
        resource = str(event.get("path") or "")
    for name, value in parameters.items():
        resource = resource.replace("{" + name + "+}", str(value)).replace("{" + name + "}", str(value))
    return resource.rstrip("/") or "/"


def header(event: Event, name: str) -> str | None:
    """All values of a header, joined by commas as RFC 9110 5.3 allows; None if it was not sent."""
    multi = event.get("multiValueHeaders")
    values: list[str] = []
    for key, found in (multi or event.get("headers") or {}).items():
        if key.lower() == name:
            values += [value or "" for value in found] if multi else [found or ""]
    return ", ".join(values) if values else None


def query(event: Event) -> dict[str, list[str]]:
    """Query parameters, each with all its values."""
    if found := event.get("multiValueQueryStringParameters"):
        return {key: [value or "" for value in values] for key, values in found.items()}
    return {key: [value or ""] for key, value in (event.get("queryStringParameters") or {}).items()}


def body(event: Event) -> bytes:
    """The raw body; TooLarge beyond `MAX_BODY`, MalformedBody if it is not what base64 or UTF-8 can carry."""
    text = event.get("body") or ""
    encoded = bool(event.get("isBase64Encoded"))
    _check_size(len(text) * 3 // 4 - 2 if encoded else len(text))
    try:
        raw = base64.b64decode(text, validate=True) if encoded else text.encode()
    except (binascii.Error, ValueError):  # UnicodeEncodeError is a ValueError
        form = "base64" if encoded else "UTF-8"
        raise MalformedBody(f"the body is not valid {form}") from None
    _check_size(len(raw))
    return raw


def _check_size(size: int) -> None:
    if size > MAX_BODY:
        raise TooLarge(f"the body is larger than {MAX_BODY} bytes; send the records in several requests")
