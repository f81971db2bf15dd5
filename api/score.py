"""Scoring the records of a request, each with its own `id`."""

from collections.abc import Callable, Sequence
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
            return predict_one(record), read_id(record) if own_id else None
        except ExceptionGroup:
            raise _everything_wrong(record, predict_one, own_id) from None

    scored = collect(records, one)
    return [prediction for prediction, _ in scored], [id_ for _, id_ in scored]


def _everything_wrong(record: object, predict_one: Callable[[object], Prediction], own_id: bool) -> ExceptionGroup[Any]:
    """The errors of the record's id and of its values together."""
    found: list[ExceptionGroup[Any]] = []
    for check in (read_id, predict_one) if own_id else (predict_one,):
        try:
            check(record)
        except ExceptionGroup as group:
            found.append(group)
    return ExceptionGroup("bad record", found)


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
