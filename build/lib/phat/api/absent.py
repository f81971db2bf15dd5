"""Fields that no record of a request has, as an answer reports them."""

from collections.abc import Sequence
from typing import Any

from phat.api.records import Records
from phat.preprocessing.absent import Absent, absent_from
from phat.preprocessing.schema import Schema

HEADER = "X-Absent-Fields"
_MOST_NAMED = 20


def absent_fields(schema: Schema, records: Records) -> list[Absent]:
    """The fields whose keys are in no record of a request that was scored, in the schema's order.

    A key whose value is null counts as present.
    """
    keys = _keys(records.records) if records.header is None else records.header
    return absent_from(keys, schema.naming.match(keys), schema)


def absent_warning(absent: Absent) -> dict[str, str]:
    """The warning of a JSON answer."""
    detail = f"in no record of the request; {absent.effect('key')}"
    return {"code": "absent_field", "field": absent.field.name, "detail": detail}


def absent_header(absent: Sequence[Absent]) -> str:
    """The names of absent fields as the header of a CSV answer has them."""
    from urllib.parse import quote as percent_encode  # noqa: PLC0415  # only for a CSV that lacks a field

    names = [percent_encode(each.field.name, safe="") for each in absent]
    more = len(names) - _MOST_NAMED
    return ",".join([*names[:_MOST_NAMED], *([f"+{more}"] if more > 0 else [])])


def _keys(records: Sequence[Any]) -> dict[str, Any]:
    """The keys of all records, in order."""
    keys: dict[str, Any] = {}
    for record in records:
        keys.update(record)
    return keys
