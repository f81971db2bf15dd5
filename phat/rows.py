"""Rows of a notebook, a pandas DataFrame or a list of records, to the serving path and back in the same form."""

import sys
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from phat.errors import AbsentField, InvalidRows
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.preprocessing.absent import absent_from
from phat.preprocessing.cells import frame_columns, plain_record
from phat.preprocessing.errors import InvalidRecords

if TYPE_CHECKING:
    import pandas as pd

    Rows: TypeAlias = pd.DataFrame | Sequence[Mapping[Any, object]]

OnError = Literal["raise", "nan"]


class Given(NamedTuple):
    """Rows as records (n) with their labels (n); `frame` is the DataFrame that they came from, if it was one."""

    records: list[dict[str, Any]]
    labels: Sequence[Any]
    keys: Sequence[str]
    frame: "pd.DataFrame | None"


def read_rows(rows: "Rows") -> Given:
    """Read rows; TypeError if they are neither a DataFrame nor a list of records, ValueError if columns are double."""
    if _is_frame(rows):
        return _read_frame(rows)
    if isinstance(rows, Mapping):
        raise TypeError("got one record, expected a pandas DataFrame or a list of records: put it in a list, [record]")
    if not isinstance(rows, list | tuple) or not all(isinstance(record, Mapping) for record in rows):
        raise TypeError(f"got a value of type {type(rows).__name__}, expected a pandas DataFrame or a list of records")
    records = list(map(plain_record, rows))
    return Given(records, range(len(records)), list(dict.fromkeys(key for record in records for key in record)), None)


def _is_frame(rows: object) -> bool:
    pandas = sys.modules.get("pandas")  # who has a DataFrame has imported it
    return pandas is not None and isinstance(rows, pandas.DataFrame)


def _read_frame(frame: Any) -> Given:
    columns = frame_columns(frame)
    rows = zip(*columns.values(), strict=True) if columns else ((),) * len(frame)
    return Given([dict(zip(columns, row, strict=True)) for row in rows], frame.index.tolist(), list(columns), frame)


def score_rows(model: Model, records: Given, on_error: OnError) -> list[Prediction | None]:
    """Predictions (n) of rows; of one that is refused None, or InvalidRows names all of them, as `on_error` says.

    A field that no row has is warned of.
    """
    if on_error not in ("raise", "nan"):
        raise ValueError(f'on_error: got {on_error!r}, expected "raise" or "nan"')
    if on_error == "nan":
        predictions = [_or_none(model, record) for record in records.records]
    else:
        try:
            predictions = list(model.predictor.predict(records.records))
        except InvalidRecords as refused:
            raise InvalidRows(refused, records.labels) from None
    if records.records:
        _warn_of_absent(model, records.keys)
    return predictions


def _or_none(model: Model, record: object) -> Prediction | None:
    try:
        return model.predictor.predict_one(record)
    except ExceptionGroup:
        return None


def _warn_of_absent(model: Model, keys: Sequence[str]) -> None:
    schema = model.artifact.schema
    for absent in absent_from(keys, schema.naming.match(keys), schema):
        if not absent.field.required:  # or each row is refused, which says so
            text = f"{absent.field.name}: in no row; {absent.effect('column')}"
            warnings.warn(text, AbsentField, stacklevel=4)


def as_frame(
    records: Given, columns: Sequence[str], cells: Sequence[Sequence[Any] | None], texts: Collection[str] = ()
) -> "pd.DataFrame":
    """A DataFrame with the index of the rows (n), of 64-bit floats but for `texts`.

    A row of cells that is None, or a cell, is missing.
    """
    import numpy as np
    import pandas as pd

    gap = [None] * len(columns)
    table = zip(*(gap if row is None else row for row in cells), strict=True) if cells else ((),) * len(columns)
    types = {name: object if name in texts else np.float64 for name in columns}
    named = {name: np.array(column, dtype=types[name]) for name, column in zip(columns, table, strict=True)}
    assert records.frame is not None  # noqa: S101  # for the types
    return pd.DataFrame(named, index=records.frame.index)
