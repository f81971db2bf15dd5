"""Whole columns cleaned: what the engine reads plainly is taken from it, all else goes through the one cleaner.

Each distinct value that is no plain number and no level as the schema spells it is cleaned once by
`preprocessing.clean` and put back in its rows. Text whose shape the cleaner's own expressions describe
(`"$6,882.34 "`) is still the engine's: it is the number that is left without its decoration.
"""

from collections.abc import Iterable, Mapping, Sequence
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
_MARK = "text"


class Column(NamedTuple):
    """A cleaned column: numbers (Float64) or levels (Enum), null where missing or wrong, and what is wrong."""

    values: pl.Series
    errors: pl.DataFrame | None = None


def clean_columns(table: pl.DataFrame, fields: Sequence[Field]) -> dict[str, Column]:
    """The fields' columns of a table cleaned as each field says; a field without a column is missing in each row.

    FileRefused for a column of lists or structs.
    """
    present = [field for field in fields if field.name in table.columns]
    raw = table.select(_known_type(field.name, table.schema[field.name]) for field in present)
    read = raw.select(_read(field, raw.schema[field.name]) for field in present)
    decorated = _undecorated(raw, read, present)
    found = {field.name: _complete(raw[field.name], decorated[field.name], field) for field in present}
    return {field.name: found.get(field.name) or _absent(field, table.height) for field in fields}


def _known_type(name: str, dtype: pl.DataType) -> pl.Expr:
    """Text for what stands for text: codes of texts, and decimals, whose digits are exact that way; NaN is a gap."""
    if dtype.is_nested():
        raise FileRefused(f"column {name} holds {dtype}, expected numbers or text")
    if dtype.is_decimal() or dtype in (pl.Categorical, pl.Enum, pl.Null):
        return pl.col(name).cast(pl.String)
    return pl.col(name).fill_nan(None) if dtype.is_float() else pl.col(name)


def _read(field: Field, dtype: pl.DataType) -> pl.Expr:
    """What the engine reads plainly, null for all else."""
    column = pl.col(field.name)
    if field.kind == "number" and (dtype == pl.String or dtype.is_numeric()):
        return _finite(column.cast(pl.Float64, strict=False))
    if field.kind == "category" and dtype == pl.String:
        return column.cast(pl.Enum(field.levels), strict=False)
    return pl.when(column.is_null()).then(pl.lit(None, _type(field))).alias(field.name)


def _type(field: Field) -> pl.DataType:
    return pl.Float64() if field.kind == "number" else pl.Enum(field.levels)


def _finite(numbers: pl.Expr) -> pl.Expr:
    return pl.when(numbers.is_finite()).then(numbers)


def _undecorated(raw: pl.DataFrame, read: pl.DataFrame, fields: Sequence[Field]) -> pl.DataFrame:
    """What was read, and decorated numbers besides: their digits, the sign they have or that parentheses stand for."""
    names = [
        field.name
        for field in fields
        if field.kind == "number" and raw[field.name].dtype == pl.String and _unread(raw, read, field.name)
    ]
    if not names:
        return read
    shaped = raw.select(pl.when(pl.col(name).str.contains(NUMBER_SHAPE)).then(pl.col(name)) for name in names)
    for bare in (_nearly_bare, _bare):
        digits = shaped.select(bare(pl.col(name)).cast(pl.Float64, strict=False) for name in names)
        texts = shaped.select(pl.all().name.suffix(_MARK))
        both = read.hstack(texts.get_columns()).hstack(digits.select(pl.all().name.prefix(_MARK)).get_columns())
        read = both.select(_chosen(name) if name in names else pl.col(name) for name in read.columns)
        if not any(read[name].null_count() > shaped[name].null_count() for name in names):
            break
    return read


def _nearly_bare(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars(_AROUND).str.replace_all(",", "", literal=True)


def _bare(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(_DECORATION, [""] * len(_DECORATION)).str.replace_all(r"\s+", "")


def _chosen(name: str) -> pl.Expr:
    """What was read already, else the digits, negative in parentheses, if they are within the range of floats."""
    text, digits = pl.col(name + _MARK), pl.col(_MARK + name)
    signed = pl.when(text.str.contains("(", literal=True)).then(-digits).otherwise(digits)
    return pl.coalesce(pl.col(name), _finite(signed)).alias(name)


def _unread(raw: pl.DataFrame, read: pl.DataFrame, name: str) -> bool:
    return read[name].null_count() > raw[name].null_count()


def _complete(raw: pl.Series, read: pl.Series, field: Field) -> Column:
    """A column whose values that were not read are cleaned by the one cleaner."""
    errors = [_gaps(raw.is_null().arg_true(), field)] if field.required else []
    if read.null_count() == raw.null_count():
        return Column(read, *errors)
    rows = (read.is_null() & raw.is_not_null()).arg_true()
    found = _clean_distinct(raw.gather(rows), rows, field)
    return Column(read.scatter(rows, found.values), joined([found.errors, *errors]))


def _absent(field: Field, rows: int) -> Column:
    values = pl.Series(field.name, [None], _type(field)).new_from_index(0, rows)
    return Column(values, _gaps(pl.int_range(rows, eager=True), field) if field.required else None)


def _clean_distinct(raw: pl.Series, rows: pl.Series, field: Field) -> Column:
    """Values of a column, which stand in these rows, each distinct one cleaned by the one cleaner."""
    places = raw.alias("value").to_frame().with_row_index("place").group_by("value", maintain_order=True).agg("place")
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
    return pl.concat([ERRORS.to_frame(), *(table for table in tables if table is not None)])
