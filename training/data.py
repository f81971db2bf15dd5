"""Raw records from a CSV, read as text so that no second cleaner is at work."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

from phat.preprocessing.clean import clean_value
from phat.preprocessing.errors import MalformedTable, RecordError, quote
from phat.preprocessing.schema import Field, NumberField
from phat.preprocessing.spelling import fold
from phat.preprocessing.tables import read_table
from phat.training.errors import DataError

_SHOWN = 5
_FEW = 3
"""As many spellings that cannot be read may all be words for a missing value."""

Cells = Sequence[str]
Values = list[float | str | None]


@dataclass(frozen=True)
class Table:
    """Raw text, column by column.

    `unnamed` are the places, from 1, of columns that have no name and are left out. `numbers` are the rows' numbers in
    the data, from 1, where rows were left out.
    """

    columns: Mapping[str, Cells]
    rows: int
    unnamed: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()

    def column(self, name: str) -> Cells:
        """A column's cells; DataError if there is no such column."""
        _check_name(name, self.columns)
        return self.columns[name]

    def number(self, index: int) -> int:
        """The number in the data, from 1, of a row, by its index."""
        return self.numbers[index] if self.numbers else index + 1

    def where(self, kept: Sequence[bool]) -> "Table":
        """The rows that are kept, with the numbers they have in the data."""
        if all(kept):
            return self
        columns = {name: list(compress(cells, kept)) for name, cells in self.columns.items()}
        numbers = tuple(self.number(index) for index, keep in enumerate(kept) if keep)
        return Table(columns, len(numbers), self.unnamed, numbers)


def _check_name(name: str, columns: Iterable[str]) -> None:
    if name not in columns:
        raise DataError(f"there is no column {name}; the data have {', '.join([*columns][:20])}")


def check_columns(path: Path, names: Iterable[str]) -> None:
    """DataError if a CSV's header lacks one of these columns; no row is read."""
    with _explained(path), path.open(newline="", encoding="utf-8-sig") as file:
        header, _ = read_table(file)
        for name in names:
            _check_name(name, header)


def read_csv(path: Path) -> Table:
    """Read a CSV (UTF-8, comma, header row) without its unnamed columns; DataError says where it is broken."""
    with _explained(path), path.open(newline="", encoding="utf-8-sig") as file:
        header, rows = read_table(file)
        columns = list(zip(*rows, strict=True))
    if not columns:
        raise DataError(f"{path}: there are no rows below the header")
    named = {name: cells for name, cells in zip(header, columns, strict=True) if name}
    unnamed = tuple(place for place, name in enumerate(header, 1) if not name)
    return Table(named, len(columns[0]), unnamed)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """What is wrong with a CSV is a DataError that names the file."""
    try:
        yield
    except MalformedTable as error:
        raise DataError(f"{path}: {error}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 near byte {error.start + 1} of a block; save it as UTF-8") from None


def file_checksum(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def clean_column(cells: Cells, field: Field) -> Values:
    """A column cleaned by the one cleaning; DataError shows the first values that cannot be read and counts them."""
    cleaned: Values = []
    errors: list[RecordError] = []
    for row, text in enumerate(cells, 1):
        try:
            cleaned.append(clean_value(text, field))
        except RecordError as error:
            error.row = row
            errors.append(error)
    if errors:
        shown = "\n  ".join(str(error) for error in errors[:_SHOWN])
        unreadable = Counter(fold(cells[error.row - 1]) for error in errors if error.row)
        raise DataError(
            f"field {field.name}: {len(errors)} of {len(cells)} values cannot be read; fix them, or leave the field "
            f"out or change its kind in the configuration{_advice(cells, field, list(unreadable))}:\n  {shown}"
        )
    return cleaned


def _advice(cells: Cells, field: Field, unreadable: Sequence[str]) -> str:
    """How to say that what cannot be read means a missing value, if it is a few words without a digit in a number."""
    has_digits = any(char.isdigit() for word in unreadable for char in word)
    if not isinstance(field, NumberField) or len(unreadable) > _FEW or has_digits or "" in unreadable:
        return ""
    usual = sorted({word for word in map(fold, cells) if word and word in field.gaps})
    listed = ", ".join(f'"{word}"' for word in (*unreadable, *usual))
    means = " or ".join(map(quote, unreadable))
    return f"; if {means} means that a value is missing, say missing = [{listed}] in the configuration of the field"
