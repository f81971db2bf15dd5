"""Raw records from files, as clients would send them, and what statsmodels answered to them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from phat.model.answer import Answer, Mean
from phat.preprocessing.clean import clean_number
from phat.preprocessing.errors import RecordError
from phat.preprocessing.plain import NUMBER, check_keys
from phat.preprocessing.schema import Schema
from phat.training.alignment import Alignment
from phat.training.data import Cells, Table, read_table
from phat.training.errors import DataError
from phat.training.proof import Expected

_FIGURES = {"linear_predictor": NUMBER, "standard_error": NUMBER}
_BOM = b"\xef\xbb\xbf"
_SHOWN = 20


class Raw(NamedTuple):
    """Raw records (n), all cells of their table as texts by column, and the labels of its rows.

    `alignment` says which record each row of the fit was made of, if that is known.
    """

    records: list[dict[str, object]]
    cells: Mapping[str, Cells]
    labels: Sequence[Hashable]
    alignment: Alignment | None = None


def raw_of_table(table: Table, place: str, schema: Schema) -> Raw:
    """The raw records of a table, which stands in this place; its rows are labelled from 0 on."""
    return Raw(records_of(table.columns, schema, place), table.columns, range(table.rows))


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


def read_expected(path: Path, schema: Schema, answer: Answer) -> list[Expected]:
    """Raw records with statsmodels' predictions.

    JSON lines hold `record`, the figures of the answer (`phat`, `prediction`, or a `probability_CLASS` for each class)
    and perhaps `linear_predictor` and `standard_error`; a CSV holds raw columns and the figures. DataError says what is
    wrong in which line or row.
    """
    with path.open("rb") as file:
        start = file.read(64).removeprefix(_BOM).lstrip()
    read = _from_lines if start.startswith(b"{") else _from_table
    return check_expected([*read(path, schema, answer)], str(path), answer)


def check_expected(expected: list[Expected], place: str, answer: Answer) -> list[Expected]:
    """The same; DataError if there are none, or one is no probability where it should be."""
    if not expected:
        raise DataError(f"{place}: there are no records")
    if isinstance(answer, Mean):
        return expected
    for item in expected:
        for name, figure in zip(answer.figures, item.answers, strict=True):
            if not 0 <= figure <= 1:
                raise DataError(f"{item.place}: {name}: got {figure!r}, expected a number from 0 to 1")
    return expected


def _from_lines(path: Path, schema: Schema, answer: Answer) -> Iterator[Expected]:
    for number, line in enumerate(path.read_bytes().removeprefix(_BOM).splitlines(), 1):
        if line.strip():
            place = f"{path}, line {number}"
            try:
                plain = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise DataError(f"{place}: not JSON: {error}") from None
            keys = {"record": (dict,), **dict.fromkeys(answer.figures, NUMBER)}
            check_keys(plain, place, keys, _FIGURES, DataError)
            figures = tuple(plain[name] for name in answer.figures)
            more = (plain.get(name) for name in _FIGURES)
            yield Expected(place, _fields(plain["record"], schema, place), figures, *more)


def _fields(record: Mapping[str, object], schema: Schema, place: str) -> dict[str, object]:
    """What a record says of the schema's fields; the rest is none of the model's business."""
    match = schema.naming.match(record)
    if match.errors:
        raise DataError(f"{place}: {'; '.join(map(str, match.errors))}")
    return {name: record[key] for name, key in match.keys.items()}


def _from_table(path: Path, schema: Schema, answer: Answer) -> Iterator[Expected]:
    table = read_table(path)
    for name in answer.figures:
        table.column(name)  # DataError if there is none
    places = (f"{path}, row {row}" for row in range(1, table.rows + 1))
    return expected_rows(records_of(table.columns, schema, str(path)), table.columns, places, answer)


def expected_rows(
    records: Sequence[Mapping[str, object]],
    columns: Mapping[str, Sequence[object]],
    places: Iterable[str],
    answer: Answer,
) -> Iterator[Expected]:
    """Records with the figures that stand in columns of the same table; DataError names a place and what is wrong."""
    cells = zip(*(columns[name] for name in answer.figures), strict=True)
    for place, record, figures in zip(places, records, cells, strict=True):
        read = (_figure(name, cell, place) for name, cell in zip(answer.figures, figures, strict=True))
        yield Expected(place, record, tuple(read))


def _figure(name: str, cell: object, place: str) -> float:
    """The number of a cell; DataError, with the place, if it is missing or none."""
    try:
        number = clean_number(cell)
    except RecordError as error:
        raise DataError(f"{place}: {name}: {error}") from None
    if number is None:
        raise DataError(f"{place}: {name} is missing")
    return number
