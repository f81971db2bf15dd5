"""The row path over whole files, for the tests to compare the column path with."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from model.loaded import Model
from model.predict import Prediction
from preprocessing.errors import RecordError
from preprocessing.tables import read_table

Record = Mapping[str, object]
Error = tuple[int, str, str, str]


class Answers(NamedTuple):
    """Predictions of the good records, and the errors of the bad: row, field, code, detail."""

    predictions: list[Prediction]
    errors: list[Error]


def score_rows(model: Model, records: Iterable[Record]) -> Answers:
    """Each record by the row path."""
    found = Answers([], [])
    for row, record in enumerate(records, 1):
        try:
            found.predictions.append(model.predictor.predict_one(record))
        except ExceptionGroup as group:
            errors = [error for error in group.exceptions if isinstance(error, RecordError)]
            found.errors.extend((row, error.field or "", error.code, error.detail) for error in errors)
    return found


def read_records(path: Path) -> list[Record]:
    """A CSV's records as an API reads them; MalformedTable if it is none."""
    header, rows = read_table(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_errors(path: Path) -> list[Error]:
    """A list of errors as it was written."""
    with path.open(newline="", encoding="utf-8") as file:
        return [(int(row["row"]), row["field"], row["code"], row["detail"]) for row in csv.DictReader(file)]


def assert_same(answers: pl.DataFrame, errors: Sequence[Error], expected: Answers) -> None:
    """Outcomes and errors are the row path's, `phat` is to 1e-12."""
    assert sorted(errors) == sorted(expected.errors)
    assert [row for row, *_ in errors] == [row for row, *_ in expected.errors]
    assert answers["business_outcome"].to_list() == [each.outcome for each in expected.predictions]
    worst: Any = max((abs(a - b.phat) for a, b in zip(answers["phat"], expected.predictions, strict=True)), default=0)
    assert worst <= 1e-12
