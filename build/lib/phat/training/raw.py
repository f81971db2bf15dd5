"""Raw records from files, as clients would send them, and what statsmodels answered to them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from phat.preprocessing.clean import clean_number
from phat.preprocessing.errors import RecordError
from phat.preprocessing.plain import NUMBER, check_keys
from phat.preprocessing.schema import Schema
from phat.training.data import Table, read_csv
from phat.training.errors import DataError
from phat.training.proof import Expected

PHAT = "phat"
_FIGURES = {"linear_predictor": NUMBER, "standard_error": NUMBER}
_BOM = b"\xef\xbb\xbf"
_SHOWN = 20


def records_of(table: Table, schema: Schema, path: Path) -> list[dict[str, object]]:
    """A table's rows as records of the schema's fields; DataError names all fields that no column of it means."""
    match = schema.naming.match(table.columns)
    if match.errors:
        raise DataError(f"{path}: the header: {'; '.join(map(str, match.errors))}")
    if absent := [field.name for field in schema.fields if field.name not in match.keys]:
        raise DataError(
            f"{path}: there is no column for the fields {', '.join(absent)}; the columns are "
            + ", ".join(list(table.columns)[:_SHOWN])
            + (", ..." if len(table.columns) > _SHOWN else "")
        )
    names = [field.name for field in schema.fields]
    cells = (table.columns[match.keys[name]] for name in names)
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def read_expected(path: Path, schema: Schema) -> list[Expected]:
    """Raw records with statsmodels' predictions.

    JSON lines hold `record`, `phat` and perhaps `linear_predictor` and `standard_error`; a CSV holds raw columns and
    `phat`. DataError says what is wrong in which line or row.
    """
    with path.open("rb") as file:
        start = file.read(64).removeprefix(_BOM).lstrip()
    expected = list(_from_lines(path, schema) if start.startswith(b"{") else _from_table(path, schema))
    if not expected:
        raise DataError(f"{path}: there are no records")
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
    for row, (record, cell) in enumerate(zip(records_of(table, schema, path), cells, strict=True), 1):
        yield Expected(f"{path}, row {row}", record, _number(cell, f"{path}, row {row}"))


def _number(cell: str, place: str) -> float:
    try:
        number = clean_number(cell)
    except RecordError as error:
        raise DataError(f"{place}: {PHAT}: {error}") from None
    if number is None:
        raise DataError(f"{place}: {PHAT} is missing")
    return number
