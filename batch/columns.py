"""Whole columns cleaned: what the engine reads plainly is taken from it, all else goes through the one cleaner.

What is no plain number and no level as the schema spells it is cleaned by `phat.batch.unread` and put back in its
rows. Text whose shape the cleaner's own expressions describe (`"$6,882.34 "`) is still the engine's: it is the number
that is left without its decoration.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

import polars as pl

from phat.batch.csv.unread import PERHAPS_NUMBER, Column, clean_distinct, column_type, error_of, refused_alike
from phat.batch.error_tables import error_table, joined
from phat.preprocessing.clean import NUMBER_SHAPE
from phat.preprocessing.schema import CategoryField, Field, NumberField
from phat.storage.errors import FileRefused

_AROUND = " $%()"
"""What most decorated numbers have around them, besides commas within."""
_DECORATION = ["$", ",", "%", "(", ")"]
_READ = " read "
"""What the name of a column begins with that holds what was read of another; no field's name begins with a blank."""


def clean_columns(table: pl.DataFrame, fields: Sequence[Field], enough: int | None = None) -> dict[str, Column]:
    """The fields' columns of a table cleaned as each field says; a field without a column is missing in each row.

    When `enough` errors of a column are known, those after it end in the row of the last of them. FileRefused for a
    column of lists or structs.
    """
    named = {field.name: field for field in fields if field.name in table.columns}
    both = table.select(_reading(tuple((field, table.schema[name]) for name, field in named.items())))
    both = _undecorated(both, named.values())
    cleaned: dict[str, Column] = {}
    rows = table.height
    for field in fields:
        name = field.name
        if name in named:
            column = _complete(both[name].head(rows), both[_READ + name].head(rows).alias(name), field, enough)
        else:
            column = _absent(field, rows)
        cleaned[name] = column
        if enough is not None and column.errors is not None and column.errors.height >= enough:
            rows = column.errors["row"].sort()[enough - 1] + 1
    return cleaned


@lru_cache(maxsize=16)
def _reading(columns: tuple[tuple[Field, pl.DataType], ...]) -> list[pl.Expr]:
    """The raw columns, and next to each what the engine reads plainly of it."""
    raws = {field.name: _known_type(field, dtype) for field, dtype in columns}
    read = (_read(field, raws[field.name], dtype).alias(_READ + field.name) for field, dtype in columns)
    return [*raws.values(), *read]


def _known_type(field: Field, dtype: pl.DataType) -> pl.Expr:
    """Text for what stands for text: codes of texts, and decimals, whose digits are exact that way; NaN is a gap.

    Decimals with places are levels as the floats are that JSON would have for them: 1.00 is 1.0.
    """
    column = pl.col(field.name)
    if dtype.is_nested():
        raise FileRefused(f"column {field.name} holds {dtype}, expected numbers or text")
    if _stands_for_text(field, dtype):
        return column.cast(pl.String)
    if dtype.is_decimal():
        return column.cast(pl.Float64)
    return column.fill_nan(None) if dtype.is_float() else column


def _stands_for_text(field: Field, dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Decimal):
        return isinstance(field, NumberField) or not dtype.scale
    return dtype in (pl.Categorical, pl.Enum, pl.Null)


def _read(field: Field, raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """What the engine reads plainly, null for all else."""
    text = dtype == pl.String or _stands_for_text(field, dtype)
    if isinstance(field, NumberField) and (text or dtype.is_integer()):
        return raw.cast(pl.Float64, strict=False)
    if isinstance(field, NumberField) and dtype.is_float():
        return _finite(field.name).cast(pl.Float64)
    if isinstance(field, CategoryField) and text:
        return raw.cast(pl.Enum(field.levels), strict=False)
    return pl.when(raw.is_null()).then(pl.lit(None, column_type(field)))


def _finite(name: str) -> pl.Expr:
    """A column without what is no number; of a name, as the engine would work out an expression for each mention."""
    return pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name)


def _undecorated(both: pl.DataFrame, fields: Iterable[Field]) -> pl.DataFrame:
    """Numbers spelt as text: those with their decoration around them, which is quickly taken off, read besides."""
    names = [field.name for field in fields if isinstance(field, NumberField) and both[field.name].dtype == pl.String]
    more = [name for name in names if both[_READ + name].null_count() > both[name].null_count()]
    if not names:
        return both
    read = both.lazy().with_columns(_decorated(pl.col(name), pl.col(_READ + name)) for name in more)
    return read.with_columns(_finite(_READ + name) for name in names).collect(engine="in-memory")


def _decorated(raw: pl.Expr, read: pl.Expr) -> pl.Expr:
    """What was read already, else the number that is left without usual decoration."""
    rest = pl.when(read.is_null() & raw.str.contains(NUMBER_SHAPE)).then(raw)
    return pl.coalesce(read, _number(rest, _nearly_bare))


def _number(text: pl.Expr, bare: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """The digits, negative in parentheses."""
    sign = pl.when(text.str.contains("(", literal=True)).then(-1.0).otherwise(1.0)
    return bare(text).cast(pl.Float64, strict=False) * sign


def _nearly_bare(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars(_AROUND).str.replace_all(",", "", literal=True)


def _bare(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(_DECORATION, [""] * len(_DECORATION)).str.replace_all(r"\s+", "")


def _complete(raw: pl.Series, read: pl.Series, field: Field, enough: int | None) -> Column:
    """A column with its values that were not read."""
    gaps = _gaps(raw.is_null().arg_true(), field) if field.required else None
    if read.null_count() == raw.null_count():
        return Column(read, gaps)
    rows = _unread(raw, read)
    values = raw.gather(rows)
    if isinstance(field, NumberField) and raw.dtype == pl.String:
        perhaps = values.str.contains(PERHAPS_NUMBER)
        read = read.scatter(rows.filter(perhaps), _spaced(values.filter(perhaps)))
        values, rows = values.filter(~perhaps), rows.filter(~perhaps)
    alike = refused_alike(values, rows, field, enough)
    rows = _unread(raw, read, alike.rows)
    rest = clean_distinct(raw.gather(rows), rows, field, enough)
    return Column(read.scatter(rows, rest.values), joined([alike.errors, rest.errors, gaps]))


def _unread(raw: pl.Series, read: pl.Series, wrong: Collection[int] = ()) -> pl.Series:
    """Rows with a value that was not read, without those that are known to be wrong."""
    return (read.is_null() & raw.is_not_null()).scatter(wrong, False).arg_true()


def _spaced(texts: pl.Series) -> pl.Series:
    """The numbers of texts that have signs and spaces within their decoration (-$5); null for all else."""
    number = _number(pl.col(texts.name), _bare).alias(texts.name)
    return texts.to_frame().select(number).select(_finite(texts.name)).to_series()


def _absent(field: Field, rows: int) -> Column:
    values = pl.Series(field.name, [None], column_type(field)).new_from_index(0, rows)
    return Column(values, _gaps(pl.int_range(rows, eager=True), field) if field.required else None)


def _gaps(rows: pl.Series, field: Field) -> pl.DataFrame | None:
    """What is wrong with gaps in these rows of a required field."""
    error = error_of(None, field)
    return None if error is None else error_table(rows, error)
