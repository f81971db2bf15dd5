"""From a CSV to raw records: a header's names mean fields as the keys of a JSON record do."""

import io
from collections.abc import Sequence

from phat.api.errors import MalformedBody, TooLarge
from phat.api.records import MAX_RECORDS, Records
from phat.preprocessing.errors import DuplicateField, InvalidRecords, MalformedTable
from phat.preprocessing.names import ID
from phat.preprocessing.schema import Schema
from phat.preprocessing.tables import Rows, no_known_name, no_rows, read_table

_JSON = "send it with Content-Type: application/json"
_CURL = "curl needs --data-binary, as -d takes the line breaks out"


def read_csv(body: bytes, schema: Schema) -> Records:
    """The records of a CSV, each with the fields that its header names, and with its id.

    Raises MalformedBody, TooLarge, or InvalidRecords for a header that names a model column in place of its field.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise MalformedBody(f"the CSV is not UTF-8 at byte {wrong.start + 1}") from None
    try:
        header, rows = read_table(io.StringIO(text, newline=""), _JSON)
        return _records(header, rows, _places(header, schema))
    except MalformedTable as error:
        raise MalformedBody(str(error)) from None


def _places(header: Sequence[str], schema: Schema) -> dict[str, int]:
    """Where the header has each field that it names, and the id."""
    match = schema.naming.match(header)
    if twice := [error for error in match.errors if isinstance(error, DuplicateField)]:
        raise MalformedBody(f"the CSV header names {twice[0].field} twice: {twice[0].got}")
    if match.errors:
        raise InvalidRecords(match.errors, len(match.errors), 1)
    if not match.keys:
        raise MalformedBody(no_known_name(header, schema.naming, _JSON))
    keys = match.keys if match.id is None else match.keys | {ID: match.id}
    return {field: header.index(name) for field, name in keys.items()}


def _records(header: Sequence[str], rows: Rows, places: dict[str, int]) -> Records:
    kept = list(places.items())
    records: list[object] = []
    lines: list[int] = []
    for row in rows:
        if len(records) == MAX_RECORDS:
            raise TooLarge(f"more than {MAX_RECORDS} records, at most {MAX_RECORDS} in one request")
        records.append({name: row[place] for name, place in kept})
        lines.append(rows.line)
    if not records:
        raise MalformedBody(f"{no_rows(header, _JSON)}; {_CURL}")
    return Records(records, lines, [name for name in header if name])
