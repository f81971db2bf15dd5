"""The row path over whole files, for the tests to compare with: a CSV is read as the API reads one."""

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from math import inf, isfinite, ulp
from pathlib import Path
from typing import NamedTuple

import polars as pl

from phat.api.csv_body import read_csv
from phat.api.errors import RequestError
from phat.api.records import Records
from phat.model.answer import Classes, Mean, equations
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.preprocessing.errors import InvalidRecords, RecordError
from phat.preprocessing.schema import Schema
from phat.preprocessing.tables import read_table

Record = Mapping[str, object]
Error = tuple[int, str, str, str]
_ADVICE = re.compile("; (curl needs|it looks like JSON)")
"""What a refusal of the API ends with that would not help with a file."""


class Answers(NamedTuple):
    """Predictions of the good records, and the errors of the bad: row, field, code, detail."""

    predictions: list[Prediction]
    errors: list[Error]


def score_rows(model: Model, records: Iterable[object]) -> Answers:
    """Each record by the row path."""
    found = Answers([], [])
    for row, record in enumerate(records, 1):
        try:
            found.predictions.append(model.predictor.predict_one(record))
        except ExceptionGroup as group:
            errors = [error for error in group.exceptions if isinstance(error, RecordError)]
            found.errors.extend((row, error.field or "", error.code, error.detail) for error in errors)
    return found


def read_records(path: Path, schema: Schema) -> Records:
    """A CSV's records as the API reads them, of the fields and the id; RequestError or InputError if it refuses."""
    return read_csv(path.read_bytes(), schema)


class Cells(NamedTuple):
    """A CSV's cells as they are: header, rows, and how many blank rows there are among them."""

    header: list[str]
    rows: list[list[str]]
    skipped: int

    def column(self, name: str) -> list[str]:
        """The cells below a name."""
        place = self.header.index(name)
        return [row[place] for row in self.rows]


def read_header(path: Path) -> list[str]:
    """A CSV's names; a ValueError if it is none."""
    return read_table(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))[0]


def read_cells(path: Path) -> Cells:
    """A CSV's cells; MalformedTable if it is none."""
    header, rows = read_table(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    above = rows.skipped
    return Cells(header, list(rows), rows.skipped - above)


def refusals(model: Model, source: Path) -> list[str]:
    """What a refusal of a file may say: what the API says, or that a field without gaps has no column; else nothing."""
    schema = model.artifact.schema
    reasons: list[str] = []
    try:
        read_records(source, schema)
    except InvalidRecords as error:
        reasons.append(error.errors[0].got)
    except RequestError as error:
        said = _ADVICE.split(str(error))[0]
        reasons.append("not UTF-8" if "not UTF-8" in said else said.rpartition(" twice: ")[2])
    with contextlib.suppress(ValueError):
        present = schema.naming.match(read_header(source)).keys
        required = [field.name for field in schema.fields if field.required and field.name not in present]
        reasons += [f"no column {name}" for name in required[:1]]
    return reasons


def read_errors(path: Path) -> list[Error]:
    """A list of errors as it was written, without lines."""
    return [(int(row["row"]), row["field"], row["code"], row["detail"]) for row in _listed(path)]


def read_lines(path: Path) -> list[tuple[int, int | None]]:
    """Row and line of each error in a list as it was written."""
    return [(int(row["row"]), int(row["line"]) if row["line"] else None) for row in _listed(path)]


def _listed(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def assert_same(model: Model, answers: pl.DataFrame, errors: Sequence[Error], expected: Answers) -> None:
    """Outcomes and errors are the row path's, figures are to the tolerance of whole files."""
    assert sorted(errors) == sorted(expected.errors)
    assert [row for row, *_ in errors] == [row for row, *_ in expected.errors]
    assert answers.height == len(expected.predictions)
    if not isinstance(model.artifact.answer, Mean):
        assert answers["business_outcome"].to_list() == [each.outcome for each in expected.predictions]
    figures = answers.select(model.artifact.answer.figures).rows()
    for got, prediction in zip(figures, expected.predictions, strict=True):
        wanted = prediction.probabilities or (prediction.answer,)
        off = max(abs(a - b) for a, b in zip(got, wanted, strict=True))
        assert off <= 1e-12 or off <= tolerance(model, prediction), (got, wanted)


def tolerance(model: Model, prediction: Prediction) -> float:
    """How far an answer may be off: 1e-12 of max(1, sum of the terms' sizes) by the link's slope, and 4 ulp."""
    artifact = model.artifact
    if isinstance(artifact.answer, Classes):
        return max(_off(prediction, by_column) for by_column in equations(artifact.answer, artifact.coefficients))
    off, eta = _off(prediction, artifact.coefficients), prediction.linear_predictor
    inverse = model.predictor.inverse_link
    ends = [inverse(eta - off), inverse(eta + off)]
    if not all(map(isfinite, ends)) or _is_pole(artifact.link, eta, off):
        return inf
    return max(abs(end - prediction.answer) for end in ends) + 4 * ulp(prediction.answer)


def _off(prediction: Prediction, coefficients: Mapping[str, float]) -> float:
    terms = [coefficients[name] * value for name, value in zip(prediction.columns, prediction.values, strict=True)]
    return 1e-12 * max(1.0, sum(map(abs, terms)) + abs(prediction.offset))


def _is_pole(link: str, eta: float, off: float) -> bool:
    """Whether the linear predictor cannot be told from one at which the link has no mean."""
    return link not in ("identity", "log") and abs(eta) <= off
