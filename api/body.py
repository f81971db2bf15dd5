"""From a request's body to raw records."""

import csv
import io
import re
from collections.abc import Collection, Iterator

import orjson

from api.errors import MalformedBody, TooLarge, UnsupportedMediaType
from api.request import MAX_BODY

MAX_RECORDS = 10_000
_JSON = "application/json"
_CSV = "text/csv"
_NOT_JSON_NUMBER = re.compile(r"-?(?:NaN|Infinity)")

csv.field_size_limit(MAX_BODY)


def read_records(
    body: bytes, content_type: str | None, content_encoding: str | None, wanted: Collection[str]
) -> list[object]:
    """The raw records of a body: a JSON object or array, or CSV (of which only the `wanted` columns are kept).

    Raises UnsupportedMediaType, MalformedBody or TooLarge.
    """
    if content_encoding is not None:
        raise UnsupportedMediaType("a Content-Encoding is not read here; send the body as it is")
    media_type = _media_type(content_type)
    if not body.strip():
        raise MalformedBody("the body is empty; send a record or an array of records")
    return _from_json(body) if media_type == _JSON else _from_csv(body, wanted)


def _media_type(content_type: str | None) -> str:
    if not content_type or not content_type.strip():
        return _JSON
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.partition("=")[2].strip('"') for value in parameters if value.startswith("charset=")]
    if media_type not in (_JSON, _CSV) or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise UnsupportedMediaType(f"send {_JSON} or {_CSV}, in UTF-8, and say so in Content-Type")
    return media_type


def _from_json(body: bytes) -> list[object]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(_what_is_wrong(body, error)) from None
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
    rows = _csv_rows(text)
    header = [name.strip() for name in next(rows, [])]
    _check_header(header)
    kept = [(index, name) for index, name in enumerate(header) if name in wanted]
    records: list[object] = []
    for number, row in enumerate(rows, 1):
        if number > MAX_RECORDS:
            raise TooLarge(f"more than {MAX_RECORDS} records, at most {MAX_RECORDS} in one request")
        if len(row) != len(header):
            raise MalformedBody(f"CSV row {number} has {len(row)} cells, the header has {len(header)}")
        records.append({name: row[index] for index, name in kept})
    return records


def _csv_rows(text: str) -> Iterator[list[str]]:
    """Rows, the header first, without blank lines; one empty cell was quoted and is a missing value, no blank line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = -1
    try:
        for row in reader:
            if len(row) > 1 or row == [""] or (row and row[0].strip()):
                number += 1
                yield row
    except csv.Error:
        place = f"row {number + 1}" if number >= 0 else "the header"
        raise MalformedBody(f"the CSV is broken in {place}: quotes or line breaks are not as RFC 4180 says") from None


def _check_header(header: list[str]) -> None:
    if not header:
        raise MalformedBody("the CSV has no header row")
    if twice := [name for name in header if header.count(name) > 1] if len(set(header)) < len(header) else []:
        places = [str(index) for index, name in enumerate(header, 1) if name == twice[0]]
        raise MalformedBody(f"the CSV header names one column twice, in columns {' and '.join(places[:2])}")
