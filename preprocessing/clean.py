"""THE cleaning: one meaning for every spelling of a number, a level and a missing value.

Used alike by training, API, batch scoring and monitoring. Numbers, in words: an optional sign (before or after
a `$`), thousands commas in groups of three, decimals, an exponent, one trailing `%` (percent stays in points),
white space around, after `$` and before `%`; parentheses around an unsigned number, within or after its `$`, mean
negative.
"""

import re
from collections.abc import Collection
from math import isfinite, isnan

from phat.preprocessing.errors import (  # fmt: skip
    BeyondFloats,
    InvalidNumber,
    MissingValue,
    NotARecord,
    NoValues,
    NumberOutOfRange,
    RecordError,
    UnknownLevel,
    WrongType,
    quote,
)
from phat.preprocessing.schema import MISSING_WORDS, OTHER, CategoryField, Field, NumberField, Schema
from phat.preprocessing.spelling import fold

Cleaned = dict[str, float | str | None]
"""Field name to number, level in the schema's spelling, or None for a missing value; every field is there."""

# Possessive (++): what follows never matches a part of it, and a text as long as a body needs no memory to go back.
_UNSIGNED = r"""
    ( (?: (?: [1-9][0-9]{0,2} (?: ,[0-9]{3} )++ | [0-9]++ ) (?: \.[0-9]* )? | \.[0-9]+ )   # 1,234.5  5.  .5
      (?: [eE][+-]?[0-9]+ )? )
"""
_SIGN = r"(?: ([+-])? (?: \$\s* )? | \$\s*([+-]) )"
_OPENED = r"( \( (?: \$\s* )? | \$\s* \( )"
_PERCENT = r"(?: \s*% )?"
_NUMBER = re.compile(rf"(?: {_SIGN} | {_OPENED} ) {_UNSIGNED} {_PERCENT} (?(3)\))", re.VERBOSE)

NUMBER_SHAPE = rf"(?x)^\s* (?: {_SIGN} {_UNSIGNED} {_PERCENT} | {_OPENED} {_UNSIGNED} {_PERCENT} \) ) \s*$"
"""The same for engines that match whole columns and know no conditions; there `++` is a repetition like any other."""

_MOST_BITS = 128
"""Integers of more bits are no level's spelling, and would take long to write."""

_LARGEST_PLAIN = 1e308
"""What stays below it is certainly within the range of 64-bit floats."""

_LARGEST_SHOWN = 8
"""How many levels an error lists before it says how many more there are."""

_WITHIN = "a number within the range of 64-bit floats"
_GAPS = frozenset(("", *MISSING_WORDS))


def is_missing(text: str, gaps: Collection[str] = _GAPS) -> bool:
    """Whether a text is blank or a word for a missing value; `gaps` are their folded spellings."""
    return fold(text) in gaps


def clean_number(value: object, gaps: Collection[str] = _GAPS) -> float | None:
    """The number that a raw value means, None if it is missing; `gaps` are the folded spellings of a missing value.

    Raises InvalidNumber, NumberOutOfRange or WrongType, without row and field.
    """
    if isinstance(value, str):
        return _number_from_text(value, gaps)
    if value is None:
        return None
    if type(value) in (int, float):
        return _number_from_json(value)  # type: ignore[arg-type]  # which it is
    if isinstance(value, BeyondFloats):
        raise NumberOutOfRange(quote(value), _WITHIN)
    raise WrongType(quote(value), "a number")


BOOLEANS = {"true": 1.0, "false": 0.0}
"""What folded spellings mean in a number that was true and false in training."""


def _boolean(value: object, field: NumberField) -> float | None:
    """A number that was true and false in training: these mean 1 and 0, in JSON and as text."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and (number := BOOLEANS.get(fold(value))) is not None:
        return number
    return clean_number(value, field.gaps)


def _number_from_json(value: int | float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        raise NumberOutOfRange(quote(value), _WITHIN) from None
    if isnan(number):  # a gap in Parquet or a data frame; JSON has none
        return None
    return _within_range(number, value)


def _number_from_text(raw: str, gaps: Collection[str]) -> float | None:
    text = raw.strip()
    match = _NUMBER.fullmatch(text)
    if match is None:
        if is_missing(text, gaps):
            return None
        raise InvalidNumber(quote(raw), "a number")
    before, after, parenthesis, digits = match.groups()
    number = _within_range(float(digits.replace(",", "")), raw)
    return -number if parenthesis or before == "-" or after == "-" else number


def _within_range(number: float, raw: object) -> float:
    if not isfinite(number):
        raise NumberOutOfRange(quote(raw), _WITHIN)
    return number


def clean_level(value: object, field: CategoryField) -> str | None:
    """The level, in the schema's spelling, that a raw value means; None if it is missing.

    Raises UnknownLevel or WrongType, without row and field.
    """
    if value is None or (isinstance(value, float) and isnan(value)):  # a gap in Parquet or a data frame
        return None
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return _unknown(value, field)
    spelling = _spelling(value, field)
    level = field.by_spelling.get(spelling)
    if level is None and (level := field.by_fold.get(folded := fold(spelling))) is None:
        return None if folded in field.gaps else _unknown(value, field)
    return level


def _spelling(value: object, field: CategoryField) -> str:
    """A raw value as text: of a number the shortest decimal that means it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, BeyondFloats):
        return value.text
    raise WrongType(quote(value), _levels(field))


def _unknown(value: object, field: CategoryField) -> str | None:
    """What a level is that the model was not fitted with."""
    if field.unknown == "error":
        raise UnknownLevel(quote(value), _levels(field))
    return OTHER if field.unknown == "other" else None


def _levels(field: CategoryField) -> str:
    shown = ", ".join(field.levels[:_LARGEST_SHOWN])
    more = len(field.levels) - _LARGEST_SHOWN
    return f"one of {shown}" + (f" and {more} more" if more > 0 else "")


def clean_value(value: object, field: Field) -> float | str | None:
    """A raw value cleaned as its field says; raises a RecordError that names the field."""
    try:
        if isinstance(field, CategoryField):
            cleaned: float | str | None = clean_level(value, field)
        else:
            cleaned = _boolean(value, field) if field.boolean else clean_number(value, field.gaps)
        if cleaned is None and field.gap == "error":
            raise MissingValue("a missing value", "a value: the model was fitted without gaps here")
    except RecordError as error:
        error.field = field.name
        raise
    return cleaned


def clean_record(record: object, schema: Schema) -> Cleaned:  # noqa: C901  # no call for each value: batches wait for it
    """A raw record cleaned; keys that mean no field are ignored.

    Raises ExceptionGroup[RecordError] with everything that is wrong with the record.
    """
    if not isinstance(record, dict):
        raise _group(NotARecord(quote(record), "an object of field names and values"))
    cleaned: Cleaned = {}
    errors: list[RecordError] = []
    gaps = 0
    for name, spelt, field in schema.plan:
        try:
            value = record[name]
        except KeyError:
            return clean_record(schema.naming.complete(record), schema)
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
            meaning = cleaned[name] = clean_value(value, field)
            gaps += meaning is None
        except RecordError as error:
            errors.append(error.with_traceback(None))  # or it keeps frames alive, which takes longer than all else
            gaps += type(error) is MissingValue
    if gaps and gaps == len(schema.plan):
        raise _group(NoValues("a record whose fields are all missing", "a value in at least one of them"))
    if errors:
        raise _group(*errors)
    return cleaned


def _group(*errors: RecordError) -> ExceptionGroup[RecordError]:
    return ExceptionGroup("bad record", errors)
