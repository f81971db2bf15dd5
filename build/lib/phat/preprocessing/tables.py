"""A table of raw records as CSV: one meaning of header, row and blank line for whoever reads one."""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from phat.preprocessing.errors import MalformedTable, quote

_MAX_CELL = 4 * 1024 * 1024
"""Longest cell in characters: a whole request's body."""

MAX_COLUMNS = 16_384
"""Most columns of a table, as many as spreadsheets have: a body of nothing but commas would fill the memory."""

_NOT_JSON = "send it as what it is"

_SPACED = re.compile(r'(?:^|,) +"')
"""A blank before a quoted name."""


class Rows:
    """Rows of a CSV (RFC 4180) as they are read; MalformedTable says in which row, from 1, something is wrong.

    Blank lines, and rows whose cells are all blank, are `skipped`, counted there and in no row's number. `line` is the
    line on which the last row given begins, and `number` its number; the header is row 0. Rows have `length` cells once
    it is known. In a `spaced` table blanks before a cell are none of its text. `first` is the number of the first line;
    None if nobody knows it: lines then count from 1, and messages do without them.
    """

    def __init__(
        self,
        lines: Iterable[str],
        *,
        spaced: bool = False,
        length: int | None = None,
        number: int = -1,
        first: int | None = 1,
    ) -> None:
        csv.field_size_limit(_MAX_CELL)
        self.spaced, self.length, self.number, self.first = spaced, length, number, first
        self.line = self.skipped = 0
        self._rows = self._read(lines)

    def __iter__(self) -> Iterator[list[str]]:
        """The rows that are left."""
        return self._rows

    def _read(self, lines: Iterable[str]) -> Iterator[list[str]]:
        commas = [0]
        reader = csv.reader(_counted(lines, commas), strict=True, skipinitialspace=self.spaced)
        begin = before = self.first or 1
        try:
            for row in reader:
                commas[0] = 0
                self.line, begin = begin, before + reader.line_num
                if not (row and row[0].strip()) and not "".join(row).strip():
                    self.skipped += 1
                    continue
                self.number += 1
                if len(row) != self.length and self.length is not None:
                    place = f"CSV row {self.number}{self._at(self.line)}"
                    raise MalformedTable(f"{place} has {len(row)} cells, the header has {self.length}")
                yield row
        except csv.Error:
            place = f"row {self.number + 1}" if self.number >= 0 else "the header"
            raise MalformedTable(
                f"the CSV is broken in {place}{self._at(begin)}: quotes or line breaks are not as RFC 4180 says"
            ) from None

    def _at(self, line: int) -> str:
        return "" if self.first is None else f" (line {line})"


def read_table(lines: Iterable[str], json: str = _NOT_JSON) -> tuple[list[str], Rows]:
    """The header and the rows of a CSV, read as they are asked for; every row has the header's length.

    Names of columns are trimmed; blank ones are no columns, and no other may be there twice. `json` says what to do
    with JSON, which a broken header may be.
    """
    lines = iter(lines)
    before: list[str] = []
    for line in lines:
        before.append(line)
        if line.strip():
            break
    rows = Rows(chain(before, lines), spaced=bool(before and _SPACED.search(before[-1])))
    try:
        header = [name.strip() for name in next(iter(rows), [])]
    except MalformedTable as error:
        raise MalformedTable(f"{error}{_advice(before[-1], json)}") from None
    _check_header(header)
    rows.length = len(header)
    return header, rows


def no_known_name(header: Iterable[str], expected: object, json: str) -> str:
    """What is wrong with a header that names none of the model's fields, and what it may be instead.

    `json` says what to do with JSON, which it may be.
    """
    names = ",".join(header)
    return f"the CSV header {quote(names)} names none of the model's fields ({expected}){_advice(names, json)}"


def no_rows(header: Iterable[str], json: str) -> str:
    """What is wrong with a table that has a header alone, and what it may be instead."""
    names = ",".join(header)
    return f"the CSV has no records below its header {quote(names)}{_advice(names, json)}"


def _advice(names: str, json: str) -> str:
    if names.lstrip().startswith(("{", "[")):
        return f"; it looks like JSON: {json}"
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if separator in names:
            return f"; cells are separated by commas here, not by {name}"
    return ""


def _counted(lines: Iterable[str], commas: list[int]) -> Iterator[str]:
    """Lines on their way to the reader of one row; MalformedTable if they hold more commas than columns may have.

    `commas` has one item, their number, which whoever takes the row sets back.
    """
    for line in lines:
        if "," in line:
            commas[0] += line.count(",")
            if commas[0] >= MAX_COLUMNS:
                raise MalformedTable(f"a row of the CSV is too wide; at most {MAX_COLUMNS} columns are read")
        yield line


def _check_header(header: list[str]) -> None:
    if not header:
        raise MalformedTable("the CSV has no header row")
    names = [name for name in header if name]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        places = [str(index) for index, name in enumerate(header, 1) if name == twice]
        raise MalformedTable(f"the CSV header names column {quote(twice)} twice, in columns {' and '.join(places[:2])}")
