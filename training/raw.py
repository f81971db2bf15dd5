"""Raw records from files, as clients would send them, and what statsmodels answered to them."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from phat.preprocessing.clean import clean_number
from phat.preprocessing.errors import RecordError
from phat.preprocessing.plain import NUMBER, check_keys
from phat.preprocessing.schema import Schema
from phat.training.data import Cells, read_csv
from phat.training.errors import DataError
from phat.training.proof import Expected

PHAT = "phat"
_FIGURES = {"linear_predictor": NUMBER, "standard_error": NUMBER}
_BOM = b"\xef\xbb\xbf"
_SHOWN = 20


class Raw(NamedTuple):
    """Raw records (n), all cells of their table as texts by column, and the labels of its rows."""

    records: list[dict[str, object]]
    cells: Mapping[str, Cells]
    labels: Sequence[Hashable]


def read_raw(path: Path, schema: Schema) -> Raw:
    """The raw records of a CSV; its rows are labelled from 0 on."""
    table = read_csv(path)
    return Raw(records_of(table.columns, schema, str(path)), table.columns, range(table.rows))


def records_of(columns: Mapping[str, Sequence[object]], schema: Schema, place: str) -> list[dict[str, object]]:
    """Rows of columns as records of the schema's fields; DataError names all fields that no column means."""
    match = schema.naming.match(columns)
    if match.errors:
        raise DataError(f"{place}: the header: {'; '.join(map(str, match.errors))}")
    if absent := [field.name for field in schema.fields if field.name not in match.keys]:
        raise DataError(
            f"{place}: there is no column for the fields {', '.join(absent)}; the columns are "
            + ", ".join(list(columns)[:_SHOWN])
            + (", ..." if len(columns) > _SHOWN else "")
        )
    names = [field.name for field in schema.fields]
    cells = (columns[match.keys[name]] for name in names)
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def read_expected(path: Path, schema: Schema) -> list[Expected]:
    """Raw records with statsmodels' predictions.

    JSON lines hold `record`, `phat` and perhaps `linear_predictor` and `standard_error`; a CSV holds raw columns and
    `phat`. DataError says what is wrong in which line or row.
    """
    with path.open("rb") as file:
        start = file.read(64).removeprefix(_BOM).lstrip()
    expected = list(_from_lines(path, schema) if start.startswith(b"{") else _from_table(path, schema))
    return check_expected(expected, str(path))


def check_expected(expected: list[Expected], place: str) -> list[Expected]:
    """The same; DataError if there are none, or one is no probability."""
    if not expected:
        raise DataError(f"{place}: there are no records")
    for item in expected:
        if not 0 <= item.phat <= 1:
            raise DataError(f"{item.place}: phat: got {item.phat!r}, expected a number from 0 to 1")
    return expected


def _from_lines(path: Path, schema: Schema) -> Iterator[Expected]:
    for number, line in enumerate(path.read_bytes().removeprefix(_BOM).splitlines(), 1):
        if line.strip():
            place = f"{path}, line {number}"
            try:
                plain = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise DataError(f"{place}: not JSON: {error}") from None
            check_keys(plain, place, {"record": (dict,), PHAT: NUMBER}, _FIGURES, DataError)
            yield Expected(place, **plain | {"record": _fields(plain["record"], schema, place)})


def _fields(record: Mapping[str, object], schema: Schema, place: str) -> dict[str, object]:
    """What a record says of the schema's fields; the rest is none of the model's business."""
    match = schema.naming.match(record)
    if match.errors:
        raise DataError(f"{place}: {'; '.join(map(str, match.errors))}")
    return {name: record[key] for name, key in match.keys.items()}


def _from_table(path: Path, schema: Schema) -> Iterator[Expected]:
    table = read_csv(path)
    cells = table.column(PHAT)
    for row, (record, cell) in enumerate(zip(records_of(table.columns, schema, str(path)), cells, strict=True), 1):
        yield Expected(f"{path}, row {row}", record, answer_of(cell, f"{path}, row {row}"))


def answer_of(cell: object, place: str) -> float:
    """The `phat` of a cell; DataError, with the place, if it is missing or no number."""
    try:
        number = clean_number(cell)
    except RecordError as error:
        raise DataError(f"{place}: {PHAT}: {error}") from None
    if number is None:
        raise DataError(f"{place}: {PHAT} is missing")
    return number
