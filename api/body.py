"""From a request's body to raw records."""

from collections.abc import Callable
from typing import Any

import orjson

from api.errors import MalformedBody, TooLarge, UnsupportedMediaType
from api.records import MAX_RECORDS, Records
from preprocessing.schema import Schema

_JSON = "application/json"
_CSV = "text/csv"


def read_records(
    body: bytes,
    content_type: str | None,
    content_encoding: str | None,
    schema: Schema,
    unwrap: Callable[[Any], Any] | None = None,
) -> Records:
    """The raw records of a body: a JSON object or array, or CSV.

    `unwrap` takes JSON records out of an envelope. Raises UnsupportedMediaType, MalformedBody or TooLarge.
    """
    if content_encoding is not None:
        raise UnsupportedMediaType("a Content-Encoding is not read here; send the body as it is")
    media_type = _media_type(content_type)
    if not body.strip():
        raise MalformedBody("the body is empty; send a record or an array of records")
    if media_type == _JSON:
        return _from_json(body, unwrap)
    from api.csv_body import read_csv  # noqa: PLC0415  # a cold start has no time

    return read_csv(body, schema)


def _media_type(content_type: str | None) -> str:
    if not content_type or not content_type.strip():
        return _JSON
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.partition("=")[2].strip('"') for value in parameters if value.startswith("charset=")]
    if media_type not in (_JSON, _CSV) or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise UnsupportedMediaType(f"send {_JSON} or {_CSV}, in UTF-8, and say so in Content-Type")
    return media_type


def _from_json(body: bytes, unwrap: Callable[[Any], Any] | None) -> Records:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        from api.refused_json import read_refused  # noqa: PLC0415  # the same

        value = read_refused(body, error)
    if unwrap is not None:
        value = unwrap(value)
    if isinstance(value, dict):
        return Records([value])
    if not isinstance(value, list):
        raise MalformedBody("the JSON is neither an object (one record) nor an array of records")
    if len(value) > MAX_RECORDS:
        raise TooLarge(f"{len(value)} records, at most {MAX_RECORDS} in one request")
    return Records(value)
