"""Scoring the records of a request, each with its own `id`."""

from collections.abc import Sequence
from typing import Any

from model.loaded import Model
from model.predict import Prediction
from preprocessing.errors import WrongType, collect, quote

ID = "id"
Id = str | int | None
Ids = Sequence[Id]
_EXACT = 2**53
"""Below it, a 64-bit float is the integer that was written."""


def score(model: Model, records: Sequence[object]) -> tuple[list[Prediction], list[Id]]:
    """Predictions and ids of raw records, in order; InvalidRecords names everything wrong in all of them."""
    own_id = ID not in model.artifact.schema.names
    predict_one = model.predictor.predict_one

    def one(record: object) -> tuple[Prediction, Id]:
        try:
            prediction = predict_one(record)
        except ExceptionGroup as group:
            raise _with_id(record, group) if own_id else group from None
        return prediction, read_id(record) if own_id and ID in record else None  # type: ignore[operator]  # it was scored

    scored = collect(records, one)
    return [prediction for prediction, _ in scored], [id_ for _, id_ in scored]


def _with_id(record: object, group: ExceptionGroup[Any]) -> ExceptionGroup[Any]:
    """The errors of the record's id and of its values together."""
    try:
        read_id(record)
    except ExceptionGroup as wrong:
        return ExceptionGroup("bad record", [wrong, group])
    return group


def read_id(record: object) -> Id:
    """The record's own id, None if it has none; ExceptionGroup[WrongType] if it is neither text nor an integer.

    A whole number with a decimal point is one: data frames with gaps write integers so.
    """
    value = record.get(ID) if isinstance(record, dict) else None
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ExceptionGroup("bad record", [WrongType(quote(value), "text or an integer", field=ID)])
