"""What the fuzzer asks DuckDB: cells of a column of any type, in a table of one of the fields that tests know."""

import struct
from decimal import Decimal
from functools import cache

import duckdb

from phat.batch.sql import sql_query
from phat.model.model import Model
from phat.preprocessing.schema import Field, NumberField, levels_of
from tests.gateway import ROOT
from tests.unit.batch.typed_tables import CELLS, FIELDS, ask, check, model_of

_SOME = NumberField("some", fill=0.0)
"""A field that always has a value, so that a gap in the other one is answered."""
_KINDS = tuple(CELLS)
_MOST = 60
"""How many rows a table has: a query takes long, and a row more does not."""
_PIECES = (*" \t\u00a0\u0301x.015-$()%,eA—", ".0", "  ")


@cache
def _model(field: Field) -> tuple[Model, str]:
    """A model of the field, and its query."""
    reference = Model.from_bytes((ROOT / "model" / "reference" / "segmentation.json").read_bytes())
    model = model_of(reference, [field, _SOME])
    return model, sql_query(model.artifact, "duckdb", keep=["place"])


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("PRAGMA threads = 1")
    return connection


def queries(data: bytes) -> None:
    """SQL answers a typed column as the row path answers the same values, or gives a reason.

    The first byte is the field, the second the type; cells end with the byte 255.
    """
    first, second = data[:2].ljust(2, b"\0")
    field, kind = FIELDS[first % len(FIELDS)], _KINDS[second % len(_KINDS)]
    cells = [_cell(part, field, kind) for part in data[2:].split(b"\xff")][:_MOST]
    rows = [{field.name: cell, _SOME.name: "1"} for cell in cells]
    model, text = _model(field)
    for values, answer in ask(_connection(), text, {field.name: kind, _SOME.name: "INTEGER"}, rows):
        check(model, values, answer)


def _cell(part: bytes, field: Field, kind: str) -> str | None:
    """The text of a cell: NULL, one of the known ones, or any that its type can hold."""
    if not part:
        return None
    first, rest = part[0], part[1:]
    if first % 2 or not rest or kind in ("BOOLEAN", "DATE", "TIMESTAMP", "BLOB"):
        known = CELLS[kind][first // 2 % len(CELLS[kind])]
        return known if kind != "VARCHAR" else known + _spelt(rest)
    if kind == "VARCHAR":
        own = (*levels_of(field), *field.missing, "")
        return own[first // 2 % len(own)] + _spelt(rest)
    if kind in ("DOUBLE", "FLOAT"):
        size, form = (8, "<d") if kind == "DOUBLE" else (4, "<f")
        return repr(struct.unpack(form, rest[:size].ljust(size, b"\0"))[0])
    whole = int.from_bytes(rest[: _BYTES[kind]], "little", signed=True)
    return str(Decimal(whole).scaleb(-3)) if kind == "DECIMAL(18,3)" else str(whole)


_BYTES = {"INTEGER": 4, "BIGINT": 8, "HUGEINT": 15, "DECIMAL(18,3)": 7, "DECIMAL(38,0)": 15}
"""How many bytes any number of which a type can hold."""


def _spelt(rest: bytes) -> str:
    """Pieces of texts, one for each byte, or the bytes' own text."""
    if rest[:1] >= b"\x80":
        return rest[1:].decode(errors="replace")
    return "".join(_PIECES[byte % len(_PIECES)] for byte in rest)
