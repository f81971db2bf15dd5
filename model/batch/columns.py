"""Whole columns cleaned: what the engine reads plainly is taken from it, all else goes through the one cleaner.

Each distinct value that is no plain number and no level as the schema spells it is cleaned once by
`preprocessing.clean` and put back in its rows. Text whose shape the cleaner's own expressions describe
(`"$6,882.34 "`) is still the engine's: it is the number that is left without its decoration.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from model.batch.errors import FileRefused
from preprocessing.clean import NUMBER_SHAPE, clean_value
from preprocessing.errors import RecordError
from preprocessing.schema import Field

ERRORS = pl.Schema({"row": pl.Int64(), "field": pl.String(), "code": pl.String(), "detail": pl.String()})
"""Columns of a table of errors; rows count from 0 within the column that was cleaned."""

_AROUND = " $%()"
"""What most decorated numbers have around them, besides commas within."""
_DECORATION = ["$", ",", "%", "(", ")"]
_READ = " read "
"""What the name of a column begins with that holds what was read of another; no field's name begins with a blank."""


class Column(NamedTuple):
    """A cleaned column: numbers (Float64) or levels (Enum), null where missing or wrong, and what is wrong."""

    values: pl.Series
    errors: pl.DataFrame | None = None


def clean_columns(table: pl.DataFrame, fields: Sequence[Field]) -> dict[str, Column]:
    """The fields' columns of a table cleaned as each field says; a field without a column is missing in each row.

    FileRefused for a column of lists or structs.
    """
    named = {field.name: field for field in fields if field.name in table.columns}
    both = table.select(_reading(tuple((field, table.schema[name]) for name, field in named.items())))
    both = _undecorated(both, named.values())
    found = {name: _complete(both[name], both[_READ + name].alias(name), field) for name, field in named.items()}
    return {field.name: found.get(field.name) or _absent(field, table.height) for field in fields}


@lru_cache(maxsize=16)
def _reading(columns: tuple[tuple[Field, pl.DataType], ...]) -> list[pl.Expr]:
    """The raw columns, and beside each what the engine reads plainly of it."""
    raws = {field.name: _known_type(field.name, dtype) for field, dtype in columns}
    read = (_read(field, raws[field.name], dtype).alias(_READ + field.name) for field, dtype in columns)
    return [*raws.values(), *read]


def _known_type(name: str, dtype: pl.DataType) -> pl.Expr:
    """Text for what stands for text: codes of texts, and decimals, whose digits are exact that way; NaN is a gap."""
    if dtype.is_nested():
        raise FileRefused(f"column {name} holds {dtype}, expected numbers or text")
    if _stands_for_text(dtype):
        return pl.col(name).cast(pl.String)
    return pl.col(name).fill_nan(None) if dtype.is_float() else pl.col(name)


def _stands_for_text(dtype: pl.DataType) -> bool:
    return dtype.is_decimal() or dtype in (pl.Categorical, pl.Enum, pl.Null)


def _read(field: Field, raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """What the engine reads plainly, null for all else."""
    text = dtype == pl.String or _stands_for_text(dtype)
    if field.kind == "number" and (text or dtype.is_integer()):
        return raw.cast(pl.Float64, strict=False)
    if field.kind == "number" and dtype.is_float():
        return _finite(field.name).cast(pl.Float64)
    if field.kind == "category" and text:
        return raw.cast(pl.Enum(field.levels), strict=False)
    return pl.when(raw.is_null()).then(pl.lit(None, _type(field)))


def _type(field: Field) -> pl.DataType:
    return pl.Float64() if field.kind == "number" else pl.Enum(field.levels)


def _finite(name: str) -> pl.Expr:
    """A column without what is no number; of a name, as the engine would work out an expression for each mention."""
    return pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name)


def _undecorated(both: pl.DataFrame, fields: Iterable[Field]) -> pl.DataFrame:
    """Numbers spelt as text: those with their decoration around them, which is quickly taken off, read besides."""
    names = [field.name for field in fields if field.kind == "number" and both[field.name].dtype == pl.String]
    more = [name for name in names if both[_READ + name].null_count() > both[name].null_count()]
    if not names:
        return both
    read = both.lazy().with_columns(_decorated(pl.col(name), pl.col(_READ + name), _nearly_bare) for name in more)
    return read.with_columns(_finite(_READ + name) for name in names).collect(engine="in-memory")


def _decorated(raw: pl.Expr, read: pl.Expr, bare: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """What was read already, else the digits, negative in parentheses."""
    digits = bare(pl.when(read.is_null() & raw.str.contains(NUMBER_SHAPE)).then(raw)).cast(pl.Float64, strict=False)
    sign = pl.when(raw.str.contains("(", literal=True)).then(-1.0).otherwise(1.0)
    return pl.coalesce(read, digits * sign)


def _nearly_bare(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars(_AROUND).str.replace_all(",", "", literal=True)


def _bare(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(_DECORATION, [""] * len(_DECORATION)).str.replace_all(r"\s+", "")


def _complete(raw: pl.Series, read: pl.Series, field: Field) -> Column:
    """A column whose values that were not read are cleaned by the one cleaner."""
    errors = [_gaps(raw.is_null().arg_true(), field)] if field.required else []
    if read.null_count() == raw.null_count():
        return Column(read, *errors)
    if field.kind == "number" and raw.dtype == pl.String:  # signs and spaces within the decoration: -$5
        rows = (read.is_null() & raw.is_not_null()).arg_true()
        rest = pl.DataFrame([raw.gather(rows).alias("raw"), read.gather(rows).alias("read")])
        rest = rest.select(_decorated(pl.col("raw"), pl.col("read"), _bare).alias("read")).select(_finite("read"))
        read = read.scatter(rows, rest["read"])
    rows = (read.is_null() & raw.is_not_null()).arg_true()
    found = _clean_distinct(raw.gather(rows), rows, field)
    return Column(read.scatter(rows, found.values), joined([found.errors, *errors]))


def _absent(field: Field, rows: int) -> Column:
    values = pl.Series(field.name, [None], _type(field)).new_from_index(0, rows)
    return Column(values, _gaps(pl.int_range(rows, eager=True), field) if field.required else None)


def _clean_distinct(raw: pl.Series, rows: pl.Series, field: Field) -> Column:
    """Values of a column, which stand in these rows, each distinct one cleaned by the one cleaner."""
    key = raw.cast(pl.String) if raw.dtype.is_float() else raw  # 0.0 and -0.0 are equal, but not spelt alike
    table = pl.DataFrame([key.alias("key"), raw.alias("value")]).with_row_index("place")
    places = table.group_by("key", maintain_order=True).agg(pl.first("value"), "place")
    outcomes = [_clean(value, field) for value in places["value"]]
    table = places.select(
        pl.Series("value", [value for value, _ in outcomes], _type(field)),
        pl.Series("code", [error.code if error else None for _, error in outcomes], pl.String),
        pl.Series("detail", [error.detail if error else None for _, error in outcomes], pl.String),
        "place",
    )
    back = table.explode("place").sort("place")
    wrong = back.with_columns(rows.cast(pl.Int64).alias("row")).filter(pl.col("code").is_not_null())
    return Column(back["value"], wrong.select("row", pl.lit(field.name).alias("field"), "code", "detail"))


def _clean(value: object, field: Field) -> tuple[float | str | None, RecordError | None]:
    try:
        return clean_value(value, field), None
    except RecordError as error:
        return None, error


def _gaps(rows: pl.Series, field: Field) -> pl.DataFrame:
    """What is wrong with gaps in these rows of a required field."""
    error = _clean(None, field)[1]
    return ERRORS.to_frame() if error is None else error_table(rows, error)


def error_table(rows: pl.Series, error: RecordError) -> pl.DataFrame:
    """The same error in many rows."""
    texts: Mapping[str, str] = {"field": error.field or "", "code": error.code, "detail": error.detail}
    counted = rows.cast(pl.Int64).alias("row").to_frame()
    return counted.with_columns(pl.lit(text, pl.String).alias(name) for name, text in texts.items())


def joined(tables: Iterable[pl.DataFrame | None]) -> pl.DataFrame:
    """Tables of errors as one."""
    some = [table for table in tables if table is not None and table.height]
    return pl.concat(some) if some else ERRORS.to_frame()
