"""Scoring the records of a request, each with its own `id`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from api.absent import Absent, absent_fields
from api.records import ID, Records
from model.loaded import Model
from model.predict import Prediction
from preprocessing.errors import BeyondFloats, DuplicateField, WrongType, collect, quote
from preprocessing.spelling import fold_name

Id = str | int | None
Ids = Sequence[Id]
_EXACT = 2**53
"""Below it, a 64-bit float is the integer that was written."""

_AS_TEXT = "text, or an integer of at most 64 bits: send it as text"


class Scored(NamedTuple):
    """Predictions and ids of a request's records, in order, and the fields that no record has."""

    predictions: list[Prediction]
    ids: list[Id]
    absent: list[Absent]


def score(model: Model, records: Records) -> Scored:
    """Score raw records; InvalidRecords names everything wrong in all of them."""
    schema = model.artifact.schema
    read_id = None if ID in schema.names else IdReader(schema.names)
    predict_one = model.predictor.predict_one

    def one(record: object) -> tuple[Prediction, Id]:
        try:
            prediction = predict_one(record)
        except ExceptionGroup as group:
            raise _with_id(read_id, record, group) if read_id else group from None
        return prediction, read_id(record) if read_id else None  # type: ignore[arg-type]  # it was scored, so it is an object

    scored = collect(records.records, one, records.lines)
    return Scored([prediction for prediction, _ in scored], [id_ for _, id_ in scored], absent_fields(schema, records))


def _with_id(read_id: "IdReader", record: object, group: ExceptionGroup[Any]) -> ExceptionGroup[Any]:
    """The errors of the record's id and of its values together."""
    try:
        if isinstance(record, dict):
            read_id(record)
    except ExceptionGroup as wrong:
        return ExceptionGroup("bad record", [wrong, group])
    return group


class IdReader:
    """Reads the ids of one request's records: under `id`, else under a key that is spelt alike."""

    def __init__(self, others: frozenset[str]) -> None:
        self._others = set(others)
        self._alike: set[str] = set()

    def __call__(self, record: dict[str, Any]) -> Id:
        """The record's own id, None if it has none.

        ExceptionGroup[RecordError] if it is neither text nor an integer, or there are two.
        """
        if ID in record:
            return _id(record[ID])
        if not self._alike and record.keys() <= self._others:
            return None
        for key in record.keys() - self._others:
            (self._alike if fold_name(key) == ID else self._others).add(key)
        keys = [key for key in record if key in self._alike]
        if len(keys) > 1:
            raise _wrong(DuplicateField(f"{quote(keys[0])} and {quote(keys[1])}", "one key for the id", field=ID))
        return _id(record[keys[0]]) if keys else None


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
