"""Scoring the records of a request, each with its own `id`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from phat.api.records import Records
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.preprocessing.errors import BeyondFloats, WrongType, collect, quote
from phat.preprocessing.names import ID
from phat.preprocessing.schema import Schema

if TYPE_CHECKING:
    from phat.preprocessing.absent import Absent

Id = str | int | None
Ids = Sequence[Id]
_EXACT = 2**53
"""Below it, a 64-bit float is the integer that was written."""

_AS_TEXT = "text, or an integer of at most 64 bits: send it as text"


class Scored(NamedTuple):
    """Predictions and ids of a request's records, in order, and the fields that no record has."""

    predictions: list[Prediction]
    ids: list[Id]
    absent: "Sequence[Absent]"


def score_records(model: Model, records: Records) -> Scored:
    """Score raw records; InvalidRecords names everything wrong in all of them."""
    schema = model.artifact.schema
    own_id, id_key = ID not in schema.names, schema.naming.id_key
    predict_one = model.predictor.predict_one

    def read_id(record: dict[str, Any]) -> Id:
        key = ID if ID in record else id_key(record)
        return None if key is None else _id(record[key])

    def one(record: Any) -> tuple[Prediction, Id]:
        try:
            prediction = predict_one(record)
        except ExceptionGroup as group:
            raise _with_id(read_id, record, group) if own_id else group from None
        return prediction, read_id(record) if own_id else None

    scored = collect(records.records, one, records.lines)
    return Scored([prediction for prediction, _ in scored], [id_ for _, id_ in scored], _absent(schema, records))


def _absent(schema: Schema, records: Records) -> "Sequence[Absent]":
    """The fields that no record has: most requests have one with all of them in front."""
    if not records.records or schema.names <= records.records[0].keys():
        return ()
    from phat.api.absent import absent_fields  # noqa: PLC0415  # a cold start has no time

    return absent_fields(schema, records)


def _with_id(
    read_id: Callable[[dict[str, Any]], Id], record: object, group: ExceptionGroup[Any]
) -> ExceptionGroup[Any]:
    """The errors of the record's id and of its values together."""
    try:
        if isinstance(record, dict):
            read_id(record)
    except ExceptionGroup as wrong:
        return ExceptionGroup("bad record", [wrong, group])
    return group


def _id(value: object) -> Id:
    """An id; a whole number with a decimal point is one: data frames with gaps write integers so."""
    if isinstance(value, float) and value.is_integer():
        if abs(value) < _EXACT:
            return int(value)
        raise _wrong(WrongType(f"the number {value!r}", _AS_TEXT, field=ID))
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, BeyondFloats):
        raise _wrong(WrongType(quote(value), _AS_TEXT, field=ID))
    raise _wrong(WrongType(quote(value), "text or an integer", field=ID))


def _wrong(error: Any) -> ExceptionGroup[Any]:
    return ExceptionGroup("bad record", [error])
