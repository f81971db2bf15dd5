"""THE cleaning: one meaning for every spelling of a number, a level and a missing value.

Used alike by training, API, batch scoring and monitoring. Numbers, in words: an optional sign (before or after
a `$`), thousands commas in groups of three, decimals, an exponent, one trailing `%` (percent stays in points),
white space around, after `$` and before `%`; parentheses around an unsigned number mean negative.
"""

import re
from math import isfinite, isnan

from preprocessing.errors import (
    InvalidNumber,
    MissingValue,
    NoKnownField,
    NotARecord,
    NumberOutOfRange,
    RecordError,
    UnknownLevel,
    WrongType,
    quote,
)  # fmt: skip
from preprocessing.schema import MISSING_WORDS, Field, Schema

Cleaned = dict[str, float | str | None]
"""Field name to number, level in the schema's spelling, or None for a missing value; every field is there."""

# Possessive (++): what follows never matches a part of it, and a text as long as a body needs no memory to go back.
_UNSIGNED = r"""
    ( (?: (?: [1-9][0-9]{0,2} (?: ,[0-9]{3} )++ | [0-9]++ ) (?: \.[0-9]* )? | \.[0-9]+ )   # 1,234.5  5.  .5
      (?: [eE][+-]?[0-9]+ )? )
"""
_SIGN = r"(?: ([+-])? (?: \$\s* )? | \$\s*([+-]) )"
_OPENED = r"(\()(?: \$\s* )?"
_PERCENT = r"(?: \s*% )?"
_NUMBER = re.compile(rf"(?: {_SIGN} | {_OPENED} ) {_UNSIGNED} {_PERCENT} (?(3)\))", re.VERBOSE)

NUMBER_SHAPE = rf"(?x)^\s* (?: {_SIGN} {_UNSIGNED} {_PERCENT} | {_OPENED} {_UNSIGNED} {_PERCENT} \) ) \s*$"
"""The same for engines that match whole columns and know no conditions; there `++` is a repetition like any other."""

_LARGEST_PLAIN = 1e308
"""What stays below it is certainly within the range of 64-bit floats."""

_LARGEST_SHOWN = 8
"""How many levels an error lists before it says how many more there are."""


def clean_number(value: object) -> float | None:
    """The number that a raw value means, None if it is missing.

    Raises InvalidNumber, NumberOutOfRange or WrongType, without row and field.
    """
    if isinstance(value, str):
        return _number_from_text(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongType(quote(value), "a number")
    return _number_from_json(value)


def _number_from_json(value: int | float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        raise NumberOutOfRange(quote(value), "a number within the range of 64-bit floats") from None
    if isnan(number):  # a gap in Parquet or a data frame; JSON has none
        return None
    return _within_range(number, value)


def _number_from_text(raw: str) -> float | None:
    text = raw.strip()
    found = _NUMBER.fullmatch(text)
    if found is None:
        if text.lower() in MISSING_WORDS:
            return None
        raise InvalidNumber(quote(raw), "a number")
    before, after, parenthesis, digits = found.groups()
    number = _within_range(float(digits.replace(",", "")), raw)
    return -number if parenthesis or before == "-" or after == "-" else number


def _within_range(number: float, raw: object) -> float:
    if not isfinite(number):
        raise NumberOutOfRange(quote(raw), "a number within the range of 64-bit floats")
    return number


def clean_level(value: object, field: Field) -> str | None:
    """The level, in the schema's spelling, that a raw value means; None if it is missing.

    Raises UnknownLevel or WrongType, without row and field.
    """
    if isinstance(value, str):
        spelling = folded(value)
    elif value is None or (isinstance(value, float) and isnan(value)):
        return None
    elif isinstance(value, int) and not isinstance(value, bool):
        spelling = quote(value)
    else:
        raise WrongType(quote(value), _levels(field))
    level = field.by_spelling.get(spelling)
    if level is None and spelling not in MISSING_WORDS:
        raise UnknownLevel(quote(value), _levels(field))
    return level


def folded(text: str) -> str:
    """What counts of a text that spells a level or a missing value."""
    return text.strip().casefold()


def spellings(field: Field) -> frozenset[str]:
    """All that a text can spell in a field, folded, unless it is a number: levels and missing values."""
    return MISSING_WORDS.union(field.by_spelling)


def _levels(field: Field) -> str:
    shown = ", ".join(field.levels[:_LARGEST_SHOWN])
    more = len(field.levels) - _LARGEST_SHOWN
    return f"one of {shown}" + (f" and {more} more" if more > 0 else "")


def clean_value(value: object, field: Field) -> float | str | None:
    """A raw value cleaned as its field says; raises a RecordError that names the field."""
    try:
        cleaned = clean_number(value) if field.kind == "number" else clean_level(value, field)
        if cleaned is None and field.required:
            raise MissingValue("a missing value", "a value: the model was fitted without gaps here")
    except RecordError as error:
        error.field = field.name
        raise
    return cleaned


def clean_record(record: object, schema: Schema) -> Cleaned:  # noqa: C901  # no call for each value: batches wait for it
    """A raw record cleaned; fields the schema does not name are ignored.

    Raises ExceptionGroup[RecordError] with everything that is wrong with the record.
    """
    if not isinstance(record, dict) or schema.names.isdisjoint(record):
        raise _no_record(record, schema)
    cleaned: Cleaned = {}
    errors: list[RecordError] = []
    get = record.get
    for name, spelt, field in schema.plan:
        value = get(name)
        if type(value) is str:  # what most clients send, without a call for each value; all else goes the one way
            if spelt is not None:
                if value in spelt:
                    cleaned[name] = value
                    continue
            elif value[-1:].isdigit() and value.isascii() and "_" not in value:
                try:
                    number = float(value)  # which reads such a text as the cleaning does, or not at all
                    if -_LARGEST_PLAIN < number < _LARGEST_PLAIN:
                        cleaned[name] = number
                        continue
                except ValueError:  # such as $5
                    pass
        try:
            cleaned[name] = clean_value(value, field)
        except RecordError as error:
            errors.append(error.with_traceback(None))  # or it keeps frames alive, which takes longer than all else
    if errors:
        raise _group(*errors)
    return cleaned


def _no_record(record: object, schema: Schema) -> ExceptionGroup[RecordError]:
    if isinstance(record, dict):
        return _group(NoKnownField("none of the model's fields", f"at least one of {_names(schema)}"))
    return _group(NotARecord(quote(record), "an object of field names and values"))


def _group(*errors: RecordError) -> ExceptionGroup[RecordError]:
    return ExceptionGroup("bad record", errors)


def _names(schema: Schema) -> str:
    shown = [field.name for field in schema.fields[:_LARGEST_SHOWN]]
    return ", ".join(shown) + (", ..." if len(schema.fields) > _LARGEST_SHOWN else "")
