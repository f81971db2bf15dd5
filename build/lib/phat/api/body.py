"""From a request's body to raw records."""

import io
from collections.abc import Callable
from typing import Any

import orjson

from phat.api.envelopes import refuse_columns
from phat.api.errors import MalformedBody, TooLarge
from phat.api.media import LINES, decoded, form_of, unsupported
from phat.api.negotiate import CSV, JSON
from phat.api.records import MAX_RECORDS, Records
from phat.preprocessing.errors import quote
from phat.preprocessing.schema import Schema

_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


def read_records(
    body: bytes,
    content_type: str | None,
    content_encoding: str | None,
    schema: Schema,
    unwrap: Callable[[Any], Any] | None = None,
) -> Records:
    """The raw records of a body: a JSON object or array, JSON lines, or CSV.

    `unwrap` takes JSON records out of an envelope. Raises UnsupportedMediaType, MalformedBody, TooLarge or, for columns
    in place of records and for a CSV header that names a model column, InvalidRecords.
    """
    form = form_of(content_type)
    body = decoded(body, content_encoding)
    if not body.strip():
        raise MalformedBody("the body is empty; send a record or an array of records")
    if form == CSV:
        from phat.api.csv_body import read_csv  # noqa: PLC0415  # a cold start has no time

        return read_csv(body, schema)
    body = body.removeprefix(_MARK)
    if form == LINES:
        return _from_lines(body)
    return _from_json(_loads(body) if form == JSON else _loads_unnamed(body, content_type), unwrap)


def _loads(body: bytes, before: int = 0) -> Any:
    """The JSON of a body, or of a line of it that `before` lines precede."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        from phat.api.refused_json import read_refused  # noqa: PLC0415  # the same

        return read_refused(body, error, before)


def _loads_unnamed(body: bytes, content_type: str | None) -> Any:
    """The JSON of a body that does not say what it is; a text that neither reads nor begins as JSON is another form."""
    try:
        return _loads(body)
    except MalformedBody:
        if body.decode(errors="replace").lstrip()[:1] in ("{", "[", "\ufffd"):
            raise
        raise unsupported(content_type) from None


def _from_json(value: Any, unwrap: Callable[[Any], Any] | None) -> Records:
    if unwrap is not None:
        value = unwrap(value)
    if isinstance(value, dict):
        refuse_columns(value)
        return Records([value])
    if not isinstance(value, list):
        raise MalformedBody("the JSON is neither an object (one record) nor an array of records")
    if len(value) > MAX_RECORDS:
        raise TooLarge(f"{len(value)} records, at most {MAX_RECORDS} in one request")
    return Records(value)


def _from_lines(body: bytes) -> Records:
    records: list[Any] = []
    lines: list[int] = []
    for before, line in enumerate(io.BytesIO(body)):
        if not (text := line.rstrip(_BLANK)):
            continue
        if len(records) == MAX_RECORDS:
            raise TooLarge(f"more than {MAX_RECORDS} records, at most {MAX_RECORDS} in one request")
        record = _loads(text, before)
        if not isinstance(record, dict):
            raise MalformedBody(f"line {before + 1}: got {quote(record)}, expected a JSON object in each line")
        records.append(record)
        lines.append(before + 1)
    return Records(records, lines)
