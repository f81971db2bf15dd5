"""From a request's body to raw records."""

import io
import re
from collections.abc import Callable, Collection
from typing import Any

import orjson

from api.errors import MalformedBody, TooLarge, UnsupportedMediaType
from preprocessing.errors import MalformedTable
from preprocessing.tables import read_table

MAX_RECORDS = 10_000
_JSON = "application/json"
_CSV = "text/csv"
_NOT_JSON_NUMBER = re.compile(r"-?(?:NaN|Infinity)")


def read_records(
    body: bytes,
    content_type: str | None,
    content_encoding: str | None,
    wanted: Collection[str],
    unwrap: Callable[[Any], Any] | None = None,
) -> list[object]:
    """The raw records of a body: a JSON object or array, or CSV (of which only the `wanted` columns are kept).

    `unwrap` takes JSON records out of an envelope. Raises UnsupportedMediaType, MalformedBody or TooLarge.
    """
    if content_encoding is not None:
        raise UnsupportedMediaType("a Content-Encoding is not read here; send the body as it is")
    media_type = _media_type(content_type)
    if not body.strip():
        raise MalformedBody("the body is empty; send a record or an array of records")
    return _from_json(body, unwrap) if media_type == _JSON else _from_csv(body, wanted)


def _media_type(content_type: str | None) -> str:
    if not content_type or not content_type.strip():
        return _JSON
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.partition("=")[2].strip('"') for value in parameters if value.startswith("charset=")]
    if media_type not in (_JSON, _CSV) or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise UnsupportedMediaType(f"send {_JSON} or {_CSV}, in UTF-8, and say so in Content-Type")
    return media_type


def _from_json(body: bytes, unwrap: Callable[[Any], Any] | None) -> list[object]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(_what_is_wrong(body, error)) from None
    if unwrap is not None:
        found = unwrap(found)
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise MalformedBody("the JSON is neither an object (one record) nor an array of records")
    if len(found) > MAX_RECORDS:
        raise TooLarge(f"{len(found)} records, at most {MAX_RECORDS} in one request")
    return found


def _what_is_wrong(body: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as wrong:
        return f"the body is not UTF-8 at byte {wrong.start + 1}"
    if text.startswith("\ufeff"):
        return "the JSON starts with a byte-order mark; send it without"
    place = f"line {error.lineno}, column {error.colno}"
    before = max(error.pos - 1, 0)  # a minus sign is not part of what orjson points at
    if found := _NOT_JSON_NUMBER.match(text, before) or _NOT_JSON_NUMBER.match(text, error.pos):
        return f"{found[0]} at {place} is not JSON; send null for a missing value"
    return f"the JSON cannot be read at {place}"


def _from_csv(body: bytes, wanted: Collection[str]) -> list[object]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise MalformedBody(f"the CSV is not UTF-8 at byte {wrong.start + 1}") from None
    try:
        return _csv_records(text, wanted)
    except MalformedTable as error:
        raise MalformedBody(str(error)) from None


def _csv_records(text: str, wanted: Collection[str]) -> list[object]:
    header, rows = read_table(io.StringIO(text, newline=""))
    kept = [(index, name) for index, name in enumerate(header) if name in wanted]
    records: list[object] = []
    for row in rows:
        if len(records) == MAX_RECORDS:
            raise TooLarge(f"more than {MAX_RECORDS} records, at most {MAX_RECORDS} in one request")
        records.append({name: row[index] for index, name in kept})
    return records
