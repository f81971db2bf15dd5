"""The bodies of clients of other servers and of pandas: records in an envelope, or columns in place of records."""

from collections.abc import Callable, Mapping
from typing import Any

from phat.api.errors import MalformedBody
from phat.preprocessing.errors import InvalidRecords, NotARecord

Records = list[object]


def unwrap(document: Any) -> Any:
    """The records in an envelope, or `document` itself if it is none; MalformedBody if the envelope is broken."""
    if not isinstance(document, Mapping) or not (named := ENVELOPES.keys() & document.keys()):
        return document
    if len(document) > 1:
        raise MalformedBody(
            f"an envelope has one of {', '.join(ENVELOPES)} alone; the JSON has {len(document)} members"
        )
    [name] = named
    return ENVELOPES[name](name, document[name])


def refuse_columns(record: Mapping[str, Any]) -> None:
    """InvalidRecords for a frame as pandas' `to_json` writes it by default: each column an object, keyed by row."""
    first = next(iter(record.values()), None)
    if not isinstance(first, dict) or not first or not all(map(str.isdecimal, first)):
        return
    if all(isinstance(value, dict) and value.keys() == first.keys() for value in record.values()):
        expected = 'one record or an array of records, as pandas writes them by to_json(orient="records")'
        raise InvalidRecords([NotARecord("an object for each column", expected, row=1)], 1, 1)


def _listed(name: str, content: Any) -> Records:
    if not isinstance(content, list):
        raise MalformedBody(f"{name} is not an array of records")
    return content


def _split(name: str, content: Any) -> Records:
    """A frame as pandas' `to_dict(orient="split")` has it: columns and rows of values; an index is ignored."""
    if not isinstance(content, Mapping) or not {"columns", "data"} <= content.keys() <= {"columns", "data", "index"}:
        raise MalformedBody(f"{name} is not an object of columns and data (and index, which is ignored)")
    columns, rows = content["columns"], content["data"]
    if not isinstance(columns, list) or not all(isinstance(column, str) for column in columns):
        raise MalformedBody(f"{name}: columns is not an array of names")
    if len(set(columns)) < len(columns):
        raise MalformedBody(f"{name}: a column is named twice")
    if not isinstance(rows, list):
        raise MalformedBody(f"{name}: data is not an array of rows")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(columns):
            raise MalformedBody(f"{name}: row {number} of data is not an array of {len(columns)} values")
    return [dict(zip(columns, row, strict=True)) for row in rows]


ENVELOPES: dict[str, Callable[[str, Any], Records]] = {
    "instances": _listed,
    "dataframe_records": _listed,
    "dataframe_split": _split,
}
"""Each envelope's name, and what reads the records in it."""
