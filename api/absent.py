"""Fields that no record of a request has: each counts as missing, which its sender may not have meant."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from api.records import Records
from preprocessing.errors import quote
from preprocessing.names import ID
from preprocessing.schema import Field, Schema
from preprocessing.spelling import fold_name

HEADER = "X-Absent-Fields"
_MOST_NAMED = 20
_ALIKE = 0.6
"""How alike, by difflib's ratio, an ignored key must be to be named."""

_MOST_COMPARED = 1_000
"""How many ignored keys are compared."""


class Absent(NamedTuple):
    """A field that is absent, and a key like its name that was ignored."""

    field: Field
    similar: str | None

    @property
    def warning(self) -> dict[str, str]:
        """The warning of a JSON answer."""
        cause = f"; the key {quote(self.similar)} was ignored" if self.similar else ""
        detail = f"in no record of the request; {_counts_as(self.field)}{cause}"
        return {"code": "absent_field", "field": self.field.name, "detail": detail}


def absent_fields(schema: Schema, records: Records) -> list[Absent]:
    """The fields whose keys are in no record of a request that was scored, in the schema's order.

    A key whose value is null counts as present.
    """
    keys = _keys(records.records) if records.header is None else {*records.header}
    match = schema.naming.match(keys)
    if len(match.keys) == len(schema.fields):
        return []
    ignored = keys - {*match.keys.values(), ID}
    return [Absent(field, _similar(field.name, ignored)) for field in schema.fields if field.name not in match.keys]


def absent_header(absent: Sequence[Absent]) -> str:
    """The names of absent fields as the header of a CSV answer has them."""
    from urllib.parse import quote as percent_encode  # noqa: PLC0415  # only for a CSV that lacks a field

    names = [percent_encode(each.field.name, safe="") for each in absent]
    more = len(names) - _MOST_NAMED
    return ",".join([*names[:_MOST_NAMED], *([f"+{more}"] if more > 0 else [])])


def _keys(records: Sequence[Any]) -> set[str]:
    keys: set[str] = set()
    for record in records:
        keys.update(record)
    return keys


def _counts_as(field: Field) -> str:
    if field.gap == "zero":
        return "it counts as missing, with all its columns 0"
    return f"it counts as missing, as {field.fill if isinstance(field.fill, str) else format(field.fill, '.6g')}"


def _similar(name: str, ignored: Collection[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415  # for records that lack a field and have other keys

    by_fold = {fold_name(key): key for key in sorted(ignored)[:_MOST_COMPARED] if len(key) <= 2 * len(name) + 8}
    close = get_close_matches(fold_name(name), by_fold, 1, _ALIKE)
    return by_fold[close[0]] if close else None
