"""From a request's body to raw records."""

import io
import re
from collections.abc import Callable, Collection
from typing import Any

import orjson

from api.errors import MalformedBody, TooLarge
from api.frames import refuse_columns
from api.media import LINES, decoded, form_of, unsupported
from api.negotiate import CSV, JSON
from preprocessing.errors import MalformedTable, quote
from preprocessing.tables import read_table

MAX_RECORDS = 10_000
_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_NOT_JSON_NUMBER = re.compile(r"-?(?:NaN|Infinity)")


def read_records(
    body: bytes,
    content_type: str | None,
    content_encoding: str | None,
    wanted: Collection[str],
    unwrap: Callable[[Any], Any] | None = None,
) -> list[object]:
    """The raw records of a body: a JSON object or array, JSON lines, or CSV (only its `wanted` columns are kept).

    `unwrap` takes JSON records out of an envelope. Raises UnsupportedMediaType, MalformedBody, TooLarge or, for columns
    in place of records, InvalidRecords.
    """
    form = form_of(content_type)
    body = decoded(body, content_encoding)
    if not body.strip():
        raise MalformedBody("the body is empty; send a record or an array of records")
    if form == CSV:
        return _from_csv(body, wanted)
    body = body.removeprefix(_MARK)
    if form == LINES:
        return _from_lines(body)
    return _from_json(_loads(body) if form == JSON else _loads_unnamed(body, content_type), unwrap)


def _loads(body: bytes, before: int = 0) -> Any:
    """The JSON of a body, or of a line of it that `before` lines precede."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(_what_is_wrong(body, error, before)) from None


def _loads_unnamed(body: bytes, content_type: str | None) -> Any:
    """The JSON of a body that does not say what it is; a text that neither reads nor begins as JSON is another form."""
    try:
        return _loads(body)
    except MalformedBody:
        if body.decode(errors="replace").lstrip()[:1] in ("{", "[", "\ufffd"):
            raise
        raise unsupported(content_type) from None


def _from_json(found: Any, unwrap: Callable[[Any], Any] | None) -> list[object]:
    if unwrap is not None:
        found = unwrap(found)
    if isinstance(found, dict):
        refuse_columns(found)
        return [found]
    if not isinstance(found, list):
        raise MalformedBody("the JSON is neither an object (one record) nor an array of records")
    if len(found) > MAX_RECORDS:
        raise TooLarge(f"{len(found)} records, at most {MAX_RECORDS} in one request")
    return found


def _from_lines(body: bytes) -> list[object]:
    records: list[object] = []
    for before, line in enumerate(io.BytesIO(body)):
        if not (text := line.rstrip(_BLANK)):
            continue
        if len(records) == MAX_RECORDS:
            raise TooLarge(f"more than {MAX_RECORDS} records, at most {MAX_RECORDS} in one request")
        record = _loads(text, before)
        if not isinstance(record, dict):
            raise MalformedBody(f"line {before + 1}: got {quote(record)}, expected a JSON object in each line")
        records.append(record)
    return records


def _what_is_wrong(body: bytes, error: orjson.JSONDecodeError, before: int) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as wrong:
        line = f" of line {before + 1}" if before else ""
        return f"the body is not UTF-8 at byte {wrong.start + 1}{line}"
    place = f"line {before + error.lineno}, column {error.colno}"
    start = max(error.pos - 1, 0)  # a minus sign is not part of what orjson points at
    if found := _NOT_JSON_NUMBER.match(text, start) or _NOT_JSON_NUMBER.match(text, error.pos):
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
