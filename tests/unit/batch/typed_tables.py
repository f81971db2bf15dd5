"""Tables of typed columns, and what SQL may answer to them: what the row path answers to the same values, or less."""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from math import fsum
from typing import Any

import duckdb

from phat.model.answer import Binary, equations
from phat.model.model import Model
from phat.model.predict import Prediction, Predictor
from phat.preprocessing.errors import NoValues, RecordError
from phat.preprocessing.schema import CategoryField, Field, NumberField, Schema
from phat.preprocessing.terms import plain_columns, plain_terms
from tests.unit.batch.rows import tolerance

Row = Mapping[str, Any]


def _rounded(text: str) -> float:
    """A number in 32 bits, as a number in 64 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", float(text)))[0])
    except OverflowError:
        return float("-inf" if text.startswith("-") else "inf")


MEANINGS: Mapping[str, Callable[[str], object]] = {
    "VARCHAR": str,
    "DOUBLE": float,
    "FLOAT": _rounded,
    "INTEGER": int,
    "BIGINT": int,
    "HUGEINT": int,
    "DECIMAL(18,3)": lambda text: float(text) + 0.0,  # which has no negative zero
    "DECIMAL(38,0)": int,
    "BOOLEAN": lambda text: text == "true",
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "BLOB": str.encode,
}
"""What a cell is in a record, by its column's type in DuckDB; all cells are made from their texts."""

_WHOLE = ("0", "1", "2", "5", "-1", "-999")
_FLOATS = (
    *("0.0", "-0.0", "1.0", "2.0", "-1.0", "0.5", "0.1", "-999.0", "1e16", "1e7", "1e-5", "nan", "-nan", "inf", "-inf"),
    *("0.10000000149011612", "1e38", "9007199254740992"),
)
CELLS: Mapping[str, Sequence[str]] = {
    "VARCHAR": (
        *("yes", "YES ", " no", "true", "False", "1", "1.0", "01", "2", "0", "-0", "0.5", "none", "NA", "null", "nan"),
        *("NaN", "a", "A", " a", "other", "Ba", "STRASSE", "Straße", "straße ", "KÖLN", "köln", "ko\u0308ln", "?", "—"),
        *("-999", "1e+16", "it's", "a\\b", 'O"x', "x%", "$(5,032.58)", "$ (5)", "(5)", "5\t", "\u00a05", "fal\u017fe"),
        *("x\n", "", "   ", "\u00a0", "9" * 400, "1e-400", "12345678901234567890", "2020-01-01", "unknown", "Köln?"),
    ),
    "DOUBLE": (*_FLOATS, "1e300", "1.1e300", "-1.7e308", "5e-324", "0.1000000000000001"),
    "FLOAT": _FLOATS,
    "INTEGER": (*_WHOLE, "100000"),
    "BIGINT": (*_WHOLE, "9007199254740993", "9007199254740992", str(-(2**63)), str(2**63 - 1)),
    "HUGEINT": (*_WHOLE, "12345678901234567890", "10000000000000000", str(2**127 - 1), str(1 - 2**127)),
    "DECIMAL(18,3)": ("0", "-0.000", "1.000", "0.500", "2", "0.1", "-999", "100000.000", "123456789012345.678"),
    "DECIMAL(38,0)": (*_WHOLE, "12345678901234567890", "10000000000000000", "1" + "0" * 37),
    "BOOLEAN": ("true", "false"),
    "DATE": ("2020-01-01",),
    "TIMESTAMP": ("2020-01-01 00:00:00",),
    "BLOB": ("1",),
}
"""Texts of cells that are near to what the fields below mean by them, by type."""

FIELDS = (
    NumberField("amount", fill=2.5),
    NumberField("flag", fill=0.0, boolean=True, missing=("?", "-", "—")),
    NumberField("count", gap="error", missing=()),
    CategoryField("member", gap="zero", levels=("yes", "no")),
    CategoryField("bought", gap="fill", fill="False", levels=("False", "True")),
    CategoryField("grade", gap="zero", levels=("1", "2.0", "0", "0.5", "1e+16", "12345678901234567890")),
    CategoryField("code", gap="fill", fill="0.0", levels=("-0.0", "0.0", "01", "inf"), unknown="missing"),
    CategoryField("region", gap="zero", levels=("NA", "none", "other", "it's", "a\\b"), unknown="other"),
    CategoryField("exact", gap="error", levels=("a", "A", " a", "Straße", "STRASSE"), missing=("?", "-999")),
    CategoryField("city", gap="zero", levels=("Köln", "Straße", "x%", 'O"x'), missing=("—", "-999.0", "1e+16")),
)
"""Fields of both kinds, with every policy."""

Scaling = Mapping[str, tuple[float, float]]
SCALING: Scaling = {"amount": (1.0, 3.0)}
"""Centre and scale of the first of them."""


def lenient(field: Field) -> Field:
    """The field as it is if a gap in it is no error."""
    if not field.required:
        return field
    return replace(field, gap="fill", fill=0.0) if isinstance(field, NumberField) else replace(field, gap="zero")


def one_by_one(kind: str) -> list[Row]:
    """Rows for columns of a type that have each of its cells in each of the fields, and nothing in the others."""
    missing = dict.fromkeys(field.name for field in FIELDS)
    return [missing | {field.name: cell} for field in FIELDS for cell in CELLS[kind]]


def model_of(model: Model, fields: Sequence[Field], scaling: Scaling = SCALING, **changes: Any) -> Model:
    """A model of these fields, whose coefficients are 0.1, -0.2, 0.3 and so on."""
    columns = [name for field in fields for name in plain_columns(field)]
    artifact = replace(
        model.artifact,
        schema=Schema(tuple(fields)),
        terms=plain_terms(fields, ("const", *columns), "const", scaling),
        coefficients={"const": -0.05} | {name: (-1) ** i * (i + 1) / 10 for i, name in enumerate(columns)},
        covariance=tuple(tuple(float(i == j) for j in range(len(columns) + 1)) for i in range(len(columns) + 1)),
        baseline=None,
        **changes,
    )
    return Model(artifact, model.sha256, Predictor(artifact))


def record(types: Mapping[str, str], row: Row) -> dict[str, object]:
    """The record that a row of a typed table is; `types` are by field."""
    return {name: None if row[name] is None else MEANINGS[kind](row[name]) for name, kind in types.items()}


def ask(
    connection: duckdb.DuckDBPyConnection, text: str, types: Mapping[str, str], rows: Sequence[Row]
) -> Iterator[tuple[dict[str, object], Row]]:
    """The records that rows of a typed table are, each with DuckDB's answer to it; the query keeps their `place`."""
    texts = ", ".join(f'unnest(CAST(? AS VARCHAR[])) AS "{name}"' for name in types)
    raw = f"SELECT unnest(range({len(rows)})) AS place, {texts}"
    table = f"CREATE OR REPLACE TABLE records AS FROM ({raw}) SELECT place, "
    table += ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in types.items())
    connection.execute(table, [[row[name] for row in rows] for name in types])
    answers = connection.sql(text)
    _, *names = answers.columns
    for row, (_, *answer) in zip(rows, sorted(answers.fetchall(), key=lambda cells: cells[0]), strict=True):
        yield record(types, row), dict(zip(names, answer, strict=True))


def check(model: Model, values: Row, answer: Row) -> bool:
    """AssertionError unless the answer is the row path's, or NULL with a reason; whether figures are given."""
    figures = [answer[name] for name in model.artifact.answer.figures]
    reason, outcome = answer["reason"], answer.get("business_outcome")
    shown = f"{values}: {answer}"
    try:
        expected = model.predictor.predict_one(values)
    except ExceptionGroup as group:
        errors = [error for error in group.exceptions if isinstance(error, RecordError)]
        codes = [_reason(error) for error in errors]
        assert [*figures, outcome] == [None] * (len(figures) + 1), f"{shown}, expected {codes}"
        assert reason in codes or _beyond(model, values, reason), f"{shown}, expected {codes}"
        return False
    if None in figures:
        assert [*figures, outcome] == [None] * (len(figures) + 1), shown
        assert _uncertain(model, expected, values, reason), shown
        return False
    wanted = expected.probabilities or (expected.answer,)
    off = [abs(got - one) for got, one in zip(figures, wanted, strict=True)]
    possible = max(1e-300, 1e-11 * max(map(abs, wanted)), tolerance(model, expected))
    assert max(off) <= possible, f"{shown}, expected {wanted}"
    said = (reason, outcome)
    assert said == (None, expected.outcome or None) or (said == _INEXACT and _is_near(model, expected)), shown
    return True


_INEXACT = ("business_outcome: inexact", None)


def _reason(error: RecordError) -> str:
    """What SQL says of an error; of one that no field has, that it is the linear predictor's."""
    place = error.field or (None if error.code == NoValues.code else "linear_predictor")
    return f"{place}: {error.code}" if place else error.code


def _is_near(model: Model, prediction: Prediction) -> bool:
    """Whether the last bits may decide."""
    if isinstance(model.artifact.answer, Binary):
        return abs(prediction.answer - model.artifact.cutoff) < 1e-10
    *_, second, first = sorted(prediction.probabilities)
    return first - second <= 1e-10 + 2 * tolerance(model, prediction)


def _beyond(model: Model, values: Row, reason: str) -> bool:
    """Whether SQL may have this reason for a record that the row path refuses for another one."""
    name, _, code = reason.rpartition(": ")
    if code in ("out_of_domain", "unknown_level", "missing_value", "out_of_range") and not _is_plain(model):
        return True
    if code == "missing_value":  # and what SQL does not know of another field is missing too
        return any(map(_unclear, values.values()))
    return (
        (code == "not_plain_text" and _unclear(values[name]))
        or (code == "out_of_range" and values[name] is not None)
        or reason == "linear_predictor: inexact"
    )


def _uncertain(model: Model, expected: Prediction, values: Row, reason: str) -> bool:
    """Whether SQL may have this reason not to give the row path's answer."""
    if not _is_plain(model) and reason.endswith(("out_of_domain", "inexact")):
        return _is_extreme(model, expected)
    if reason == "linear_predictor: inexact":
        terms = zip(expected.columns, expected.values, strict=True)
        return fsum(abs(model.artifact.coefficients[name] * value) for name, value in terms) > 99
    name, _, code = reason.rpartition(": ")
    if code == "out_of_range":
        cleaned = expected.cleaned[name]
        return isinstance(cleaned, float) and abs(cleaned) > 1e300
    return code == "not_plain_text" and _unclear(values[name])


def _unclear(value: object) -> bool:
    """Whether a value is text of which SQL need not know what the cleaning makes of it."""
    return isinstance(value, str) and not (value.isascii() and value.isprintable())


def _is_plain(model: Model) -> bool:
    """Whether the model has but plain columns, whose numbers SQL can judge as the row path does."""
    *_, others = model.artifact.terms.divide(model.artifact.schema)
    return not others and model.artifact.terms.offset is None and isinstance(model.artifact.answer, Binary)


def _is_extreme(model: Model, expected: Prediction) -> bool:
    """Whether a record is such that SQL may be in doubt: large numbers or terms, or a mean at an end of its link."""
    numbers = [abs(value) for value in expected.cleaned.values() if isinstance(value, float)]
    equations_of = equations(model.artifact.answer, model.artifact.coefficients)
    sizes = [
        fsum(abs(by_column[name] * value) for name, value in zip(expected.columns, expected.values, strict=True))
        for by_column in equations_of
    ]
    eta = abs(expected.linear_predictor)
    near_an_end = isinstance(model.artifact.answer, Binary) and min(expected.answer, 1 - expected.answer) < 1e-10
    return max([*sizes, abs(expected.offset)]) > 99 or max(numbers, default=0) > 1e100 or eta < 1e-10 or near_an_end
