"""What can be wrong with a caller's records.

InputError
├── RecordError           one thing wrong in one record: row, field, code, got, expected
│   ├── NotARecord          the record is not an object
│   ├── NoKnownField        none of the model's fields is in the record
│   ├── NoValues            all of the model's fields are missing in the record
│   ├── DuplicateField      two keys of the record mean one field
│   ├── ColumnName          a key of the record is a model column's name, and its field is absent
│   ├── InvalidNumber       text that is no number by the cleaning rules
│   ├── NumberOutOfRange    a number that a 64-bit float, or the model's arithmetic, cannot hold
│   ├── OutOfDomain         a value of which a column's expression makes nothing
│   ├── UnknownLevel        a level the model was not fitted with
│   ├── WrongType           a value of a type the field cannot take
│   └── MissingValue        a gap in a field that allows none
├── MalformedTable        a CSV that cannot be read as a table
└── InvalidRecords        everything wrong in one request: the first errors, and how many there are
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

MAX_ERRORS = 100
"""How many errors of one request are kept; the rest are only counted."""

MAX_QUOTE = 40
"""How many characters of a caller's own value an error may quote."""


class InputError(ValueError):
    """Base of everything that is wrong with what the caller sent."""


class RecordError(InputError):
    """One thing wrong in one record.

    `row` counts records from 1, `line` is the first line of the record in a CSV, and `field` names the field; each is
    None until it is known. `got` describes the value, `expected` what the field takes.
    """

    code = "bad_record"

    def __init__(self, got: str, expected: str, *, row: int | None = None, field: str | None = None) -> None:
        super().__init__(got, expected)
        self.got = got
        self.expected = expected
        self.row = row
        self.line: int | None = None
        self.field = field

    @property
    def detail(self) -> str:
        """What was got and what was expected, without the place."""
        return f"got {self.got}, expected {self.expected}"

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row is not None else None
        line = f"line {self.line}" if self.line is not None else None
        place = ", ".join(part for part in (row, line, self.field) if part)
        return f"{place}: {self.detail}" if place else self.detail


class NotARecord(RecordError):
    """The record is not an object of field names and values."""

    code = "not_an_object"


class NoKnownField(RecordError):
    """None of the model's fields is in the record."""

    code = "no_known_field"


class NoValues(RecordError):
    """All of the model's fields are missing in the record."""

    code = "no_values"


class DuplicateField(RecordError):
    """Two keys of the record mean one field."""

    code = "duplicate_field"


class ColumnName(RecordError):
    """A key of the record is a model column's name, and the field that makes the column is absent."""

    code = "column_name"


class InvalidNumber(RecordError):
    """Text that is no number by the cleaning rules."""

    code = "not_a_number"


class NumberOutOfRange(RecordError):
    """A number that a 64-bit float, or the model's arithmetic, cannot hold."""

    code = "out_of_range"


class OutOfDomain(RecordError):
    """A value of which a column's expression makes nothing, as the logarithm of 0 or beyond a spline's bounds."""

    code = "out_of_domain"


class UnknownLevel(RecordError):
    """A level the model was not fitted with."""

    code = "unknown_level"


class WrongType(RecordError):
    """A value of a type the field cannot take."""

    code = "wrong_type"


class MissingValue(RecordError):
    """A gap in a field that allows none."""

    code = "missing_value"


class MalformedTable(InputError):
    """A CSV that cannot be read as a table; the message says where."""


class InvalidRecords(InputError):
    """Everything wrong in one request.

    `errors` holds the first `MAX_ERRORS` in row order, `total` counts all of them and `rows` the records
    that have any.
    """

    def __init__(self, errors: Sequence[RecordError], total: int, rows: int) -> None:
        super().__init__(f"{total} errors in {rows} records; the first: {errors[0]}")
        self.errors = tuple(errors)
        self.total = total
        self.rows = rows


_LARGEST_BITS = 128
"""An integer of so many bits has 39 digits, which `MAX_QUOTE` allows with their sign."""


class BeyondFloats(NamedTuple):
    """A number of a caller that is too large for a 64-bit float, as it was written."""

    text: str


_JSON_NAMES: dict[type, str] = {dict: "an object", list: "an array", tuple: "an array"}


def quote(value: object) -> str:
    """The value as an error may show it: `MAX_QUOTE` characters at most, readable, types by JSON's names."""
    if isinstance(value, str):
        return _quote_text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, BeyondFloats):
        return f"the number {value.text[:MAX_QUOTE]}{'...' if len(value.text) > MAX_QUOTE else ''}"
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        return "an integer too large to show"
    if isinstance(value, int | float):
        return repr(value)
    return _JSON_NAMES.get(type(value), f"a value of type {type(value).__name__}")


def _quote_text(text: str) -> str:
    """Text between quotes; what does not print (controls, marks of direction, lone surrogates) is escaped."""
    shown = text[:MAX_QUOTE]
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in shown)
    tail = "..." if len(text) > MAX_QUOTE or len(shown) > MAX_QUOTE else ""
    return f"'{shown[:MAX_QUOTE]}'{tail}"


def collect(records: Iterable[object], one: Callable[[object], T], lines: Sequence[int] | None = None) -> list[T]:
    """Apply `one` to every record, in order, and return the results; `lines` are where a CSV's records begin.

    `one` raises ExceptionGroup[RecordError] for a bad record; all records are tried, then InvalidRecords is
    raised if any was bad.
    """
    results: list[T] = []
    errors: list[RecordError] = []
    total = bad = 0
    for row, record in enumerate(records, 1):
        try:
            results.append(one(record))
        except* RecordError as group:
            located = _located(group, row, lines[row - 1] if lines else None)
            bad += 1
            total += len(located)
            errors += located[: MAX_ERRORS - len(errors)]
    if bad:
        raise InvalidRecords(errors, total, bad)
    return results


def _located(group: BaseExceptionGroup[RecordError], row: int, line: int | None) -> list[RecordError]:
    located: list[RecordError] = []
    for error in group.exceptions:
        if isinstance(error, RecordError):
            error.row, error.line = row, line
            located.append(error)
        else:
            located += _located(error, row, line)
    return located
