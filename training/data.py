"""Raw records of a file, column by column, and cleaned by the one cleaning."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from phat.batch.columns import clean_columns
from phat.batch.dialects.opening import Opened, opened
from phat.batch.dialects.options import PLAIN, Dialect
from phat.batch.error_tables import described
from phat.batch.reading import open_whole, read_all
from phat.preprocessing.errors import quote
from phat.preprocessing.schema import Field, NumberField
from phat.preprocessing.spelling import fold
from phat.storage.errors import FilesError
from phat.storage.files import local_file
from phat.training.errors import DataError

_SHOWN = 5
_FEW = 3
"""As many spellings that cannot be read may all be words for a missing value."""

Cells = Sequence[Any]
"""Raw cells: texts of a CSV, values of a Parquet file."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """Raw records (rows of `frame`), each cell as it is in the file; null is an empty cell.

    `unnamed` are the places, from 1, of columns that have no name and are left out. `numbers` are the rows' numbers in
    the data, from 1, where rows were left out. `notices` say what was assumed of the file.
    """

    frame: pl.DataFrame
    unnamed: tuple[int, ...] = ()
    numbers: NDArray[np.int64] | None = None
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[str]], unnamed: tuple[int, ...] = ()) -> "Table":
        """A table of texts, column by column."""
        return cls(pl.DataFrame({name: pl.Series(name, cells, pl.String) for name, cells in columns.items()}), unnamed)

    @property
    def rows(self) -> int:
        """How many records there are."""
        return self.frame.height

    def column(self, name: str) -> pl.Series:
        """A column's cells; DataError if there is no such column."""
        check_name(name, self.frame.columns)
        return self.frame[name]

    @cached_property
    def columns(self) -> Mapping[str, Cells]:
        """The cells of each column as a client sends them; an empty one of a text column is blank."""
        return _Cells(self.frame)

    def records(self, names: Iterable[str], rows: Sequence[int] | None = None) -> Iterator[dict[str, object]]:
        """These fields of all records, or of some rows, as a client sends them."""
        frame = self.frame.select(names) if rows is None else self.frame.select(names)[list(rows)]
        return _filled(frame).iter_rows(named=True)

    def number(self, index: int) -> int:
        """The number in the data, from 1, of a row, by its index."""
        return index + 1 if self.numbers is None else int(self.numbers[index])

    def where(self, kept: Mask) -> "Table":
        """The rows (n) that are kept, with the numbers they have in the data."""
        if kept.all():
            return self
        numbers = np.arange(1, self.rows + 1) if self.numbers is None else self.numbers
        return Table(self.frame.filter(pl.Series(kept)), self.unnamed, numbers[kept], self.notices)


class _Cells(Mapping[str, Cells]):
    """The cells of columns, made when they are needed."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __getitem__(self, name: str) -> Cells:
        if name not in self._frame.columns:
            raise KeyError(name)
        return _filled(self._frame.select(name)).to_series().to_list()

    def __iter__(self) -> Iterator[str]:
        return iter(self._frame.columns)

    def __len__(self) -> int:
        return self._frame.width


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.String).fill_null(""))


def check_name(name: str, columns: Iterable[str]) -> None:
    """DataError if none of the columns has a name."""
    if name not in columns:
        raise DataError(f"there is no column {name}; the data have {', '.join([*columns][:20])}")


def read_table(path: Path, needed: Iterable[str] = (), dialect: Dialect = PLAIN) -> Table:
    """Read a table (CSV, xlsx or Parquet) without its unnamed columns; DataError says what is wrong.

    If it lacks one of the `needed` columns, no row is read. `dialect` is what is said of how it is written.
    """
    try:
        with opened([local_file(path)], dialect) as [source]:
            file = open_whole(source.place)
            for name in needed:
                check_name(name, file.header)
            frame = read_all(file)
    except FilesError as error:
        raise DataError(str(error)) from None
    if not frame.height:
        raise DataError(f"{path}: there are no rows below the header")
    unnamed = tuple(place for place, name in enumerate(file.header, 1) if not name)
    return Table(frame, unnamed, notices=tuple(_assumed(source, path)))


def _assumed(source: Opened, path: Path) -> Iterator[str]:
    """What was assumed of a file, and how clients write the numbers of one with decimal commas."""
    yield from (f"{path.name}: {text}" for text in source.notices)
    if source.decimal_comma:
        yield f"{path.name} has decimal commas; clients of the model send plain numbers, such as 1234.5"


def file_checksum(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def clean_column(cells: pl.Series, field: Field) -> pl.Series:
    """A column cleaned by the one cleaning: Float64, or Enum of the levels, null where it is missing.

    DataError shows the first values that cannot be read and counts them.
    """
    cleaned = clean_columns(cells.alias(field.name).to_frame(), [field])[field.name]
    if cleaned.errors is None or not cleaned.errors.height:
        return cleaned.values
    errors = cleaned.errors.sort("row", maintain_order=True)
    shown = "\n  ".join(
        f"row {row + 1}, {field.name}: {detail}"
        for row, detail in described(errors.head(_SHOWN))["row", "detail"].rows()
    )
    unreadable = cells.gather(errors["row"]).cast(pl.String).fill_null("").unique(maintain_order=True)
    raise DataError(
        f"field {field.name}: {errors.height} of {len(cells)} values cannot be read; fix them, or leave the field out "
        f"or change its kind in the configuration{_advice(cells, field, unreadable)}:\n  {shown}"
    )


def _advice(cells: pl.Series, field: Field, unreadable: pl.Series) -> str:
    """How to say that what cannot be read means a missing value, if it is a few words without a digit in a number."""
    if not isinstance(field, NumberField) or len(unreadable) > _FEW * _FEW:
        return ""
    words = [*dict.fromkeys(map(fold, unreadable.to_list()))]
    if len(words) > _FEW or "" in words or any(char.isdigit() for word in words for char in word):
        return ""
    spelt = {fold(cell) for cell in cells.cast(pl.String).drop_nulls().unique().to_list()}
    usual = sorted(word for word in spelt if word and word in field.gaps)
    listed = ", ".join(f'"{word}"' for word in (*words, *usual))
    means = " or ".join(map(quote, words))
    return f"; if {means} means that a value is missing, say missing = [{listed}] in the configuration of the field"
