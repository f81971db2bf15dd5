"""Values that the engine did not read, cleaned by the one cleaner.

Each distinct one is cleaned once. Those of which the engine can tell that they mean nothing to their field are wrong
for one reason: the cleaner gives it for the first of them, and the others are quoted.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import polars as pl

from phat.batch.error_tables import ERRORS, error_table
from phat.preprocessing.clean import BOOLEANS, NUMBER_SHAPE, clean_value
from phat.preprocessing.errors import MAX_QUOTE, RecordError, quote
from phat.preprocessing.schema import CategoryField, Field, NumberField
from phat.preprocessing.spelling import fold

PERHAPS_NUMBER = rf"{NUMBER_SHAPE} | [\x1c-\x1f]"
"""What no text lacks that the cleaner takes for a number: these signs are white space to it, and not to the engine."""
_FOLDED_ALIKE = r"^[\x00-\x1b\x20-\x7f]*$"
"""Texts that the engine trims and folds as the cleaner does."""
_TRIED_BELOW = 0x2100
"""Alphabets, punctuation and currencies stand below, so that looking at them all takes milliseconds."""
_Outcome = tuple[float | str | None, str | None, str | None, str | None]
_DESCRIPTION = ("code", "got", "expected")
"""A cleaned value, and of a wrong one these; their texts alone, as an error would keep much more alive."""
_MISSING: _Outcome = (None, None, None, None)


class Column(NamedTuple):
    """A cleaned column: numbers (Float64) or levels (Enum), null where missing or wrong, and what is wrong."""

    values: pl.Series
    errors: pl.DataFrame | None = None


def column_type(field: Field) -> pl.DataType:
    """The type of a field's cleaned column."""
    return pl.Float64() if isinstance(field, NumberField) else pl.Enum(field.levels)


def error_of(value: object, field: Field) -> RecordError | None:
    """What is wrong with a raw value, if anything is."""
    try:
        clean_value(value, field)
    except RecordError as error:
        return error.with_traceback(None)
    return None


class Refused(NamedTuple):
    """Rows in which a value is wrong, and what is wrong with all or the first of them."""

    rows: pl.Series
    errors: pl.DataFrame


def refused_alike(raw: pl.Series, rows: pl.Series, field: Field, enough: int | None) -> Refused:
    """Those of some values, no text among them a number, that mean nothing to a field; the first `enough` described."""
    mask = (
        _unspelt(raw, field) if raw.dtype == pl.String else pl.repeat(_foreign(raw.dtype, field), len(raw), eager=True)
    )
    raw, rows = raw.filter(mask), rows.filter(mask)
    error = error_of(raw[0], field) if len(raw) else None
    if error is None:  # the field takes whatever it is sent
        return Refused(rows.clear(), ERRORS.to_frame())
    return Refused(rows, error_table(rows.slice(0, enough), error, _quoted(raw.slice(0, enough))))


def _foreign(dtype: pl.DataType, field: Field) -> bool:
    """Whether no value of a type is a number or a level of a field."""
    if dtype.is_numeric():
        return isinstance(field, CategoryField) and field.unknown == "error" and not any(map(_is_float, _known(field)))
    return dtype.is_temporal() or dtype == pl.Binary


def _is_float(text: str) -> bool:
    """Whether a number may be so spelt."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _known(field: Field) -> frozenset[str]:
    """All that a text can spell in a field, folded, but numbers: levels, if only together with others, and gaps."""
    if isinstance(field, CategoryField):
        return field.gaps.union(field.by_fold, map(fold, field.levels))
    return field.gaps.union(BOOLEANS if field.boolean else ())


def _unspelt(texts: pl.Series, field: Field) -> pl.Series:
    """Which texts, none of them a number, are wrong: they spell neither what a field knows nor a missing value."""
    if isinstance(field, CategoryField) and field.unknown != "error":
        return pl.repeat(False, len(texts), eager=True)
    raw, known = pl.col(texts.name), _known(field)
    unspelt = ~raw.str.strip_chars().str.to_lowercase().is_in(sorted(known))
    foreign = raw.str.contains(_never_ascii()) if all(map(str.isascii, known)) else pl.lit(value=False)
    sure = pl.when(raw.str.contains(_FOLDED_ALIKE)).then(unspelt).when(foreign).then(statement=True)
    mask = texts.to_frame().select(sure).to_series()
    rest = mask.is_null().arg_true()
    return mask.scatter(rest, [fold(text) not in known for text in texts.gather(rest).to_list()])


@cache
def _never_ascii() -> str:
    """Pattern of characters that leave no text that is folded in ASCII."""
    return f"[{re.escape(''.join(sign for sign in map(chr, range(_TRIED_BELOW)) if not fold(sign).isascii()))}]"


def _quoted(raw: pl.Series) -> pl.Series:
    """Values of one type as `quote` shows them."""
    if raw.dtype == pl.String:
        return _quoted_texts(raw)
    if raw.dtype.is_integer():
        return raw.cast(pl.String)
    if raw.dtype.is_float():
        return pl.Series([quote(value) for value in raw.to_list()])
    return pl.Series([quote(raw[0])]).new_from_index(0, len(raw))  # what it is, without the value


def _quoted_texts(texts: pl.Series) -> pl.Series:
    """Texts as `quote` shows them, which is called for each distinct one that it may not show as it is."""
    raw = pl.col(texts.name)
    plain = (raw.str.len_chars() <= MAX_QUOTE) & ~raw.str.contains(_not_plain())
    quoted = texts.to_frame().select(pl.when(plain).then(pl.concat_str(pl.lit("'"), raw, pl.lit("'")))).to_series()
    if not quoted.null_count():
        return quoted
    rest = quoted.is_null().arg_true()
    others = texts.gather(rest)
    distinct = others.unique()
    shown = pl.Series([quote(text) for text in distinct.to_list()])
    return quoted.scatter(rest, others.replace_strict(distinct, shown))


@cache
def _not_plain() -> str:
    """Pattern of the characters that `quote` may not show as they are."""
    plain = "".join(sign for sign in map(chr, range(_TRIED_BELOW)) if quote(sign) == f"'{sign}'")
    return f"[^{re.escape(plain)}]"


def clean_distinct(raw: pl.Series, rows: pl.Series, field: Field, enough: int | None) -> Column:
    """Values of a column, which stand in these rows, each distinct one cleaned by the one cleaner.

    When `enough` of them are wrong, all after them are left as they are: null, and without an error.
    """
    if not len(raw):
        return Column(pl.Series(dtype=column_type(field)))
    key = raw.cast(pl.String) if raw.dtype.is_float() else raw  # 0.0 and -0.0 are equal, but not spelt alike
    table = pl.DataFrame([key.alias("key"), raw.alias("value")]).with_row_index("place")
    places = table.group_by("key", maintain_order=True).agg(pl.first("value"), "place")
    outcomes = zip(*_outcomes(places["value"], field, enough), strict=True)
    types = {"value": column_type(field), **{name: ERRORS[name] for name in _DESCRIPTION}}
    cleaned = pl.DataFrame([pl.Series(name, column, types[name]) for name, column in zip(types, outcomes, strict=True)])
    back = cleaned.with_columns(places["place"]).explode("place").sort("place")
    wrong = back.with_columns(rows.alias("row"), pl.lit(field.name).alias("field")).filter(pl.col("code").is_not_null())
    return Column(back["value"], wrong.select(pl.col(name).cast(dtype) for name, dtype in ERRORS.items()))


def _outcomes(values: Iterable[object], field: Field, enough: int | None) -> Iterator[_Outcome]:
    wrong = 0
    for value in values:
        outcome = _MISSING if wrong == enough else _outcome(value, field)
        wrong += outcome[1] is not None
        yield outcome


def _outcome(value: object, field: Field) -> _Outcome:
    try:
        return clean_value(value, field), None, None, None
    except RecordError as error:
        return None, error.code, error.got, error.expected
