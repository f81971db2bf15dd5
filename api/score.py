"""Scoring the records of a request, each with its own `id`."""

from collections.abc import Sequence

from model.loaded import Model
from model.predict import Prediction
from preprocessing.errors import RecordError, WrongType, collect, quote

ID = "id"
Id = str | int | None
Ids = Sequence[Id]


def score(model: Model, records: Sequence[object]) -> tuple[list[Prediction], list[Id]]:
    """Predictions and ids of raw records, in order; InvalidRecords names everything wrong in all of them."""
    own_id = all(field.name != ID for field in model.artifact.schema.fields)

    def one(record: object) -> tuple[Prediction, Id]:
        errors: list[ExceptionGroup[RecordError]] = []
        id_: Id = None
        try:
            id_ = read_id(record) if own_id else None
        except ExceptionGroup as group:
            errors.append(group)
        try:
            prediction = model.predictor.predict_one(record)
        except ExceptionGroup as group:
            raise ExceptionGroup("bad record", [*errors, group]) from None
        if errors:
            raise errors[0]
        return prediction, id_

    scored = collect(records, one)
    return [prediction for prediction, _ in scored], [id_ for _, id_ in scored]


def read_id(record: object) -> Id:
    """The record's own id, None if it has none; ExceptionGroup[WrongType] if it is neither text nor an integer."""
    value = record.get(ID) if isinstance(record, dict) else None
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ExceptionGroup("bad record", [WrongType(quote(value), "text or an integer", field=ID)])
