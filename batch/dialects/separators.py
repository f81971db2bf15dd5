"""What separates the cells of a CSV, by its header and first rows."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from phat.batch.dialects.errors import Unclear
from phat.batch.dialects.options import SEPARATORS

_ROWS = 100
"""Rows by which a separator is known."""
_SAID = re.compile(r'"?sep=([^\w\s"]|\t)"?[ \t]*(?:\r\n?|\n)', re.IGNORECASE)
"""A first line by which a spreadsheet says what separates the cells of a file."""


class Separated(NamedTuple):
    """What separates cells, and whether the first line does no more than say so."""

    separator: str
    said: bool = False


class _Fit(NamedTuple):
    """How a separator splits a table: cells of the header, and how many of some rows have as many."""

    width: int
    even: int
    rows: int

    @property
    def whole(self) -> bool:
        """Whether it splits all of them alike, into more than one cell."""
        return self.width > 1 and self.even == self.rows


def separator_of(text: str, said: str | None, complete: bool) -> Separated:
    """The separator of a table that begins with this text; `complete`, if that is all of it.

    What somebody has `said` counts. Unclear if two separators are equally good.
    """
    line = _SAID.match(text)
    if line is not None:
        if line[1] not in SEPARATORS:
            raise Unclear(f"its first line says that cells are separated by '{line[1]}'; {_EXPECTED}")
        return Separated(said or line[1], said=True)
    if said is not None:
        return Separated(said)
    lines = text.splitlines(keepends=True)
    if not complete and len(lines) > 1:
        del lines[-1]
    tables = {separator: list(islice(_rows(lines, separator), _ROWS + 1)) for separator in SEPARATORS}
    _check_title(tables)
    return Separated(_best({separator: _fit(rows) for separator, rows in tables.items()}))


_EXPECTED = "expected one of , ; | or a tab"


def _best(fits: dict[str, _Fit]) -> str:
    """The separator that splits a table best; a comma where no other is better."""
    whole = {separator: fit for separator, fit in fits.items() if fit.whole}
    if all(fit.width < 2 for fit in fits.values()):
        return ","
    if not whole:  # some row is broken: whoever reads it says which
        return max(fits, key=lambda separator: (fits[separator].width > 1, fits[separator].even, fits[separator].width))
    widest = max(fit.width for fit in whole.values())
    best = [separator for separator, fit in whole.items() if fit.width == widest]
    if "," in best:
        return ","
    if len(best) > 1 or "," in whole:
        names = " or by ".join(SEPARATORS[separator] for separator in {*whole} & {*best, ","})
        raise Unclear(f"its cells may be separated by {names}; say which: --separator '{best[0]}'")
    return best[0]


def _check_title(tables: Mapping[str, Sequence[Sequence[str]]]) -> None:
    """Unclear if the first line has one cell, and all below have more, as many each."""
    if any(len(rows[0]) > 1 for rows in tables.values() if rows):
        return
    for separator, (title, *rows) in ((sign, rows) for sign, rows in tables.items() if rows):
        widths = {len(row) for row in rows}
        if len(rows) > 1 and len(widths) == 1 and max(widths) > 1:
            raise Unclear(
                f"its first line is '{''.join(title)[:40]}', and lines below have {max(widths)} cells, separated by "
                f"{SEPARATORS[separator]}; delete what stands above the header row, or say --separator"
            )


def _fit(rows: Sequence[Sequence[str]]) -> _Fit:
    if not rows:
        return _Fit(0, 0, 0)
    width = len(rows[0])
    return _Fit(width, sum(len(row) == width for row in rows[1:]), len(rows) - 1)


def _rows(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """Rows as far as they can be read."""
    try:
        yield from filter(None, csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return
