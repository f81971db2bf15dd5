"""A table of raw records as CSV: one meaning of header, row and blank line for whoever reads one."""

import csv
from collections.abc import Iterable, Iterator

from preprocessing.errors import MalformedTable

_MAX_CELL = 4 * 1024 * 1024
"""Longest cell in characters: a whole request's body."""

MAX_COLUMNS = 16_384
"""Most columns of a table, as many as spreadsheets have: a body of nothing but commas would fill the memory."""


def read_table(lines: Iterable[str]) -> tuple[list[str], Iterator[list[str]]]:
    """The header and the rows of a CSV (RFC 4180), read as they are asked for; every row has the header's length.

    Names of columns are trimmed. Blank lines are skipped and not counted. MalformedTable says in which row, from 1
    (the header is not counted), something is wrong.
    """
    csv.field_size_limit(_MAX_CELL)
    rows = _rows(lines, -1)
    header = [name.strip() for name in next(rows, [])]
    _check_header(header)
    return header, _of_length(rows, len(header), 1)


def read_rows(lines: Iterable[str], length: int, before: int) -> Iterator[list[str]]:
    """The same rows from lines within a CSV, whose header has `length` cells, after `before` of its rows."""
    csv.field_size_limit(_MAX_CELL)
    return _of_length(_rows(lines, before), length, before + 1)


def _rows(lines: Iterable[str], number: int) -> Iterator[list[str]]:
    """Rows after `number` of them (the header is row 0) without blank lines.

    One empty cell was quoted and is a missing value, no blank line.
    """
    commas = [0]
    try:
        for row in filter(None, csv.reader(_counted(lines, commas), strict=True)):
            commas[0] = 0
            if len(row) > 1 or row == [""] or row[0].strip():
                number += 1
                yield row
    except csv.Error:
        place = f"row {number + 1}" if number >= 0 else "the header"
        raise MalformedTable(f"the CSV is broken in {place}: quotes or line breaks are not as RFC 4180 says") from None


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
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        places = [str(index) for index, name in enumerate(header, 1) if name == twice]
        raise MalformedTable(f"the CSV header names one column twice, in columns {' and '.join(places[:2])}")


def _of_length(rows: Iterator[list[str]], length: int, first: int) -> Iterator[list[str]]:
    for number, row in enumerate(rows, first):
        if len(row) != length:
            raise MalformedTable(f"CSV row {number} has {len(row)} cells, the header has {length}")
        yield row
