"""Columns of raw data as numbers and as levels, to compare the columns of a fit with."""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.clean import clean_number, is_missing
from phat.preprocessing.errors import RecordError

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]


class RawRows(NamedTuple):
    """Raw rows as they are given: the cells of each column, and the labels of the rows."""

    columns: Mapping[str, Sequence[object]]
    labels: Sequence[Hashable]


class RawColumn(NamedTuple):
    """A column of raw data (n): its `numbers` (NaN for a gap) if it holds numbers, and its `levels` as texts.

    `codes` (n) are the places of the levels, -1 for a gap. `boolean` columns hold true and false.
    """

    name: str
    numbers: Vector | None
    levels: tuple[str, ...]
    codes: Codes
    boolean: bool

    def take(self, rows: Codes) -> "RawColumn":
        """The same of some rows."""
        return self._replace(numbers=None if self.numbers is None else self.numbers[rows], codes=self.codes[rows])


def read_columns(columns: Mapping[str, Sequence[object]]) -> list[RawColumn]:
    """Columns of cells, as JSON or a CSV has them; those that hold neither numbers nor texts are left out."""
    return [column for name, cells in columns.items() if (column := _read(name, cells)) is not None]


def _read(name: str, cells: Sequence[object]) -> RawColumn | None:
    kinds = {*map(type, cells)} - {type(None)}
    boolean = kinds == {bool}
    numbers = _truths(cells) if boolean else _numbers(cells, kinds)
    if numbers is not None:
        values, codes = np.unique(numbers, return_inverse=True)
        gaps = np.isnan(numbers)
        return RawColumn(
            name, numbers, tuple(map(_spelt, values[~np.isnan(values)].tolist())), np.where(gaps, -1, codes), boolean
        )
    if not kinds <= {str, int, float, bool}:
        return None
    texts = ["" if cell is None or is_missing(str(cell)) else str(cell).strip() for cell in cells]
    levels = sorted({*texts} - {""})
    place = {level: number for number, level in enumerate(levels)} | {"": -1}
    return RawColumn(name, None, tuple(levels), np.array([place[text] for text in texts], dtype=np.intp), False)


def _truths(cells: Sequence[object]) -> Vector:
    return np.array([np.nan if cell is None else 1.0 if cell else 0.0 for cell in cells])


def _numbers(cells: Sequence[object], kinds: set[type]) -> Vector | None:
    """The numbers of cells, None if one is no number, or they are codes with leading zeros."""
    if kinds <= {int, float}:
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=float)
    if kinds != {str} or any(_is_code(cell) for cell in cells):
        return None
    try:
        return np.array([np.nan if (number := clean_number(cell)) is None else number for cell in cells])
    except RecordError:
        return None


def _is_code(cell: object) -> bool:
    """Whether a text is a code such as 007, whose zeros count."""
    return isinstance(cell, str) and cell[:1] == "0" and cell[1:2].isdigit()


def _spelt(number: float) -> str:
    """A number as a record spells it: of a whole number its integer."""
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
